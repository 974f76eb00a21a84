"""Control charts as sentences."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.control.chart import Chart
from leukoscope.control.figures import ControlFigure
from leukoscope.control.limits import LEAST_RUNS
from leukoscope.control.westgard import Rule
from leukoscope.reports.words import ENGLISH, Words
from leukoscope.workflow.control.runs import KeptRun


def figure_title(figure: ControlFigure, words: Words = ENGLISH) -> str:
    """What a figure is called in a language."""
    titles = {
        "light": words("Light of empty glass"),
        "glass_red": words("Red of empty glass"),
        "glass_blue": words("Blue of empty glass"),
        "focus": words("Focus"),
        "red_cell_px": words("Diameter of red cells"),
        "red_cell_stain": words("Stain of red cells"),
        "nuclear_stain": words("Stain of nuclei"),
        "unsure": words("Share of unsure cells"),
        "novelty": words("Distance from known cells"),
        "agreement": words("Agreement of the models"),
        "corrections": words("People’s corrections"),
    }
    return titles[figure.code]


def figure_unit(figure: ControlFigure, words: Words = ENGLISH) -> str:
    """In what a figure is measured; empty for a ratio."""
    return words("levels") if figure.unit == "levels" else figure.unit


def rule_meaning(rule: Rule, words: Words = ENGLISH) -> str:
    """What it means that a rule is broken."""
    return {
        Rule.ONE_3S: words("one run is more than 3 standard deviations from the mean"),
        Rule.TWO_2S: words("two runs in a row are more than 2 standard deviations away, on the same side"),
        Rule.RANGE_4S: words("of two runs in a row one is more than 2 standard deviations above and one below"),
        Rule.FOUR_1S: words("four runs in a row are more than 1 standard deviation away, on the same side"),
        Rule.TEN_X: words("ten runs in a row are on the same side of the mean"),
    }[rule]


def standing(chart: Chart, words: Words = ENGLISH) -> str:
    """Limits of a figure, which rules its last run breaks, and what to do then."""
    if chart.limits is None:
        missing = chart.missing
        return words("{missing} of {runs} runs are missing until there are limits.", missing=missing, runs=LEAST_RUNS)
    low, high = (
        words.decimal(f"{chart.limits.mean + side * chart.limits.sd:.{chart.figure.decimals}f}") for side in (-3, 3)
    )
    if not chart.broken:
        return words("In control; limits {low} to {high}.", low=low, high=high)
    rules = ", ".join(one.value for one in chart.broken)
    said = words("Out of control ({rules}); limits {low} to {high}.", rules=rules, low=low, high=high)
    return f"{said} {words(chart.advice)}"


def chart_line(chart: Chart) -> str:
    """One figure: its last value, and how it stands."""
    figure, last = chart.figure, chart.points[-1]
    unit = f" {figure_unit(figure)}" if figure.unit else ""
    return f"{figure_title(figure)}: {last.value:.{figure.decimals}f}{unit}. {standing(chart)}"


def run_lines(runs: Sequence[KeptRun]) -> list[str]:
    """One line for each run."""
    return [
        f"{one.number:>6}  {one.run.at:%Y-%m-%d %H:%M}  {one.run.instrument:20} {one.run.fields:>3} fields  {one.who}"
        + ("  excluded" if one.run.excluded else "")
        + (f"  {one.run.note}" if one.run.note else "")
        for one in runs
    ]
