"""Figures of merit of a fit on figures of shape: over all dealings, with the other lab's lymphocytes beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures import auroc, calibration_errors, expected_calibration_error
from training.shape.fit import Dealt, halves
from training.shape.measuring import Measured, Values

SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Shares of cells decided, of which the accuracy is told: the surest first."""


@dataclass(frozen=True)
class Spread:
    """A figure over the dealings."""

    mean: float
    low: float
    high: float


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
    curves = [_curve(cells, one) for one in dealt]
    return ShapeReport(
        {name: _spread([row[name] for row in rows]) for name in rows[0]},
        {share: _spread([curve[share] for curve in curves]) for share in SHARES},
        len(cells.samples),
        int(halves(others)[1].size) if others.samples else 0,
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(float(np.mean(values)), float(np.min(values)), float(np.max(values)))


def _figures(cells: Measured, dealt: Dealt) -> dict[str, float]:
    labels, decided = cells.labels, dealt.decided
    right = (dealt.calibrated > 0.5) == (labels == 1)
    folds = [np.flatnonzero(dealt.fold == number) for number in sorted(set(dealt.fold.tolist()))]
    found = {
        "auroc_by_fold": float(np.mean([auroc(labels[rows], dealt.logits[rows]) for rows in folds])),
        "auroc_pooled": auroc(labels, dealt.logits),
        "ece_by_fold": float(
            np.mean([expected_calibration_error(labels[rows], dealt.calibrated[rows]) for rows in folds])
        ),
        "ece_pooled": expected_calibration_error(labels, dealt.calibrated),
        "ece_balanced": float(calibration_errors(labels, dealt.calibrated, _alike(labels))[0]),
        "accuracy": float(right.mean()),
        "decided": float(decided.mean()),
        "accuracy_decided": float(right[decided].mean()),
        "blasts_called_healthy": float((decided & ~right)[labels == 1].mean()),
        "healthy_called_leukemic": float((decided & ~right)[labels == 0].mean()),
    }
    if dealt.others.size:
        low = np.array([band.low for band in dealt.bands])[:, None]
        high = np.array([band.high for band in dealt.bands])[:, None]
        found["other_lab_called_leukemic"] = float((dealt.others > high).mean())
        found["other_lab_called_healthy"] = float((dealt.others < low).mean())
    return found


def _alike(labels: NDArray[np.int64]) -> Values:
    """Weights with which both classes weigh alike, shape (1, n)."""
    shares = np.bincount(labels, minlength=2) / labels.size
    return np.asarray(0.5 / shares[labels])[None]


def _curve(cells: Measured, dealt: Dealt) -> dict[float, float]:
    """Accuracy of the surest cells, by the share of cells that are called sure."""
    right = (dealt.calibrated > 0.5) == (cells.labels == 1)
    order = np.argsort(-np.abs(dealt.calibrated - 0.5), kind="stable")
    return {share: float(right[order[: max(1, round(share * order.size))]].mean()) for share in SHARES}


def ranges_of(healthy: Values) -> list[tuple[float, float, int]]:
    """5th and 95th percentile of each column, and of how many values; shape of ``healthy`` is (n, figures)."""
    found = []
    for column in healthy.T:
        known = column[np.isfinite(column)]
        low, high = np.percentile(known, [5, 95]) if known.size else (np.nan, np.nan)
        found.append((float(low), float(high), int(known.size)))
    return found
