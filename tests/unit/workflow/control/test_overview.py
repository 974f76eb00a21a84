"""What the window is told of an instrument."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from leukoscope.control.chart import ControlRun
from leukoscope.domain.day_cells import DayCells
from leukoscope.workflow.control.in_force import daily_trouble
from leukoscope.workflow.control.names import NOT_KNOWN
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


def day(number: int, unsure: int, cells: int = 400, *, decided: int = 0) -> DayCells:
    return DayCells(date(2026, 10, 1) + timedelta(days=number), cells, unsure, cells, 380, 0.6, decided, decided // 10)


USUAL = tuple(day(number, 40 + number % 3) for number in range(20))


def test_daily_cases_have_charts_of_their_own() -> None:
    shown = control_overview((), days=(*USUAL, day(20, 90)))
    assert [one.code for one in shown.daily] == ["unsure", "novelty", "agreement"]
    unsure = shown.daily[0]
    assert unsure.title == "Share of unsure cells"
    assert unsure.broken == ("1-3s",)
    assert "More cells than usual are unsure" in unsure.sentence
    assert [one.broken for one in shown.daily[1:]] == [(), ()], "what never varies is in control"
    assert shown.days[unsure.points[-1].number] == 400
    assert all(one.number < -1 for one in unsure.points), "no run has such a number"


def test_a_day_of_few_cells_says_nothing() -> None:
    assert control_overview((), days=(day(0, 4, 49),)).daily == ()
    with_people = control_overview((), days=(day(0, 4, decided=19), day(1, 4, decided=20)))
    (corrections,) = (one for one in with_people.daily if one.code == "corrections")
    assert [one.value for one in corrections.points] == [0.1]


def test_daily_cases_of_two_microscopes_do_not_mix() -> None:
    other = tuple(replace(one, instrument="Basler 40x", unsure=2 * one.unsure) for one in (*USUAL, day(20, 90)))
    both = (*(replace(one, instrument=INSTRUMENT.upper()) for one in USUAL), *other, day(3, 40))
    shown = control_overview(BASELINE, days=both)
    assert shown.instruments == (INSTRUMENT, "Basler 40x", NOT_KNOWN), "a name is one in any letters"
    assert len(shown.daily[0].points) == 20 and shown.daily[0].broken == ()
    assert control_overview(BASELINE, "Basler 40x", days=both).daily[0].broken == ("1-3s",)
    assert len(control_overview(BASELINE, NOT_KNOWN, days=both).daily[0].points) == 1
    found = daily_trouble(both)
    assert found is not None and found.instrument == "Basler 40x"
    assert found.sentence.startswith("The daily cases of Basler 40x broke a rule of control (1-3s): More cells")


def test_daily_cases_warn_and_say_what_to_do() -> None:
    assert daily_trouble(USUAL) is None
    found = daily_trouble((*USUAL, day(20, 90)))
    assert found is not None and found.code == "unsure"
    assert found.sentence.startswith("The daily cases broke a rule of control (1-3s): More cells than usual")
