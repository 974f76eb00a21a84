"""Levey-Jennings charts: the runs of each figure, its limits, and the rules that are broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leukoscope.control.figures import FIGURES, ControlFigure
from leukoscope.control.limits import LEAST_RUNS, Limits
from leukoscope.control.westgard import Rule, broken_rules


@dataclass(frozen=True)
class ControlRun:
    """One run of a control slide, or the cells of one day.

    Parameters
    ----------
    at
        When, with time zone.
    instrument
        Camera and objective: each has charts of its own.
    figures
        By code of :data:`leukoscope.control.figures.FIGURES`; what could not be measured is missing.
    fields
        Images that stand behind it.
    note
        What a person wrote about it.
    excluded
        Left out of the baseline, for a reason that a person gave in ``note``.
    """

    at: datetime
    instrument: str
    figures: Mapping[str, float]
    fields: int
    note: str = ""
    excluded: bool = False


@dataclass(frozen=True)
class Point:
    """A run on a chart; one that was left out breaks no rule."""

    at: datetime
    value: float
    rules: tuple[Rule, ...]
    excluded: bool = False


@dataclass(frozen=True)
class Chart:
    """One figure over time.

    Parameters
    ----------
    figure
        Which.
    points
        In order of time; rules are judged from the end of the baseline on.
    limits
        ``None`` while there are fewer than ``LEAST_RUNS`` runs.
    missing
        Runs that are missing until there are limits.
    """

    figure: ControlFigure
    points: tuple[Point, ...]
    limits: Limits | None
    missing: int

    @property
    def last(self) -> Point | None:
        """The last run that counts; ``None`` when all were left out."""
        return next((one for one in reversed(self.points) if not one.excluded), None)

    @property
    def broken(self) -> tuple[Rule, ...]:
        """Rules that the last run that counts breaks."""
        return self.last.rules if self.last is not None else ()

    @property
    def advice(self) -> str:
        """What to do about the last run that counts; empty when it breaks no rule."""
        if self.last is None or not self.broken or self.limits is None:
            return ""
        return self.figure.above if self.last.value > self.limits.mean else self.figure.below


def charts(
    runs: Sequence[ControlRun], instrument: str, figures: Sequence[ControlFigure] = FIGURES
) -> tuple[Chart, ...]:
    """The charts of an instrument.

    The first ``LEAST_RUNS`` runs that are not excluded are the baseline; each later run is held against it.

    Parameters
    ----------
    runs
        Of any instrument.
    instrument
        Camera and objective.
    figures
        Of control slides, or of the daily cases.

    Returns
    -------
    tuple of Chart
        One for each figure that was ever measured, in their order.
    """
    own = sorted((one for one in runs if one.instrument == instrument), key=lambda one: one.at)
    made = (_chart(figure, [one for one in own if figure.code in one.figures]) for figure in figures)
    return tuple(one for one in made if one.points)


def _chart(figure: ControlFigure, runs: Sequence[ControlRun]) -> Chart:
    kept = [place for place, one in enumerate(runs) if not one.excluded]
    baseline = kept[:LEAST_RUNS]
    limits = figure.limits(tuple(runs[place].figures[figure.code] for place in baseline))
    rules: dict[int, list[Rule]] = {}
    if limits is not None:
        later = kept[LEAST_RUNS:]
        for violation in broken_rules([runs[place].figures[figure.code] for place in later], limits):
            rules.setdefault(later[violation.run], []).append(violation.rule)
    points = tuple(
        Point(one.at, one.figures[figure.code], tuple(rules.get(place, ())), one.excluded)
        for place, one in enumerate(runs)
    )
    return Chart(figure, points, limits, max(0, LEAST_RUNS - len(kept)))
