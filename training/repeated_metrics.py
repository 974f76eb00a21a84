"""Figures of merit of what was said of held-out cells in one dealing, and their spread over several dealings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.metrics import Labels, Mask, Values, auroc, calibration_errors, expected_calibration_error

SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Shares of cells decided, of which the accuracy is told: the surest first."""


@dataclass(frozen=True)
class Spread:
    """A figure over the dealings."""

    mean: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Mean, lowest and highest."""
    return Spread(float(np.mean(values)), float(np.min(values)), float(np.max(values)))


def dealt_figures(
    labels: Labels, fold: NDArray[np.int64], scores: Values, calibrated: Values, decided: Mask
) -> dict[str, float]:
    """Figures of one dealing by name.

    Parameters
    ----------
    labels, fold
        Truth, and the number of the fold that held the cell out; shape (n,).
    scores
        What AUROC ranks by, shape (n,): logits, or the probabilities themselves.
    calibrated
        Probability of leukemic, shape (n,).
    decided
        Outside the unsure band, shape (n,).
    """
    right = (calibrated > 0.5) == (labels == 1)
    folds = [np.flatnonzero(fold == number) for number in sorted(set(fold.tolist()))]
    return {
        "auroc_by_fold": float(np.mean([auroc(labels[rows], scores[rows]) for rows in folds])),
        "auroc_pooled": auroc(labels, scores),
        "ece_by_fold": float(np.mean([expected_calibration_error(labels[rows], calibrated[rows]) for rows in folds])),
        "ece_pooled": expected_calibration_error(labels, calibrated),
        "ece_balanced": float(calibration_errors(labels, calibrated, alike(labels))[0]),
        "accuracy": float(right.mean()),
        "decided": float(decided.mean()),
        "accuracy_decided": float(right[decided].mean()),
        "blasts_called_healthy": float((decided & ~right)[labels == 1].mean()),
        "healthy_called_leukemic": float((decided & ~right)[labels == 0].mean()),
    }


def alike(labels: Labels) -> Values:
    """Weights with which both classes weigh alike, shape (1, n)."""
    shares = np.bincount(labels, minlength=2) / labels.size
    return np.asarray(0.5 / shares[labels])[None]


def accuracy_curve(labels: Labels, calibrated: Values) -> dict[float, float]:
    """Accuracy of the surest cells, by the share of cells that are called sure."""
    right = (calibrated > 0.5) == (labels == 1)
    order = np.argsort(-np.abs(calibrated - 0.5), kind="stable")
    return {share: float(right[order[: max(1, round(share * order.size))]].mean()) for share in SHARES}
