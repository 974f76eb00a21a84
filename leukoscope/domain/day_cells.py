"""What the daily cases say of the program: counts over the cells of one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

LEAST_CELLS, LEAST_DECIDED = 50, 20
"""Fewer cells of a day say nothing of it."""


@dataclass(frozen=True)
class DayCells:
    """The cells of one microscope that were judged on one day (UTC), without those that a person drew or took out.

    Parameters
    ----------
    day
        When their images were judged.
    cells
        How many.
    unsure
        Of these the program said nothing.
    compared, agreed
        Cells that several bundles judged, and those on which all lean to one side.
    novelty
        Mean over cells of the largest distance over its limit that a bundle gave; ``None`` where none gives any.
    decided, corrected
        Cells that the program called leukemic or healthy and a person decided, and those decided otherwise.
    instrument
        Camera and objective that their images were taken with; empty where nobody knows.
    """

    day: date
    cells: int
    unsure: int
    compared: int
    agreed: int
    novelty: float | None
    decided: int
    corrected: int
    instrument: str = ""

    @property
    def figures(self) -> Mapping[str, float]:
        """Figures of the day by code, each 0..1 but for novelty; without those that too few cells stand behind."""
        found: dict[str, float] = {}
        if self.cells >= LEAST_CELLS:
            found["unsure"] = self.unsure / self.cells
            if self.novelty is not None:
                found["novelty"] = self.novelty
        if self.compared >= LEAST_CELLS:
            found["agreement"] = self.agreed / self.compared
        if self.decided >= LEAST_DECIDED:
            found["corrections"] = self.corrected / self.decided
        return found
