"""Curves and tables over thresholds: ROC, precision-recall, reliability, thresholds, risk against coverage."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from training.metrics import BINS, Counts, Labels, Mask, Values, bin_sums, interval, resampled, share_of
from training.report.content import with_intervals
from training.report.held_out import HeldOut

MOST_POINTS = 200
THRESHOLDS = tuple(round(0.1 * step, 1) for step in range(1, 10))
WANTED_SENSITIVITIES = (0.95, 0.99)
COVERAGES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def curves_of(cells: HeldOut, seed: int) -> dict[str, Any]:
    """Every curve of all held-out cells, and ROC and precision-recall of each fold."""
    weights = resampled(cells.labels, cells.subjects, seed=seed)
    parts = {str(number): cells.fold == number for number in cells.numbers}
    roc = {name: roc_points(cells.labels[chosen], cells.calibrated[chosen]) for name, chosen in parts.items()}
    pr = {
        name: precision_recall_points(cells.labels[chosen], cells.calibrated[chosen]) for name, chosen in parts.items()
    }
    return {
        "roc": roc | {"pooled": roc_points(cells.labels, cells.calibrated)},
        "precision_recall": pr | {"pooled": precision_recall_points(cells.labels, cells.calibrated)},
        "reliability": {
            "before": reliability(cells.labels, cells.raw, weights),
            "after": reliability(cells.labels, cells.calibrated, weights),
        },
        "thresholds": threshold_table(cells.labels, cells.calibrated, weights),
        "risk_coverage": risk_coverage(cells.labels, cells.calibrated, weights),
    }


def _falling_counts(labels: Labels, scores: Values) -> tuple[Values, Values]:
    """Hits and alarms when the threshold falls past each distinct score."""
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.r_[scores[order][1:] != scores[order][:-1], True])
    return np.cumsum(labels[order])[last].astype(np.float64), np.cumsum(1 - labels[order])[last].astype(np.float64)


def _thinned(x: Values, y: Values) -> list[list[float]]:
    kept = np.unique(np.linspace(0, x.size - 1, min(x.size, MOST_POINTS)).round().astype(np.int64))
    return [[round(float(a), 5), round(float(b), 5)] for a, b in zip(x[kept], y[kept], strict=True)]


def roc_points(labels: Labels, scores: Values) -> list[list[float]]:
    """``[1 - specificity, sensitivity]`` from (0, 0) to (1, 1), at most 200 points."""
    hits, alarms = _falling_counts(labels, scores)
    return _thinned(np.r_[0.0, alarms / max(1.0, alarms[-1])], np.r_[0.0, hits / max(1.0, hits[-1])])


def precision_recall_points(labels: Labels, scores: Values) -> list[list[float]]:
    """``[sensitivity, precision]`` with rising sensitivity, at most 200 points."""
    hits, alarms = _falling_counts(labels, scores)
    return _thinned(hits / max(1.0, hits[-1]), hits / (hits + alarms))


def reliability(labels: Labels, probabilities: Values, weights: Values) -> list[dict[str, Any]]:
    """One row for each of the 15 bins that holds cells: mean predicted, observed share with interval, n."""
    count, predicted, observed = bin_sums(labels, probabilities, weights)
    share = share_of(observed, count)
    return [
        {
            "low": b / BINS,
            "high": (b + 1) / BINS,
            "predicted": float(predicted[0, b] / count[0, b]),
            "observed": asdict(interval(share[:, b], int(count[0, b]))),
        }
        for b in range(BINS)
        if count[0, b]
    ]


def threshold_table(labels: Labels, probabilities: Values, weights: Values) -> list[dict[str, Any]]:
    """What each threshold does; the last rows are the highest ones that still reach a wanted sensitivity.

    ``decided_share`` is the share of cells further than this threshold's distance from one half, on both sides: what
    a symmetric unsure band with one edge here decides. It is 1 at 0.5.
    """
    rows = []
    falling = np.sort(probabilities[labels == 1])[::-1]
    wanted: list[tuple[float, float | None]] = [(t, None) for t in THRESHOLDS]
    for sensitivity in WANTED_SENSITIVITIES if falling.size else ():
        needed = int(np.ceil(sensitivity * falling.size - 1e-9))
        wanted.append((float(falling[max(0, needed - 1)]), sensitivity))
    for threshold, reached in wanted:
        said: Mask = np.asarray(probabilities >= threshold)
        named = Counts.at(labels, said, weights).named()
        decided = np.abs(probabilities - 0.5) >= abs(threshold - 0.5)
        named["decided_share"] = weights @ decided.astype(np.float64) / weights.sum(axis=1)
        kept = ("sensitivity", "specificity", "precision", "negative_predictive_value", "decided_share")
        rows.append(
            {
                "threshold": threshold,
                "for_sensitivity": reached,
                **with_intervals({name: named[name] for name in kept}, int(labels.size)),
            }
        )
    return rows


def risk_coverage(labels: Labels, probabilities: Values, weights: Values) -> list[dict[str, Any]]:
    """Accuracy of the most certain cells (El-Yaniv and Wiener 2010), certain being far from one half."""
    order = np.argsort(-np.abs(probabilities - 0.5), kind="stable")
    right = ((probabilities >= 0.5) == (labels == 1))[order].astype(np.float64)
    rows = []
    for coverage in COVERAGES:
        n = max(1, round(coverage * labels.size))
        kept = weights[:, order[:n]]
        accuracy = share_of(kept @ right[:n], kept.sum(axis=1))
        rows.append({"coverage": coverage, "accuracy": asdict(interval(accuracy, n))})
    return rows
