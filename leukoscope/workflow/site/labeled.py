"""Labeled cells of a folder ``CLASS/SUBJECT/file``: fields, cells in context, or cells that were cut out."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.cells import Cell, CellFlag, View
from leukoscope.domain.errors import ImageError, LeukoScopeError, SiteError
from leukoscope.domain.frames import Frame
from leukoscope.domain.labels import PersonLabel
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.site_labels import Disagreement, LabeledCell, folder_label
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.imaging.localize import localize, recognize_view
from leukoscope.sources.files import find_images, shown
from leukoscope.workflow.case_scale import CaseRuler, InCase, in_case
from leukoscope.workflow.images import file_sources
from leukoscope.workflow.site.lab import Lab

logger = logging.getLogger(__name__)

NOT_COUNTED = frozenset({CellFlag.AT_BORDER, CellFlag.CLUSTER, CellFlag.SMUDGE})
HOW = "sort the pictures into CLASS/PATIENT/file"


@dataclass(eq=False)
class Reading:
    """What reading came to, beside the cells.

    Parameters
    ----------
    disagreements
        Pictures under labels that differ; their cells are left out.
    copies
        Pictures that are there twice under one label; they count once.
    refused
        Pictures that could not be read or show no cell, each with its sentence.
    """

    disagreements: list[Disagreement] = field(default_factory=list)
    copies: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def begin(self) -> None:
        """Forget what a reading before came to: cells are read once more where two panels are asked about them."""
        self.disagreements, self.copies, self.refused = [], 0, []


@dataclass(frozen=True, eq=False)
class _Item:
    source: InCase
    said: PersonLabel
    subject: str


def read_folder(folder: Path, lab: Lab, reading: Reading) -> Iterator[LabeledCell]:
    """Labeled cells of a folder, lazily.

    Every whole single white cell of a field has the label of its folder.

    Parameters
    ----------
    folder
        Of folders named by classes, of folders named by patients.
    lab
        Gives patients their pseudonyms.
    reading
        Filled with what was left out and why.

    Raises
    ------
    SiteError
        When the folder is not sorted so.
    """
    reading.begin()
    items = _items(folder, lab)
    labels: dict[str, list[tuple[str, PersonLabel, str]]] = {}
    for item in items:
        frame = _frame(item, reading)
        if frame is not None:
            labels.setdefault(frame.sha256, []).append((_inside(item.source.name, folder), item.said, item.subject))
    settled = _settled(labels, reading)
    done = set[str]()
    for item in items:
        frame = _frame(item, None)
        if frame is None or frame.sha256 not in settled or frame.sha256 in done:
            continue
        done.add(frame.sha256)
        yield from _cells(item, frame, _inside(item.source.name, folder), reading)


def _items(folder: Path, lab: Lab) -> list[_Item]:
    if not folder.is_dir():
        raise SiteError(f"There is no folder “{shown(folder)}”; {HOW} and name that folder.")
    items: list[_Item] = []
    pairs = [(path, *_place(folder, path)) for path in _paths(folder)]
    sources = [tuple(file_sources([path])) for path, _, _ in pairs]
    ruler = CaseRuler([source for several in sources for source in several])
    for (_, said, who), several in zip(pairs, sources, strict=True):
        items += [_Item(source, said, lab.pseudonym(who)) for source in in_case(several, ruler)]
    return items


def _paths(folder: Path) -> tuple[Path, ...]:
    found = find_images([folder])
    if found.errors:
        raise SiteError(found.errors[0][1].args[0])
    return found.paths


def _place(folder: Path, path: Path) -> tuple[PersonLabel, str]:
    parts = path.relative_to(folder).parts
    said = folder_label(parts[0])
    if said is None:
        known = ", ".join(["leukemic", "healthy", *CELL_CLASSES])
        raise SiteError(f"“{shown(parts[0])}” is no class of cells; {HOW}, CLASS being one of {known}.")
    if len(parts) < 3:
        message = f"“{shown(path.name)}” lies in no folder of a patient; {HOW}."
        raise SiteError(message)
    return said, parts[1]


def _inside(name: str, folder: Path) -> str:
    return name.removeprefix(f"{shown(folder)}/")


def _frame(item: _Item, reading: Reading | None) -> Frame | None:
    try:
        return item.source.read()
    except ImageError as error:
        if reading is not None:
            reading.refused.append((item.source.name, error.message))
        return None


def _settled(labels: dict[str, list[tuple[str, PersonLabel, str]]], reading: Reading) -> set[str]:
    """Pictures whose labels agree, and that are of one patient."""
    settled = set[str]()
    for picture, found in labels.items():
        words = sorted({said.word for _, said, _ in found})
        if len(words) > 1 or len({who for _, _, who in found}) > 1:
            reading.disagreements.append(Disagreement(tuple(name for name, _, _ in found), tuple(words)))
            continue
        settled.add(picture)
        reading.copies += len(found) - 1
    return settled


def _cells(item: _Item, frame: Frame, name: str, reading: Reading) -> Iterator[LabeledCell]:
    try:
        found = _whole(frame)
        scale = frame.um_per_px or frame.estimated_um_per_px
        on_black = is_on_black(frame.pixels)
        if not found:
            reading.refused.append((name, "No whole white cell was found in this picture."))
        for cell in found:
            yield LabeledCell(
                name, item.subject, item.said, cut_out(frame, cell), frame.sha256, scale, on_black,
                frame.origin.microscope,
            )  # fmt: skip
    except (LeukoScopeError, MemoryError) as error:
        logger.warning("a labeled picture is left out: %r", error)
        reading.refused.append((name, "This picture could not be analyzed."))


def _whole(frame: Frame) -> Sequence[Cell]:
    view = recognize_view(frame)
    cells = localize(frame, view)
    return cells if view is View.CELL else [cell for cell in cells if NOT_COUNTED.isdisjoint(cell.flags)]


def one_microscope(cells: Iterable[LabeledCell]) -> Iterator[LabeledCell]:
    """The same cells; refuses them once they cannot be of one microscope.

    Raises
    ------
    SiteError
        Their cases or files name two cameras or objectives, cells that were cut out stand beside pictures with their
        glass, or the scales of a tenth of the pictures differ as no two fields of one objective do.
    """
    scales, kinds, named = list[float](), set[bool](), dict[Microscope, None]()
    for cell in cells:
        kinds.add(cell.is_cut_out)
        named[cell.microscope] = None
        if cell.um_per_px is not None:
            scales.append(cell.um_per_px)
        yield cell
    refuse_two_microscopes(named)
    ordered = sorted(scales)
    if len(kinds) > 1 or (ordered and _apart(ordered)):
        raise SiteError(
            "These cells are of two microscopes or cameras, or some were cut out and others not; "
            "make one folder, and one profile, for each."
        )


def refuse_two_microscopes(named: Iterable[Microscope]) -> None:
    """Refuse cells whose cases or files name two cameras or objectives.

    Raises
    ------
    SiteError
        It names the first two.
    """
    for one, other in itertools.combinations(named, 2):
        if one.differs(other):
            raise SiteError(
                f"These cells were taken with two microscopes, “{one.name}” and “{other.name}”; "
                "make one profile for each: take the cells of one."
            )


def _apart(ordered: Sequence[float]) -> bool:
    """Whether a tenth lies beyond what fields of one objective differ by."""
    from leukoscope.imaging.pooled_scale import OTHER_OBJECTIVE

    tenth = len(ordered) // 10
    low, middle, high = ordered[tenth], ordered[len(ordered) // 2], ordered[len(ordered) - 1 - tenth]
    return max(high / middle, middle / low) > OTHER_OBJECTIVE
