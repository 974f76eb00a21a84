"""What a lab's labeled cells come to before they teach anything: counts, what is missing, what must be settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from leukoscope.domain.errors import SiteError
from leukoscope.domain.findings import Label
from leukoscope.domain.site_labels import Disagreement, Group, LabeledCell, classes, sides
from leukoscope.domain.site_steps import OnStep, TeachStage, TeachStep
from leukoscope.site.heads import class_of
from leukoscope.workflow.site.labeled import Reading, one_microscope
from leukoscope.workflow.site.teaching import unteachable

TOLD_EVERY = 8
"""Cells between two steps that are told."""


@dataclass(frozen=True)
class LabeledGroup:
    """The cells of one class or side.

    Parameters
    ----------
    group
        How many of how many patients.
    per_patient
        How many each patient has, the most first.
    """

    group: Group
    per_patient: tuple[int, ...]


@dataclass(frozen=True)
class CellsOverview:
    """Labeled cells, counted.

    Parameters
    ----------
    cells, patients
        How many.
    classes, sides
        By the cell class that was named, and by leukemic and healthy; ``sides`` is empty where no cell is of either.
    to_settle
        Images under labels that differ.
    copies
        Images that are there twice and count once.
    refused
        What was left out, each with its sentence.
    obstacle
        Why these cells cannot teach anything, in a sentence; empty when they can.
    microscopes
        Names of those that the cells were taken with, the one of most cells first, without those that nobody knows.
    """

    cells: int
    patients: int
    classes: tuple[LabeledGroup, ...]
    sides: tuple[LabeledGroup, ...]
    to_settle: tuple[Disagreement, ...]
    copies: int
    refused: tuple[tuple[str, str], ...]
    obstacle: str
    microscopes: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing to tell if a lesson is better."""
        return bool(self.cells) and not any(one.group.missing for one in (*self.classes, *self.sides))


@dataclass(frozen=True)
class _Row:
    subject: str
    code: str
    verdict: Label | None
    microscope: str = ""

    @property
    def kind(self) -> str:
        return class_of(self.code) or str(self.verdict)


def count_cells(cells: Iterable[LabeledCell], reading: Reading, on_step: OnStep) -> CellsOverview:
    """Read labeled cells and count them; their pixels are let go one after the other.

    Parameters
    ----------
    cells
        Pulled one by one.
    reading
        What their reader fills.
    on_step
        Told how many are read; may raise to stop.

    Raises
    ------
    SiteError
        When the folder is not sorted as it must be.
    """
    rows: list[_Row] = []
    obstacle = ""

    def noted() -> Iterator[LabeledCell]:
        for cell in cells:
            rows.append(_Row(cell.subject, cell.said.code or "", cell.said.counts_as, cell.microscope.name))
            yield cell

    on_step(TeachStep(TeachStage.READING))
    try:
        for _ in one_microscope(noted()):
            if len(rows) % TOLD_EVERY == 0:
                on_step(TeachStep(TeachStage.READING, len(rows)))
    except SiteError as error:
        if not rows:
            raise
        obstacle = error.message
    return _counted(rows, reading, obstacle)


def _counted(rows: Sequence[_Row], reading: Reading, obstacle: str) -> CellsOverview:
    subjects = [row.subject for row in rows]
    named = classes([row.code for row in rows], subjects)
    verdicts = [row.verdict for row in rows]
    both = sides(verdicts, subjects) if {Label.LEUKEMIC, Label.HEALTHY} & set(verdicts) else ()
    missing = tuple(one.missing for one in (*named, *both) if one.missing)
    if not rows:
        obstacle = "There is no labeled cell here; name cells in a case and review it, or choose a folder."
    return CellsOverview(
        cells=len(rows),
        patients=len(set(subjects)),
        classes=tuple(_group(one, (row.subject for row in rows if row.code == one.word)) for one in named),
        sides=tuple(_group(one, (row.subject for row in rows if row.verdict == one.word)) for one in both),
        to_settle=tuple(reading.disagreements),
        copies=reading.copies,
        refused=tuple(reading.refused),
        obstacle=obstacle or unteachable(set(subjects), {row.kind for row in rows}, missing),
        microscopes=tuple(name for name, _ in Counter(row.microscope for row in rows).most_common() if name),
    )


def _group(group: Group, subjects: Iterable[str]) -> LabeledGroup:
    return LabeledGroup(group, tuple(n for _, n in Counter(subjects).most_common()))
