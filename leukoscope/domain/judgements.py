"""All that the models say of one Cell, before it is combined into a Finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leukoscope.domain.findings import Naming, Opinion
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.domain.site_profiles import Pooling


class CellFault(StrEnum):
    """Why no model says anything of a Cell."""

    FAILED = "failed"
    """A model gave no number for it."""
    ENDED = "ended"
    """The engine's process ended each time it judged this cell, and with it alone."""
    HUNG = "hung"
    """The engine did not come back from this cell."""
    MEMORY = "memory"
    """The computer had no memory left for it: nothing is wrong with the cell."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """All that the models say of one Cell, before it is combined into a Finding.

    Parameters
    ----------
    opinions
        One for each leukemia bundle that was asked.
    naming
        What the cell is; ``None`` when no differential bundle was asked.
    fault
        Why nothing is said, where that is known.
    measured
        Figures of shape of a cell that no opinion rests on: it was kept from the leukemia models.
    pooling
        How the site profile in force combines the opinions; ``None`` combines them as the program ships.
    """

    opinions: tuple[Opinion, ...] = ()
    naming: Naming | None = None
    fault: CellFault | None = None
    measured: tuple[MeasuredFigure, ...] = ()
    pooling: Pooling | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no model said anything: the cell could not be judged."""
        return not self.opinions and self.naming is None
