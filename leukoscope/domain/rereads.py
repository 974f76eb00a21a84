"""A blinded re-read: which cells, in which order, and what was said of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leukoscope.domain.labels import PersonLabel


class Whose(StrEnum):
    """Whose decisions are read once more."""

    OWN = "own"
    OTHERS = "others"
    ANYONES = "anyones"


@dataclass(frozen=True)
class DecidedCell:
    """A cell that a person decided in a reviewed or signed case: where it is, and who decided."""

    case_id: int
    frame_id: int
    cell_id: int
    by: str


@dataclass(frozen=True)
class Answer:
    """What a re-reader said of one cell.

    Parameters
    ----------
    cell_id
        Which.
    said
        The class that was named.
    earlier, by
        What had been decided, and by whom; hidden until the answer is kept.
    """

    cell_id: int
    said: PersonLabel
    earlier: PersonLabel
    by: str


@dataclass(frozen=True)
class Reread:
    """One re-read.

    Parameters
    ----------
    number
        Of its entry in the audit trail.
    who
        Reads.
    at
        When it was begun.
    seed
        Of the order in which the cells were drawn.
    cells
        In the order in which they are shown.
    practice
        What was said before is told after each answer; such a re-read enters no figure.
    like
        Number of the re-read whose cells are read here by another person; 0 for cells of its own.
    answers
        Those that are kept, in their order.
    """

    number: int
    who: str
    at: datetime
    seed: int
    cells: tuple[DecidedCell, ...]
    practice: bool = False
    like: int = 0
    answers: tuple[Answer, ...] = ()

    @property
    def next(self) -> DecidedCell | None:
        """The first cell that is not answered; ``None`` when all are."""
        answered = {one.cell_id for one in self.answers}
        return next((one for one in self.cells if one.cell_id not in answered), None)

    @property
    def source(self) -> int:
        """Number of the re-read that its cells were drawn for."""
        return self.like or self.number
