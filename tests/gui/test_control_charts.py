"""Daily control in the real window: measured, charted, a run left out by keyboard, a sheet saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.people import Presence
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.quality.charts_view import ChartCard, ChartsView
from leukoscope.gui.theme import appearance
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
from leukoscope.workflow.control.runs import ControlRuns
from leukoscope.workflow.operator_session import OperatorSession
from tests.gui.conftest import PATIENCE_MS, OpenWindow

INSTRUMENT = "Basler 100x"


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("control slide")
    for seed in (1, 2, 3):
        pixels = demo_field(seed, 640, 512, leukocytes=4, kinds=HEALTHY_BLOOD).pixels
        Image.fromarray(pixels).save(folder / f"field {seed}.png")
    return folder


@pytest.fixture
def runs(kept: CaseStore) -> ControlRuns:
    """Twenty runs in control, and one with too little light."""
    made = ControlRuns(kept.trail, OperatorSession(kept, Presence, lambda _: None))
    rng = np.random.default_rng(1)
    for _ in range(20):
        made.keep(INSTRUMENT, {"light": 214 + rng.standard_normal(), "focus": 0.23 + 0.01 * rng.standard_normal()}, 5)
    made.keep(INSTRUMENT, {"light": 190.0, "focus": 0.23}, 5)
    return made


def shown(window: MainWindow, qtbot: QtBot) -> dict[str, ChartCard]:
    window.show_page("quality")
    window.quality.parts._buttons["control"].click()
    charts: ChartsView = window.quality.control.charts
    qtbot.waitUntil(lambda: bool(charts.cards), timeout=PATIENCE_MS)
    return charts.cards


def test_an_empty_page_invites_and_a_dropped_slide_becomes_a_run(
    open_quiet: OpenWindow, slide: Path, qtbot: QtBot
) -> None:
    window = open_quiet()
    window.show_page("quality")
    control = window.quality.control
    window.quality.parts._buttons["control"].click()
    qtbot.waitUntil(lambda: control.empty.isVisible() and control.empty.button.hasFocus(), timeout=PATIENCE_MS)
    QTest.keyClick(control.empty.button, Qt.Key.Key_Space)
    assert control.measuring.isVisible()
    window.control_charts.measure((slide,))
    qtbot.waitUntil(lambda: "Name camera and objective" in control.measuring.message.text, timeout=PATIENCE_MS)
    control.measuring.instrument.setEditText(INSTRUMENT)
    assert window.quality.drop_words() == "Drop images of a control slide to measure them"
    window.control_charts.measure((slide,))
    assert control.measuring.work.isVisible() and not control.measuring.files.isEnabled()
    qtbot.waitUntil(lambda: len(control.charts.cards) >= 6, timeout=PATIENCE_MS)
    assert control.charts.isVisible()
    assert "19 of 20 runs are missing" in control.charts.cards["light"].sentence.text()
    assert control.panel.standing.text() == "The first runs are gathered that limits are set from."
    assert window.message.text == f"3 fields of {INSTRUMENT} were measured."


def test_what_is_out_of_control_is_named_and_left_out_by_keyboard(
    open_quiet: OpenWindow, runs: ControlRuns, qtbot: QtBot
) -> None:
    window = open_quiet()
    cards = shown(window, qtbot)
    control = window.quality.control
    assert list(cards) == ["light", "focus"]
    assert control.panel.standing.text() == "Out of control: Light of empty glass"
    assert "Too little light: clean the lens" in cards["light"].sentence.text()
    assert cards["light"].plot.accessibleDescription() == cards["light"].sentence.text()
    cards["light"].plot.setFocus()
    QTest.keyClick(cards["light"].plot, Qt.Key.Key_End)
    bar = control.charts.bar
    assert "1-3s (one run is more than 3 standard deviations from the mean)" in bar.about.text()
    assert cards["focus"].plot.number == cards["light"].plot.number, "the same run is marked on all"
    QTest.keyClick(cards["light"].plot, Qt.Key.Key_Left)
    assert "1-3s" not in bar.about.text()
    QTest.keyClick(cards["light"].plot, Qt.Key.Key_Right)
    assert not bar.leave_out.isEnabled(), "a reason is wanted"
    QTest.keyClicks(bar.reason, "lamp was cold")
    QTest.keyClick(bar.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: control.panel.standing.text() == "In control", timeout=PATIENCE_MS)
    assert [one.run.note for one in runs.all() if one.run.excluded] == ["lamp was cold"]
    assert "Left out: lamp was cold" in bar.about.text()
    assert not bar.reason.isVisible(), "it is left out already"


def test_a_click_chooses_the_run_that_is_seen_there(open_quiet: OpenWindow, runs: ControlRuns, qtbot: QtBot) -> None:
    window = open_quiet()
    plot = shown(window, qtbot)["light"].plot
    for index in (0, 7, 20):
        place: QPoint = plot.place_of(index)
        assert plot.rect().contains(place)
        QTest.mouseClick(plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        assert plot.number == plot.points[index].number
    assert plot.point_text(plot.points[20]).endswith("190.0 levels (1-3s)")


def test_charts_follow_the_theme(open_quiet: OpenWindow, runs: ControlRuns, qtbot: QtBot) -> None:
    window = open_quiet()
    card = shown(window, qtbot)["light"]
    dark = card.grab().toImage().pixelColor(200, 100).lightness()
    appearance().choose("light")
    qtbot.waitUntil(lambda: card.grab().toImage().pixelColor(200, 100).lightness() > dark + 100)


def test_the_sheet_of_a_month_is_saved(
    open_quiet: OpenWindow, runs: ControlRuns, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_quiet()
    shown(window, qtbot)
    file = tmp_path / "sheet.pdf"
    monkeypatch.setattr(type(window.session.files), "save_file", lambda *_: file)
    window.quality.control.panel.sheet.click()
    qtbot.waitUntil(lambda: window.message.text == "Saved as “sheet.pdf”.", timeout=PATIENCE_MS)
    assert file.read_bytes().startswith(b"%PDF")


def test_fields_are_taken_from_the_camera_and_measured(open_quiet: OpenWindow, qtbot: QtBot) -> None:
    window = open_quiet()
    window.show_page("quality")
    window.quality.show_part("control")
    control = window.quality.control
    control.show_form()
    camera, form = control.measuring.camera, control.measuring
    form.instrument.setEditText("Demo 40x")
    camera.start("demo:1")
    for taken in range(3):
        qtbot.waitUntil(camera.take.isEnabled, timeout=PATIENCE_MS)
        assert not camera.measure.isEnabled()
        camera.take.click()
        assert len(camera.fields) == taken + 1
    assert camera.measure.text() == "Measure 3 fields"
    camera.measure.click()
    qtbot.waitUntil(lambda: control.panel.instrument.currentText() == "Demo 40x", timeout=PATIENCE_MS)
    assert not camera.running, "out of sight it rests"
    assert camera.fields == []
