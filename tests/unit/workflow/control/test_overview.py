"""What the window is told of an instrument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leukoscope.control.chart import ControlRun
from leukoscope.workflow.control.overview import control_overview
from leukoscope.workflow.control.runs import KeptRun

INSTRUMENT = "Basler 100x"
FIRST = datetime(2026, 10, 20, 8, tzinfo=UTC)


def run(day: int, light: float, *, excluded: bool = False, instrument: str = INSTRUMENT) -> KeptRun:
    made = ControlRun(FIRST + timedelta(days=day), instrument, {"light": light}, 5, "spill" * excluded, excluded)
    return KeptRun(100 + day, "A. Weber", made)


BASELINE = tuple(run(day, 214.0 + day % 3) for day in range(20))


def test_charts_are_of_one_instrument_with_numbers_to_point_at() -> None:
    kept = (*BASELINE, run(20, 203.0), run(21, 80.0, instrument="Basler 40x"))
    shown = control_overview(kept, INSTRUMENT)
    assert shown.instruments == ("Basler 40x", INSTRUMENT)
    (chart,) = shown.charts
    assert [one.number for one in chart.points] == list(range(100, 121))
    assert chart.points[-1].rules == chart.broken == ("1-3s",)
    assert chart.mean == pytest.approx(214.95)
    assert "Too little light" in chart.sentence
    assert shown.months == ("2026-11", "2026-10")
    assert shown.runs[0].number == 120
    assert shown.meanings["1-3s"] == "one run is more than 3 standard deviations from the mean"
    assert control_overview(kept).instrument == "Basler 40x", "the one measured last"
    assert control_overview(kept, "gone").instrument == "Basler 40x"


def test_a_run_that_was_left_out_neither_alarms_nor_clears_an_alarm() -> None:
    (chart,) = control_overview((*BASELINE, run(20, 170.0, excluded=True))).charts
    assert chart.points[-1].excluded and chart.broken == ()
    assert "In control" in chart.sentence
    (chart,) = control_overview((*BASELINE, run(20, 203.0), run(21, 214.0, excluded=True))).charts
    assert chart.broken == ("1-3s",)
    assert "Too little light" in chart.sentence, "what to do is about the run that counts"


def test_before_anything_was_measured_there_is_nothing() -> None:
    shown = control_overview(())
    assert (shown.instruments, shown.instrument, shown.charts, shown.runs, shown.months) == ((), "", (), (), ())
