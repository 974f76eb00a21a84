"""QualityReport: is this Frame good enough to be judged, and what to do if not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class QualityVerdict(IntEnum):
    """How much one measure of quality lets us trust a picture; larger is worse."""

    OK = 0
    WARN = 1
    REFUSE = 2

    @property
    def word(self) -> str:
        """The word for screen, report and file: ok, warn or refuse."""
        return self.name.lower()


LEAST_SHOWN = 0.001
"""Smaller figures are not told apart on a screen or on paper."""


@dataclass(frozen=True)
class QualityMeasure:
    """One measured property of a Frame.

    Parameters
    ----------
    name
        Short stable name, for example ``focus``.
    value
        The figure.
    unit
        Its unit, empty for a plain ratio.
    verdict
        What the figure means.
    sentence
        What a technician can do about it; empty when the verdict is OK.
    """

    name: str
    value: float
    unit: str
    verdict: QualityVerdict
    sentence: str = ""

    @property
    def figure(self) -> str:
        """The value with three significant digits, never with a power of ten: people read it."""
        size = abs(self.value)
        if 0 < size < LEAST_SHOWN:
            return f"< {LEAST_SHOWN}"
        return f"{self.value:.0f}" if size >= 999.5 else f"{self.value:.3g}"


CELLS = "cells"
"""Name of the measure of a field in which no white cell was found."""


@dataclass(frozen=True)
class QualityReport:
    """All measures of one Frame."""

    measures: tuple[QualityMeasure, ...]

    @property
    def verdict(self) -> QualityVerdict:
        """The worst verdict of all measures."""
        return max((m.verdict for m in self.measures), default=QualityVerdict.OK)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What to do: that there are no cells before what may be the reason, then worst first."""
        bad = sorted((m for m in self.measures if m.sentence), key=lambda m: (m.name != CELLS, -m.verdict))
        return tuple(m.sentence for m in bad)

    @property
    def no_cells(self) -> str:
        """The sentence of a field in which no white cell was found; empty for any other."""
        return next((m.sentence for m in self.measures if m.name == CELLS), "")
