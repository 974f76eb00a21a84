"""What the window shows of daily control: the charts of an instrument and its runs, in the window's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from leukoscope.control.chart import Chart, ControlRun, charts
from leukoscope.control.figures import DAILY_FIGURES
from leukoscope.control.westgard import Rule
from leukoscope.domain.day_cells import DayCells
from leukoscope.reports.words import ENGLISH, Words
from leukoscope.workflow.control.names import NOT_KNOWN
from leukoscope.workflow.control.runs import KeptRun, instruments
from leukoscope.workflow.control.words import figure_title, figure_unit, rule_meaning, standing


@dataclass(frozen=True)
class PointFacts:
    """One run on a chart.

    Parameters
    ----------
    number
        Of the run; of a day see :func:`day_number`.
    at
        When, with time zone.
    value
        In the figure's unit.
    rules
        Names of the rules that it breaks: ``1-3s``.
    excluded
        Left out of limits and rules.
    """

    number: int
    at: datetime
    value: float
    rules: tuple[str, ...] = ()
    excluded: bool = False


@dataclass(frozen=True)
class ChartFacts:
    """One figure over time.

    Parameters
    ----------
    code
        Of the figure.
    title, unit, decimals
        What it is called, in what it is measured, as many decimals are shown.
    points
        In order of time.
    mean, sd
        ``None`` while there are too few runs for limits.
    broken
        Names of the rules that the last run breaks.
    sentence
        How it stands, and what to do.
    """

    code: str
    title: str
    unit: str
    decimals: int
    points: tuple[PointFacts, ...]
    mean: float | None
    sd: float | None
    broken: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class ControlOverview:
    """What is known of an instrument.

    Parameters
    ----------
    instruments
        All that were ever measured, the one measured last first, then those that only cases were taken with; the last
        is ``NOT_KNOWN`` where there are daily cases of which nobody knows.
    instrument
        The shown one; empty while nothing was measured.
    charts
        One for each figure that was measured.
    daily
        Of the daily cases that were taken with it.
    days
        Number of a day on these charts -> how many cells stand behind it.
    runs
        Of the instrument, the newest first.
    months
        In which it was measured, as ``2026-11``, the newest first.
    meanings
        Name of each rule -> what it means.
    """

    instruments: tuple[str, ...]
    instrument: str
    charts: tuple[ChartFacts, ...]
    daily: tuple[ChartFacts, ...]
    days: Mapping[int, int]
    runs: tuple[KeptRun, ...]
    months: tuple[str, ...]
    meanings: dict[str, str]


def control_overview(
    kept: Sequence[KeptRun], instrument: str = "", words: Words = ENGLISH, days: Sequence[DayCells] = ()
) -> ControlOverview:
    """Charts and runs of an instrument.

    Parameters
    ----------
    kept
        All runs.
    instrument
        Camera and objective; one that was never measured stands for the one measured last.
    words
        Language of titles and sentences.
    days
        The daily cases, the oldest first.
    """
    known = known_instruments(kept, days)
    shown = instrument if instrument in known else next(iter(known), "")
    own = [one for one in kept if one.run.instrument == shown]
    by_time = {one.run.at: one for one in own}
    days = days_of(days, shown)
    made = charts([one.run for one in own], shown)
    months = tuple(dict.fromkeys(f"{one.run.at:%Y-%m}" for one in reversed(own)))
    meanings = {rule.value: rule_meaning(rule, words) for rule in Rule}
    return ControlOverview(
        known, shown, tuple(chart_facts(one, by_time, words) for one in made),
        tuple(chart_facts(one, {}, words) for one in daily_charts(days)),
        {day_number(_noon(one)): one.cells for one in days}, tuple(reversed(own)), months, meanings,
    )  # fmt: skip


def known_instruments(kept: Sequence[KeptRun], days: Sequence[DayCells]) -> tuple[str, ...]:
    """All that were measured or that cases were taken with; see :class:`ControlOverview`."""
    measured = instruments(kept)
    there = {one.casefold() for one in measured}
    taken = dict.fromkeys(one.instrument for one in reversed(days))
    others = [one for one in taken if one and one.casefold() not in there]
    return (*measured, *others, *((NOT_KNOWN,) if "" in taken else ()))


def days_of(days: Sequence[DayCells], instrument: str) -> tuple[DayCells, ...]:
    """The daily cases of one of them."""
    wanted = "" if instrument == NOT_KNOWN else instrument.casefold()
    return tuple(one for one in days if one.instrument.casefold() == wanted)


def daily_charts(days: Sequence[DayCells]) -> tuple[Chart, ...]:
    """Charts of the daily cases."""
    return charts([ControlRun(_noon(one), "", one.figures, one.cells) for one in days], "", DAILY_FIGURES)


def day_number(at: datetime) -> int:
    """Stands for a day on a chart, where runs have their own numbers: below -1."""
    return -at.toordinal()


def _noon(one: DayCells) -> datetime:
    return datetime.combine(one.day, time(12), UTC)


def chart_facts(chart: Chart, runs: dict[datetime, KeptRun], words: Words) -> ChartFacts:
    """A chart with words; ``runs`` are those that its points stand for, by their time."""
    figure, limits = chart.figure, chart.limits
    points = []
    for one in chart.points:
        kept = runs.get(one.at)
        rules = tuple(rule.value for rule in one.rules)
        points.append(
            PointFacts(
                kept.number if kept else day_number(one.at),
                one.at,
                one.value,
                rules,
                kept is not None and kept.run.excluded,
            )
        )
    return ChartFacts(
        figure.code, figure_title(figure, words), figure_unit(figure, words), figure.decimals, tuple(points),
        None if limits is None else limits.mean, None if limits is None else limits.sd,
        tuple(one.value for one in chart.broken), standing(chart, words),
    )  # fmt: skip
