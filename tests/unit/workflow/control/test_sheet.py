"""The sheet of a month: what it lists, and what a reader finds on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from leukoscope.control.chart import ControlRun
from leukoscope.domain.errors import ControlError
from leukoscope.reports.control_sheet import write_control_sheet
from leukoscope.reports.words import ENGLISH, load_words
from leukoscope.workflow.app_dirs import translations
from leukoscope.workflow.control.runs import KeptRun
from leukoscope.workflow.control.sheet import control_sheet

INSTRUMENT = "Basler 100x"
FIRST = datetime(2026, 10, 20, 8, tzinfo=UTC)


def _run(day: int, light: float, *, note: str = "", excluded: bool = False, instrument: str = INSTRUMENT) -> KeptRun:
    run = ControlRun(FIRST + timedelta(days=day), instrument, {"light": light}, 5, note, excluded)
    return KeptRun(100 + day, "A. Weber", run)


RUNS = (
    *(_run(day, 214.0 + day % 3) for day in range(25)),
    _run(25, 170.0, note="oil on the slide", excluded=True),
    _run(26, 203.0),
    _run(26, 120.0, instrument="Basler 40x"),
)


def test_a_sheet_has_the_runs_of_its_month_and_limits_of_all() -> None:
    sheet = control_sheet(RUNS, INSTRUMENT, "2026-11", ENGLISH, "St. Elsewhere")
    assert [one.number for one in sheet.runs] == list(range(112, 127))
    assert [one.note for one in sheet.runs if one.note] == ["oil on the slide"]
    assert [one.number for one in sheet.runs if one.rules] == [126]
    (chart,) = sheet.charts
    assert chart.mean == pytest.approx(214.95)
    assert [one.excluded for one in chart.points] == [False] * 13 + [True, False]
    assert chart.points[-1].rules == ("1-3s",)
    assert "Too little light" in chart.sentence


def test_a_sheet_on_paper_says_it_all(tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    write_control_sheet(control_sheet(RUNS, INSTRUMENT, "2026-11", ENGLISH, "St. Elsewhere"), path, "A4")
    text = " ".join(page.extract_text() for page in PdfReader(path).pages)
    for said in ("Quality control", "2026-11", INSTRUMENT, "St. Elsewhere", "Light of empty glass", "Out of control",
                 "1-3s", "oil on the slide", "Reviewed by", "not a medical device"):  # fmt: skip
        assert said in text, said
    assert "Basler 40x" not in text


def test_nothing_is_cut_off_on_paper_however_long_it_is(tmp_path: Path) -> None:
    note = " ".join(f"Objektträgerwechsel-{number}" for number in range(60))
    runs = (*RUNS[:26], _run(26, 120.0, note=note, instrument=INSTRUMENT))
    words = load_words("de", translations())
    path = tmp_path / "sheet.pdf"
    write_control_sheet(control_sheet(runs, INSTRUMENT, "2026-11", words), path, "A4")
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())
    assert "…" not in text
    for said in (*note.split(), "Nummer", "Gesichtsfelder", "Seite 1", "Lampe oder Belichtung erhöhen"):
        assert said in text, said


@pytest.mark.parametrize(
    ("month", "instrument", "sentence"),
    [
        ("2026-13", INSTRUMENT, "year and number"),
        ("11/2026", INSTRUMENT, "year and number"),
        ("2026-12", INSTRUMENT, "No control run of Basler 100x was measured in 2026-12"),
        ("2026-10", "Basler 40x", "No control run of Basler 40x"),
    ],
)
def test_a_month_without_runs_is_one_sentence(month: str, instrument: str, sentence: str) -> None:
    with pytest.raises(ControlError, match=sentence):
        control_sheet(RUNS, instrument, month, ENGLISH)


def test_a_month_before_there_are_limits_says_how_many_runs_are_missing() -> None:
    (chart,) = control_sheet(RUNS[:12], INSTRUMENT, "2026-10", ENGLISH).charts
    assert chart.mean is None
    assert "8 of 20 runs are missing" in chart.sentence
