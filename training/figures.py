"""Figures of merit from labels and probabilities, and their intervals. Pure functions on arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.inference.manifest import Band

Labels = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval and the number of cells behind it."""

    value: float
    low: float
    high: float
    n: int


def sigmoid(x: Values) -> Values:
    """Logistic function without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


def auroc(labels: Labels, scores: Values) -> float:
    """Area under the ROC curve (Mann-Whitney, ties count half); nan when a class is missing."""
    positives = int(labels.sum())
    negatives = labels.size - positives
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return float((ranks[labels == 1].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))


def expected_calibration_error(labels: Labels, probabilities: Values, bins: int = 15) -> float:
    """ECE with equal-width bins of the positive class's probability (Naeini et al. 2015)."""
    bin_of = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    error = 0.0
    for b in range(bins):
        inside = bin_of == b
        if inside.any():
            error += abs(probabilities[inside].mean() - labels[inside].mean()) * inside.sum()
    return float(error / labels.size)


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if hits.size else float("nan")


def _precision_recall_f1(labels: Labels, said: Labels, label: int) -> tuple[float, float, float]:
    true = int(((said == label) & (labels == label)).sum())
    precision = true / max(1, int((said == label).sum()))
    recall = true / max(1, int((labels == label).sum()))
    return precision, recall, 2 * precision * recall / (precision + recall) if true else 0.0


def figures(labels: Labels, probabilities: Values, band: Band) -> dict[str, float]:
    """All figures of one set of cells.

    Parameters
    ----------
    labels
        Shape (n,), 0 healthy, 1 leukemic.
    probabilities
        Shape (n,), calibrated, of leukemic.
    band
        Cells strictly inside are unsure; ``decided`` figures are of the others. The rest takes 0.5 as threshold.
    """
    said = (probabilities >= 0.5).astype(np.int64)
    right = said == labels
    decided = (probabilities <= band.low) | (probabilities >= band.high)
    precision, sensitivity, f1 = _precision_recall_f1(labels, said, 1)
    _, specificity, f1_healthy = _precision_recall_f1(labels, said, 0)
    share = float(labels.mean())
    return {
        "auroc": auroc(labels, probabilities),
        "accuracy": _share(right),
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "sensitivity": sensitivity,
        "specificity": specificity,
        "precision": precision,
        "f1": f1,
        "weighted_f1": share * f1 + (1 - share) * f1_healthy,
        "brier": float(np.mean((probabilities - labels) ** 2)),
        "ece": expected_calibration_error(labels, probabilities),
        "decided_share": _share(decided),
        "decided_accuracy": _share(right[decided]),
    }


def bootstrap(
    labels: Labels,
    subjects: NDArray[np.str_],
    figure: Callable[[NDArray[np.int64]], dict[str, float]],
    *,
    rounds: int = 400,
    seed: int = 1,
) -> dict[str, Values]:
    """Figures of resampled cells: subjects are drawn within each class, then cells within each subject.

    Where a class has a single subject only its cells are resampled: the spread then says nothing about how the next
    person differs, and is too narrow.

    Parameters
    ----------
    labels, subjects
        Shape (n,).
    figure
        Row indices -> named figures.
    rounds, seed
        Of the resampling.

    Returns
    -------
    dict
        Name -> shape (rounds,).
    """
    rng = np.random.default_rng(seed)
    rows_of = [
        [np.flatnonzero((labels == label) & (subjects == s)) for s in np.unique(subjects[labels == label])]
        for label in (0, 1)
    ]
    drawn: dict[str, list[float]] = {}
    for _ in range(rounds):
        rows = [
            rng.choice(group[i], group[i].size)
            for group in rows_of
            if group
            for i in rng.integers(0, len(group), len(group))
        ]
        for name, number in figure(np.concatenate(rows)).items():
            drawn.setdefault(name, []).append(number)
    return {name: np.array(numbers) for name, numbers in drawn.items()}


def interval(value: float, drawn: Values, n: int) -> Interval:
    """95 % percentile interval of a figure from its bootstrap."""
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Interval(value, float(low), float(high), n)
