"""Which part of what leaves a patient is in: to learn from, to choose by, or locked away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.site.from_cases import DecidedCell
from leukoscope.workflow.site.lab import Lab
from leukoscope.workflow.site.labeled import Reading

TRAIN, VALIDATE, LOCKED = "train", "validate", "locked"
ONE_IN = 5
"""Open patients of which one validates, where the reader of a format wants such a part."""


@dataclass(frozen=True)
class Counts:
    """How many cells of how many patients, by part; parts without a cell are left out."""

    cells: dict[str, int]
    patients: dict[str, int]


@dataclass(frozen=True, eq=False)
class Leaving:
    """What leaves, and who is told.

    Parameters
    ----------
    repository
        The lab's cases.
    lab
        Who is locked away.
    decided
        Every cell that counts.
    reading
        Filled with what could not be read.
    with_locked
        Whether the locked patients leave too.
    on_progress, cancel
        Told how many are written, and asked whether to stop.
    """

    repository: CaseRepository
    lab: Lab
    decided: tuple[DecidedCell, ...]
    reading: Reading
    with_locked: bool
    on_progress: Callable[[Progress], None]
    cancel: CancelToken

    def part(self, subject: str, *, validate: bool = False) -> str:
        """The part of a patient, the same at every export; empty for one that stays."""
        if subject in self.lab.locked:
            return LOCKED if self.with_locked else ""
        # A pseudonym is a digest: so many of all patients begin so.
        return VALIDATE if validate and int(subject[:8], 16) % ONE_IN == 0 else TRAIN

    @cached_property
    def open_patients(self) -> frozenset[str]:
        """Pseudonyms of the patients that leave to be learned from."""
        return frozenset(one.subject for one in self.decided) - self.lab.locked

    def told(self, done: int, total: int) -> None:
        """One more is written."""
        self.cancel.raise_if_cancelled()
        self.on_progress(Progress(done, total))


def counted(rows: Iterable[tuple[str, str, int]], parts: Sequence[str] = (TRAIN, VALIDATE, LOCKED)) -> Counts:
    """Count (part, subject, cells)."""
    kept = list(rows)
    there = [part for part in parts if any(one[0] == part for one in kept)]
    return Counts(
        {part: sum(n for where, _, n in kept if where == part) for part in there},
        {part: len({who for where, who, _ in kept if where == part}) for part in there},
    )
