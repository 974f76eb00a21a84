"""From held-out logits to probabilities that mean what they say, their combination, and the unsure band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leukoscope.site.cells import Labels, Values
from leukoscope.site.logistic import Problem, fit_two, sigmoid

PLATT_PENALTY = 1.0
"""Of a temperature other than 1; small beside a hundred cells."""
POOL_PENALTY = 3.0
"""Of weights other than equal ones."""
WIDEST = 0.49
LEAST_DECIDED = 10
"""With fewer decided cells, how many of them are right says nothing."""


def platt(labels: Labels, logits: Values, weights: Values) -> tuple[float, float]:
    """Factor and bias that calibrate held-out logits (Platt 1999), shrunk toward 1 and not at all toward 0.

    Returns
    -------
    tuple
        ``sigmoid(factor * logit + bias)`` is calibrated; the factor is at least 0.01.
    """
    design = np.column_stack([logits, np.ones_like(logits)])
    found = fit_two(Problem(design, labels, weights, np.array([1.0, 0.0]), np.array([PLATT_PENALTY, 1e-3])))
    if found[0] >= 0.01:
        return float(found[0]), float(found[1])
    return 0.01, float(_bias(labels, 0.01 * logits, weights))


def _bias(labels: Labels, logits: Values, weights: Values) -> float:
    share = float(np.clip(np.average(labels, weights=weights), 1e-3, 1 - 1e-3))
    return float(np.log(share / (1 - share)) - np.average(logits, weights=weights))


@dataclass(frozen=True, eq=False)
class Pool:
    """Weights (k,) at least 0 and a bias: ``sigmoid(logits @ weights + bias)``."""

    weights: Values
    bias: float

    def probabilities(self, logits: Values) -> Values:
        """Combined probability of cells: calibrated logits of k opinions, shape (n, k)."""
        return sigmoid(logits @ self.weights + self.bias)


def fit_pool(labels: Labels, logits: Values, weights: Values) -> Pool:
    """Combine calibrated held-out logits of several opinions, shape (n, k).

    A regression toward equal weights; an opinion that would count against itself counts nothing.
    """
    k = logits.shape[1]
    kept = np.ones(k, np.bool_)
    while True:
        design = np.column_stack([logits[:, kept], np.ones(len(labels))])
        prior = np.r_[np.full(int(kept.sum()), 1.0 / k), 0.0]
        penalties = np.r_[np.full(int(kept.sum()), POOL_PENALTY), 1e-3]
        found = fit_two(Problem(design, labels, weights, prior, penalties))
        if (found[:-1] >= 0).all() or kept.sum() == 1:
            break
        kept[np.flatnonzero(kept)[int(np.argmin(found[:-1]))]] = False
    made = np.zeros(k)
    made[kept] = np.maximum(found[:-1], 0.01)
    return Pool(made, float(found[-1]))


@dataclass(frozen=True)
class Found:
    """The unsure band, whether the wanted accuracy was reached with it, and what it decides."""

    low: float
    high: float
    is_reached: bool


def unsure_band(labels: Labels, probabilities: Values, weights: Values, wanted: float) -> Found:
    """The narrowest band around one half outside which held-out cells are right as often as wanted.

    Where no band does it, all but the surest cells are left to people.
    """
    away = np.abs(probabilities - 0.5)
    right = (probabilities > 0.5) == (labels == 1)
    order = np.argsort(away, kind="stable")
    decided = np.cumsum(weights[order][::-1])[::-1]
    hits = np.cumsum((weights * right)[order][::-1])[::-1]
    enough = np.arange(len(order), 0, -1) >= min(LEAST_DECIDED, len(order))
    good = np.flatnonzero((hits >= wanted * decided) & enough)
    if not good.size:
        return Found(0.5 - WIDEST, 0.5 + WIDEST, is_reached=False)
    first = int(good[0])
    half = 0.0 if first == 0 else float(away[order[first - 1]] + away[order[first]]) / 2
    half = min(WIDEST, half)
    return Found(0.5 - half, 0.5 + half, is_reached=True)
