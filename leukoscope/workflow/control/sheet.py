"""The control sheet of a month, from the runs that are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from leukoscope.control.chart import Chart, charts
from leukoscope.domain.errors import ControlError
from leukoscope.reports.control_sheet import ControlSheet, SheetChart, SheetPoint, SheetRun
from leukoscope.reports.words import Words
from leukoscope.workflow.control.runs import KeptRun
from leukoscope.workflow.control.words import figure_title, figure_unit, standing

MONTH = r"\d{4}-(0[1-9]|1[0-2])"


def control_sheet(
    runs: Sequence[KeptRun], instrument: str, month: str, words: Words, laboratory: str = ""
) -> ControlSheet:
    """What the sheet of a month says.

    Parameters
    ----------
    runs
        All runs: the limits come from the first ones, whenever they were.
    instrument
        Camera and objective.
    month
        As ``2026-11``, in the time zone that the runs were kept in.
    words
        Language of the sheet.
    laboratory
        Its name.

    Raises
    ------
    ControlError
        When there is no run of that instrument in that month.
    """
    if re.fullmatch(MONTH, month) is None:
        raise ControlError("Write the month with year and number: 2026-11.")
    own = [one for one in runs if one.run.instrument == instrument and f"{one.run.at:%Y-%m}" == month]
    if not own:
        raise ControlError(f"No control run of {instrument} was measured in {month}.")
    made = charts([one.run for one in runs], instrument)
    left_out = {one.run.at for one in own if one.run.excluded}
    shown = tuple(one for chart in made if (one := _chart(chart, month, left_out, words)).points)
    broken = {
        one.run.at: sorted({rule for chart in shown for point in chart.points if point.at == one.run.at
                            for rule in point.rules}) for one in own
    }  # fmt: skip
    listed = tuple(
        SheetRun(one.number, one.run.at, one.who, one.run.fields, " ".join(broken[one.run.at]), one.run.note)
        for one in own
    )
    return ControlSheet(instrument, month, laboratory, shown, listed, words)


def _chart(chart: Chart, month: str, left_out: set[datetime], words: Words) -> SheetChart:
    points = tuple(
        SheetPoint(one.at, one.value, tuple(rule.value for rule in one.rules), one.at in left_out)
        for one in chart.points
        if f"{one.at:%Y-%m}" == month
    )
    figure, limits = chart.figure, chart.limits
    return SheetChart(
        figure_title(figure, words), figure_unit(figure, words), figure.decimals, points,
        None if limits is None else limits.mean, None if limits is None else limits.sd, standing(chart, words),
    )  # fmt: skip
