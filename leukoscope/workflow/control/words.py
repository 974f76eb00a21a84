"""Control charts as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.control.chart import Chart
from leukoscope.control.limits import LEAST_RUNS
from leukoscope.workflow.control.runs import KeptRun


def chart_line(chart: Chart) -> str:
    """One figure: its last value, its limits, and what is broken."""
    figure, last = chart.figure, chart.points[-1]
    unit = f" {figure.unit}" if figure.unit else ""
    value = f"{figure.title}: {last.value:.{figure.decimals}f}{unit}"
    if chart.limits is None:
        return f"{value}. {chart.missing} of {LEAST_RUNS} runs are missing until there are limits."
    low, high = chart.limits.mean - 3 * chart.limits.sd, chart.limits.mean + 3 * chart.limits.sd
    where = f"{value}, limits {low:.{figure.decimals}f} to {high:.{figure.decimals}f}"
    if not chart.broken:
        return f"{where}. In control."
    rules = ", ".join(one.value for one in chart.broken)
    return f"{where}. Out of control ({rules}): {chart.advice}"


def run_lines(runs: Sequence[KeptRun]) -> list[str]:
    """One line for each run."""
    return [
        f"{one.number:>6}  {one.run.at:%Y-%m-%d %H:%M}  {one.run.instrument:20} {one.run.fields:>3} fields  {one.who}"
        + ("  excluded" if one.run.excluded else "")
        + (f"  {one.run.note}" if one.run.note else "")
        for one in runs
    ]
