"""Figures of merit with intervals over patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain import statistics
from leukoscope.site.cells import Labels, Names, Values

ROUNDS = 500
BINS = 10
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval over patients; nan where it cannot be told."""

    value: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """``0.93 (0.88 to 0.97)``."""
        if np.isnan(self.value):
            return "not known"
        interval = "" if np.isnan(self.low) else f" ({self.low:.2f} to {self.high:.2f})"
        return f"{self.value:.2f}{interval}"


def auroc(labels: Labels, scores: Values) -> float:
    """Area under the ROC curve (Mann-Whitney, ties count half); nan when a side is missing."""
    return statistics.auroc(labels == 1, scores)


def calibration_error(labels: Labels, probabilities: Values, bins: int = BINS) -> float:
    """Expected calibration error with bins of equal width (Naeini et al. 2015)."""
    number = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    gaps = [abs(float((probabilities - labels)[number == one].sum())) for one in np.unique(number)]
    return float(sum(gaps) / len(labels))


def balanced_accuracy(truth: Names, named: Names) -> float:
    """Mean share of each class's cells that have its name."""
    return float(np.mean([(named[truth == code] == code).mean() for code in np.unique(truth)]))


def rounds(groups: Names, subjects: Names, seed: int = 0, n: int = ROUNDS) -> list[Rows]:
    """Rows of bootstrap samples in which patients were drawn anew, those of each group (side, class) apart."""
    rng = np.random.default_rng(seed)
    where = {str(who): np.flatnonzero(subjects == who) for who in np.unique(subjects)}
    main = {who: _most_of(groups[rows]) for who, rows in where.items()}
    strata = [[who for who, group in main.items() if group == name] for name in sorted(set(main.values()))]
    return [
        np.concatenate(
            [where[people[place]] for people in strata for place in rng.integers(len(people), size=len(people))]
        )
        for _ in range(n)
    ]


def _most_of(groups: Names) -> str:
    names, counts = np.unique(groups, return_counts=True)
    return str(names[int(np.argmax(counts))])


def estimate(samples: list[Rows], n: int, figure: Callable[[Rows], float]) -> Estimate:
    """A figure of all ``n`` cells, and the interval in which it lies in 95 % of the samples."""
    found = np.array([figure(rows) for rows in samples])
    found = found[np.isfinite(found)]
    low, high = np.percentile(found, [2.5, 97.5]) if found.size else (np.nan, np.nan)
    return Estimate(figure(np.arange(n)), float(low), float(high))
