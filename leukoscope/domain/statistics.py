"""Figures with the interval that stands behind each that the program prints."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal distribution."""


def wilson_interval(successes: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson score interval of a proportion (Wilson 1927).

    Parameters
    ----------
    successes, n
        Count and total; ``0 <= successes <= n``.
    z
        Normal quantile.

    Returns
    -------
    tuple of float
        Lower and upper bound, 0..1; (0, 1) when ``n`` is 0.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no proportion")
    if n == 0:
        return 0.0, 1.0
    p, z2 = successes / n, z * z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def auroc(positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Area under the ROC curve (Mann-Whitney, ties count half); nan when a side is missing.

    Parameters
    ----------
    positive
        Shape (n,): which belong to the side that should score high.
    scores
        Shape (n,), finite.
    """
    above, below = scores[positive], np.sort(scores[~positive])
    if not above.size or not below.size:
        return float("nan")
    pairs = np.searchsorted(below, above, "left") + np.searchsorted(below, above, "right")
    return float(pairs.sum() / (2 * above.size * below.size))


def auroc_interval(area: float, positives: int, negatives: int, z: float = Z_95) -> tuple[float, float]:
    """Score interval of an area under the ROC curve, which has a width at 0 and 1 too.

    The areas from which the one found lies ``z`` standard errors away (Newcombe 2006, method 5), the error as Hanley
    and McNeil (1982) give it.

    Parameters
    ----------
    area
        What was found, 0..1.
    positives, negatives
        How many of each side, at least 1.
    z
        Normal quantile.

    Returns
    -------
    tuple of float
        Lower and upper bound, 0..1; (0, 1) when the area is nan.
    """
    if math.isnan(area):
        return 0.0, 1.0

    def error(theta: float) -> float:
        more = (positives + negatives) / 2 - 1
        spread = theta * (1 - theta) * (1 + more * ((1 - theta) / (2 - theta) + theta / (1 + theta)))
        return math.sqrt(max(spread, 0.0) / (positives * negatives))

    def bound(outer: float) -> float:
        inner = area
        for _ in range(60):
            middle = (inner + outer) / 2
            if abs(area - middle) <= z * error(middle):
                inner = middle
            else:
                outer = middle
        return inner

    return bound(0.0), bound(1.0)
