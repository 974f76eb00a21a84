"""Figures of merit of a fit on figures of shape: over all dealings, with the other lab's lymphocytes beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.repeated_metrics import SHARES, Spread, accuracy_curve, dealt_figures, spread
from training.shape.fit import Dealt, halves
from training.shape.measuring import Measured, Values


@dataclass(frozen=True)
class ShapeReport:
    """All figures; each by name, over the dealings."""

    figures: dict[str, Spread]
    curve: dict[float, Spread]
    cells: int
    others: int


def report_of(cells: Measured, others: Measured, dealt: Sequence[Dealt]) -> ShapeReport:
    """Judge what was held out in every dealing.

    Parameters
    ----------
    cells, others
        As they were fitted on.
    dealt
        One for each dealing.
    """
    rows = [_figures(cells, one) for one in dealt]
    curves = [accuracy_curve(cells.labels, one.calibrated) for one in dealt]
    return ShapeReport(
        {name: spread([row[name] for row in rows]) for name in rows[0]},
        {share: spread([curve[share] for curve in curves]) for share in SHARES},
        len(cells.samples),
        int(halves(others)[1].size) if others.samples else 0,
    )


def _figures(cells: Measured, dealt: Dealt) -> dict[str, float]:
    found = dealt_figures(cells.labels, dealt.fold, dealt.logits, dealt.calibrated, dealt.decided)
    if dealt.others.size:
        low = np.array([band.low for band in dealt.bands])[:, None]
        high = np.array([band.high for band in dealt.bands])[:, None]
        found["other_lab_called_leukemic"] = float((dealt.others > high).mean())
        found["other_lab_called_healthy"] = float((dealt.others < low).mean())
    return found


def ranges_of(healthy: Values) -> list[tuple[float, float, int]]:
    """5th and 95th percentile of each column, and of how many values; shape of ``healthy`` is (n, figures)."""
    found = []
    for column in healthy.T:
        known = column[np.isfinite(column)]
        low, high = np.percentile(known, [5, 95]) if known.size else (np.nan, np.nan)
        found.append((float(low), float(high), int(known.size)))
    return found
