"""What the differential was to reach, beside what the bundle's manifest says that it reaches: misses are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.statistics import wilson_interval
from leukoscope.inference.manifest import Manifest, Metric

HEADING = "The differential: what was to be reached, on cells that neither trained nor set a threshold"


@dataclass(frozen=True)
class Goal:
    """One figure that was to be reached.

    Parameters
    ----------
    metric
        Its name in the manifest, as ``assess`` gives it.
    bound
        What it was to be at least, or at most where ``at_most``.
    is_share
        Whether it is a share of the cells it is measured on: it then has a Wilson interval.
    """

    metric: str
    bound: float
    at_most: bool = False
    is_share: bool = False

    def is_reached(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value <= self.bound if self.at_most else value >= self.bound


GOALS = (
    Goal("PBC, reported part: macro-F1 of these", 0.96),
    Goal("PBC, reported part: named with confidence", 0.80, is_share=True),
    Goal("PBC, reported part: named blast with confidence", 0.005, at_most=True, is_share=True),
    Goal("BCCD, white cells of even fields: named with confidence", 0.70, is_share=True),
    Goal("BCCD, white cells of even fields: right of these", 0.92),
    Goal("BCCD, white cells of even fields: named blast with confidence", 0.01, at_most=True, is_share=True),
    Goal(
        "C-NMC, people held out: kept from the leukemia models, gate of the other folds", 0.005, at_most=True,
        is_share=True,
    ),
    Goal("C-NMC, people held out: named a healthy class with confidence", 0.02, at_most=True, is_share=True),
    Goal("attributes, WBCAtt's test part: mean macro-F1", 0.85),
)  # fmt: skip


def goals_text(manifest: Manifest) -> str:
    """One line for each goal: the figure, what it was to be, and whether it is.

    Raises
    ------
    SettingsError
        When the manifest does not say one of the figures.
    """
    metrics = manifest.metrics.overall if manifest.metrics is not None else {}
    lines = list(_lines(metrics))
    missed = sum("missed" in line for line in lines)
    end = f"{len(lines) - missed} of {len(lines)} reached"
    return "\n".join([f"{HEADING} ({manifest.name} {manifest.version})", *lines, end])


def _lines(metrics: Mapping[str, Metric]) -> Iterator[str]:
    width = max(len(goal.metric) for goal in GOALS)
    for goal in GOALS:
        if goal.metric not in metrics:
            raise SettingsError(f"The bundle does not say “{goal.metric}”; assess and export it again.")
        one = metrics[goal.metric]
        value, wanted = one.value, f"{'at most' if goal.at_most else 'at least'} {goal.bound:g}"
        said = "reached" if goal.is_reached(value) else f"missed by {abs(value - goal.bound):.3f}"
        interval = ""
        if goal.is_share and one.n:
            low, high = wilson_interval(round(value * one.n), one.n)
            interval = f" ({low:.3f} to {high:.3f})"
        yield f"{goal.metric:<{width}}  {value:.3f}{interval:<17}  of {one.n or 0:5d}  {wanted:<14} {said}"
