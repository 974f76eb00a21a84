"""Shares as window and paper write them: ``29 %``, ``29 % (14–50)``, in each language alike."""

from __future__ import annotations

from leukoscope.domain.statistics import wilson_interval


def percent_text(share: float) -> str:
    """A share in whole percent, 1 being all; what is there but rounds to nothing says so."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{share * 100:.0f} %"


def percent_in_interval(share: float, interval: tuple[float, float]) -> str:
    """A share with its 95 % interval."""
    low, high = interval
    return f"{percent_text(share)} ({100 * low:.0f}–{100 * high:.0f})"


def percent_of(count: int, total: int) -> str:
    """A share with its 95 % Wilson interval; an en dash where there is nothing to divide."""
    return percent_in_interval(count / total, wilson_interval(count, total)) if total else "–"
