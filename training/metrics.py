"""Figures of merit from labels and probabilities, and their intervals. Pure functions on arrays.

Every figure is computed for many weightings of the same cells at once: one row of weights is one bootstrap sample (how
often each cell was drawn), a row of ones is the cells as they are. A thousand rounds then take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.inference.manifest import Band

Labels = NDArray[np.int64]
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
ROUNDS = 1000
"""Bootstrap rounds behind every interval."""
BINS = 15
"""Equal-width bins of the reliability diagram and of ECE."""


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


def share_of(part: Values, whole: Values) -> Values:
    """``part / whole``, nan where ``whole`` is 0."""
    quotient: Values = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
    return quotient


def _ones(labels: Labels) -> Values:
    return np.ones((1, labels.size))


def auroc(labels: Labels, scores: Values) -> float:
    """Area under the ROC curve (Mann-Whitney, ties count half); nan when a class is missing."""
    return float(areas(labels, scores, _ones(labels))[0][0])


def average_precision(labels: Labels, scores: Values) -> float:
    """Area under the precision-recall curve as a step function (AUPRC); nan when a class is missing."""
    return float(areas(labels, scores, _ones(labels))[1][0])


def areas(labels: Labels, scores: Values, weights: Values) -> tuple[Values, Values]:
    """AUROC and AUPRC of every weighting.

    Parameters
    ----------
    labels, scores
        Shape (n,).
    weights
        Shape (rounds, n), at least 0.

    Returns
    -------
    tuple of ndarray
        Shape (rounds,) each; nan where a class has no weight.
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    starts = np.flatnonzero(np.r_[True, falling[1:] != falling[:-1]])
    sorted_weights = weights[:, order]
    positive = np.add.reduceat(sorted_weights * labels[order], starts, axis=1)
    negative = np.add.reduceat(sorted_weights * (1 - labels[order]), starts, axis=1)
    hits, alarms = positive.cumsum(axis=1), negative.cumsum(axis=1)
    positives, negatives = hits[:, -1], alarms[:, -1]
    below = negatives[:, None] - alarms + 0.5 * negative
    precision = share_of(hits, hits + alarms)
    both = (positives > 0) & (negatives > 0)
    roc = share_of((positive * below).sum(axis=1), positives * negatives)
    steps = share_of(np.nansum(positive * precision, axis=1), positives)
    return roc, np.where(both, steps, np.nan)


def bins_of(probabilities: Values, bins: int = BINS) -> NDArray[np.int64]:
    """Number of the equal-width bin that each probability falls into."""
    return np.minimum((probabilities * bins).astype(np.int64), bins - 1)


def bin_sums(labels: Labels, probabilities: Values, weights: Values, bins: int = BINS) -> tuple[Values, Values, Values]:
    """Weight, sum of probabilities and sum of labels in every bin, each of shape (rounds, bins)."""
    inside = (bins_of(probabilities, bins)[:, None] == np.arange(bins)).astype(np.float64)
    return weights @ inside, weights @ (inside * probabilities[:, None]), weights @ (inside * labels[:, None])


def calibration_errors(labels: Labels, probabilities: Values, weights: Values, bins: int = BINS) -> Values:
    """ECE of every weighting, shape (rounds,); see :func:`expected_calibration_error`."""
    count, predicted, observed = bin_sums(labels, probabilities, weights, bins)
    return np.asarray(np.abs(predicted - observed).sum(axis=1) / count.sum(axis=1))


def expected_calibration_error(labels: Labels, probabilities: Values, bins: int = BINS) -> float:
    """ECE with equal-width bins of the positive class's probability (Naeini et al. 2015)."""
    return float(calibration_errors(labels, probabilities, _ones(labels), bins)[0])


@dataclass(frozen=True, eq=False)
class Counts:
    """A confusion matrix for every weighting; each of shape (rounds,)."""

    hits: Values
    misses: Values
    alarms: Values
    rejections: Values

    @classmethod
    def at(cls, labels: Labels, said: Mask, weights: Values) -> Counts:
        """Count leukemic cells called leukemic (hits) or healthy (misses), healthy ones called leukemic (alarms)."""
        leukemic = labels == 1
        parts = (leukemic & said, leukemic & ~said, ~leukemic & said, ~leukemic & ~said)
        return cls(*(weights @ part.astype(np.float64) for part in parts))

    def named(self) -> dict[str, Values]:
        """Figures of the matrix; the correlation is Matthews's (MCC)."""
        tp, fn, fp, tn = self.hits, self.misses, self.alarms, self.rejections
        total = tp + fn + fp + tn
        sensitivity, specificity = share_of(tp, tp + fn), share_of(tn, tn + fp)
        f1 = np.nan_to_num(share_of(2 * tp, 2 * tp + fp + fn))
        f1_healthy = np.nan_to_num(share_of(2 * tn, 2 * tn + fp + fn))
        spread = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
        leukemic = share_of(tp + fn, total)
        return {
            "accuracy": share_of(tp + tn, total),
            "balanced_accuracy": (np.nan_to_num(sensitivity) + np.nan_to_num(specificity)) / 2,
            "sensitivity": np.nan_to_num(sensitivity),
            "specificity": np.nan_to_num(specificity),
            "precision": np.nan_to_num(share_of(tp, tp + fp)),
            "negative_predictive_value": np.nan_to_num(share_of(tn, tn + fn)),
            "f1": f1,
            "weighted_f1": leukemic * f1 + (1 - leukemic) * f1_healthy,
            "mcc": np.nan_to_num(share_of(tp * tn - fp * fn, spread)),
        }


def weighted_figures(
    labels: Labels, probabilities: Values, decided: Mask, weights: Values, raw: Values | None = None
) -> dict[str, Values]:
    """All figures of one set of cells under every weighting.

    Parameters
    ----------
    labels
        Shape (n,), 0 healthy, 1 leukemic.
    probabilities
        Shape (n,), calibrated, of leukemic; the threshold is 0.5.
    decided
        Shape (n,): outside the unsure band.
    weights
        Shape (rounds, n).
    raw
        Probabilities before calibration; adds ``ece_uncalibrated`` and ``brier_uncalibrated``.

    Returns
    -------
    dict
        Name -> shape (rounds,).
    """
    roc, recall = areas(labels, probabilities, weights)
    total = weights.sum(axis=1)
    right = (probabilities >= 0.5) == (labels == 1)
    kept = weights @ decided.astype(np.float64)
    named = {"auroc": roc, "auprc": recall} | Counts.at(labels, probabilities >= 0.5, weights).named()
    named["brier"] = weights @ (probabilities - labels) ** 2 / total
    named["ece"] = calibration_errors(labels, probabilities, weights)
    if raw is not None:
        named["brier_uncalibrated"] = weights @ (raw - labels) ** 2 / total
        named["ece_uncalibrated"] = calibration_errors(labels, raw, weights)
    named["decided_share"] = kept / total
    named["decided_accuracy"] = share_of(weights @ (right & decided).astype(np.float64), kept)
    return named


def figures(labels: Labels, probabilities: Values, band: Band) -> dict[str, float]:
    """All figures of one set of cells as they are; cells strictly inside ``band`` are unsure."""
    decided = (probabilities <= band.low) | (probabilities >= band.high)
    return {name: float(v[0]) for name, v in weighted_figures(labels, probabilities, decided, _ones(labels)).items()}


def resampled(labels: Labels, subjects: NDArray[np.str_], *, rounds: int = ROUNDS, seed: int = 1) -> Values:
    """How often each cell is drawn: subjects are drawn within each class, then cells within each drawn subject.

    Where a class has a single subject only its cells are resampled: the spread then says nothing about how the next
    person differs, and is too narrow.

    Parameters
    ----------
    labels, subjects
        Shape (n,).
    rounds, seed
        Of the resampling.

    Returns
    -------
    ndarray
        Shape (1 + rounds, n); the first row is all ones, the cells as they are.
    """
    rng = np.random.default_rng(seed)
    weights = np.zeros((1 + rounds, labels.size))
    weights[0] = 1.0
    for label in np.unique(labels):
        people = np.unique(subjects[labels == label])
        drawn = rng.multinomial(people.size, np.full(people.size, 1 / people.size), size=rounds)
        for number, person in enumerate(people):
            rows = np.flatnonzero((labels == label) & (subjects == person))
            weights[1:, rows] = rng.multinomial(drawn[:, number] * rows.size, np.full(rows.size, 1 / rows.size))
    return weights


def interval(drawn: Values, n: int) -> Interval:
    """A figure and its 95 % percentile interval.

    Parameters
    ----------
    drawn
        Shape (1 + rounds,): the figure of the cells as they are, then of every bootstrap sample.
    n
        Cells behind the figure.
    """
    sampled = drawn[1:][np.isfinite(drawn[1:])]
    low, high = np.percentile(sampled, [2.5, 97.5]) if sampled.size else (np.nan, np.nan)
    return Interval(float(drawn[0]), float(low), float(high), n)
