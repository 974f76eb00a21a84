"""Labeled cells that a site profile is taught by: who they are of, what people said, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leukoscope.domain.cell_classes import CELL_CLASSES, cell_class
from leukoscope.domain.cells import CellImage
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope

ENOUGH_CELLS, ENOUGH_PATIENTS = 20, 3
"""Of each side (or class) at least: an afternoon's labeling, and people to leave out in turn."""


def place_of(case: str, image: int) -> str:
    """What says where a cell of a case is; the window says it in its language."""
    return f"case {case}, image {image}"


def parsed_place(source: str) -> tuple[str, int] | None:
    """Number of the case and of the image that a place names; ``None`` for a cell of a folder."""
    found = re.fullmatch(r"case (.+), image (\d+)", source)
    return None if found is None else (found[1], int(found[2]))


@dataclass(frozen=True, eq=False)
class LabeledCell:
    """One cell with what people say of it.

    Parameters
    ----------
    source
        Where it came from, for people of the lab; stands in no profile.
    subject
        Pseudonym of the patient.
    said
        The label.
    image
        The cell as the models see it.
    picture
        SHA-256 of the picture it lies in; with its box it says which cell it is.
    um_per_px
        Scale of that picture; ``None`` where nothing says it.
    is_cut_out
        Whether the picture shows a cell that was cut out before, on black.
    microscope
        What the picture was taken with, as far as the case or the file says.
    """

    source: str
    subject: str
    said: PersonLabel
    image: CellImage
    picture: str
    um_per_px: float | None = None
    is_cut_out: bool = False
    microscope: Microscope = UNKNOWN_MICROSCOPE

    @property
    def identity(self) -> tuple[str, int, int, int, int]:
        """Which cell of which picture, wherever a copy of the picture lies."""
        box = self.image.cell.box
        return self.picture, box.x, box.y, box.width, box.height


@dataclass(frozen=True)
class Disagreement:
    """One picture that people labeled in different ways; it teaches nothing until that is settled."""

    sources: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What is to be settled."""
        return f"{' and '.join(self.labels)}: {', '.join(self.sources)}"


def folder_label(name: str) -> PersonLabel | None:
    """The label that a folder has: a class by its code or title, *leukemic* or *healthy*; ``None`` for another name."""
    plain = " ".join(name.replace("-", " ").replace("_", " ").casefold().split())
    for label in (Label.LEUKEMIC, Label.HEALTHY):
        if plain == label.value:
            return PersonLabel(label)
    for code, known in CELL_CLASSES.items():
        if plain in {code.replace("-", " "), known.title.casefold(), known.plural.casefold()}:
            return named(code)
    return None


@dataclass(frozen=True)
class Group:
    """How many cells of how many patients there are of one side or class."""

    word: str
    cells: int
    patients: int

    @property
    def missing_patients(self) -> int:
        """How many more patients are needed."""
        return max(0, ENOUGH_PATIENTS - self.patients)

    @property
    def missing_cells(self) -> int:
        """How many more cells are needed, at least one of each patient that is."""
        return max(0, ENOUGH_CELLS - self.cells, self.missing_patients)

    @property
    def missing(self) -> str:
        """What is missing, in numbers: ``12 more lymphocytes of 2 more patients``; empty when there is enough."""
        cells, patients = self.missing_cells, self.missing_patients
        if not cells:
            return ""
        of = f" of {patients} more patient{'s' if patients > 1 else ''}" if patients else ""
        return f"{cells} more {self._plural(cells)}{of}"

    def _plural(self, n: int) -> str:
        if self.word in CELL_CLASSES:
            known = cell_class(self.word)
            return known.title if n == 1 else known.plural
        return f"{self.word} cell{'s' if n > 1 else ''}"


def sides(verdicts: Sequence[Label | None], subjects: Sequence[str]) -> tuple[Group, ...]:
    """The two sides of the question of leukemia."""
    return tuple(
        _group(label.value, ((said is label, who) for said, who in zip(verdicts, subjects, strict=True)))
        for label in (Label.LEUKEMIC, Label.HEALTHY)
    )


def classes(codes: Sequence[str], subjects: Sequence[str]) -> tuple[Group, ...]:
    """The cell classes that were named, in the order in which people count."""
    there = set(codes)
    return tuple(
        _group(code, ((said == code, who) for said, who in zip(codes, subjects, strict=True)))
        for code in CELL_CLASSES
        if code in there
    )


def _group(word: str, rows: Iterable[tuple[bool, str]]) -> Group:
    chosen = [who for is_in, who in rows if is_in]
    return Group(word, len(chosen), len(set(chosen)))
