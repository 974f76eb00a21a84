"""A broken control rule in the real window: on the status line, on the sheet for signing, and what leads out of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseState
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Presence
from leukoscope.workflow.control.runs import ControlRuns
from leukoscope.workflow.operator_session import OperatorSession
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.gui.stored import stored_case

INSTRUMENT = "Basler 100x"


@pytest.fixture
def runs(kept: CaseStore) -> ControlRuns:
    made = ControlRuns(kept.trail, OperatorSession(kept, Presence, lambda _: None))
    for day in range(20):
        made.keep(INSTRUMENT, {"focus": 0.23, "light": 214.0 + day % 3}, 5)
    made.keep(INSTRUMENT, {"focus": 0.23, "light": 190.0}, 5)
    return made


def test_the_status_line_warns_and_leads_to_the_chart_until_the_run_is_left_out(
    open_quiet: OpenWindow, runs: ControlRuns, qtbot: QtBot
) -> None:
    window = open_quiet()
    qtbot.waitUntil(lambda: "Too little light" in window.status.control_text, timeout=PATIENCE_MS)
    QTest.mouseClick(window.status.control, Qt.MouseButton.LeftButton)
    charts = window.quality.control.charts
    qtbot.waitUntil(lambda: "light" in charts.cards and charts.cards["light"].plot.hasFocus(), timeout=PATIENCE_MS)
    assert "1-3s" in charts.bar.about.text()
    QTest.keyClicks(charts.bar.reason, "lamp was cold")
    QTest.keyClick(charts.bar.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.status.control_text == "", timeout=PATIENCE_MS)


def test_the_setting_is_followed_at_once(open_quiet: OpenWindow, runs: ControlRuns, qtbot: QtBot) -> None:
    window = open_quiet()
    qtbot.waitUntil(lambda: window.status.control_text != "", timeout=PATIENCE_MS)
    window.show_page("settings")
    choices = window.pages["settings"].choices
    choices["control_rule"]._buttons["off"].click()
    qtbot.waitUntil(lambda: window.status.control_text == "", timeout=PATIENCE_MS)
    assert window.bridge.bench.settings.current.control_rule == "off"


def test_signing_is_refused_with_what_to_do_and_the_way_there(
    open_quiet: OpenWindow, runs: ControlRuns, kept: CaseStore, qtbot: QtBot
) -> None:
    case_id = stored_case(kept, "A-1", 1)
    for cell in kept.load(case_id).cells:
        kept.decide(cell.id, Label.HEALTHY, "Ana")
    window = open_quiet()
    window.bridge.bench.settings.save(control_rule="block")
    window.commands.open_case(case_id)
    qtbot.waitUntil(lambda: window.case.id == case_id and window.case.case is not None, timeout=PATIENCE_MS)
    window.actions_by_id["sign"].trigger()
    sheet = window.operator.sign_sheet
    QTest.keyClick(sheet.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "broke a rule of daily control" in sheet.wrong.text(), timeout=PATIENCE_MS)
    assert "leave the run out with a reason" in sheet.wrong.text()
    assert kept.load(case_id).state is CaseState.OPEN
    assert sheet.cure.text() == "Show daily control"
    sheet.cure.click()
    qtbot.waitUntil(lambda: window.page == "quality" and window.quality.part == "control", timeout=PATIENCE_MS)
    window.control_charts.exclude(runs.all()[-1].number, "lamp was cold")
    qtbot.waitUntil(lambda: runs.all()[-1].run.excluded, timeout=PATIENCE_MS)
    window.show_page("review")
    window.actions_by_id["sign"].trigger()
    QTest.keyClick(sheet.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: kept.load(case_id).state is CaseState.SIGNED, timeout=PATIENCE_MS)


def test_nothing_is_asked_for_behind_a_locked_screen_and_all_is_said_after_it(
    open_quiet: OpenWindow, runs: ControlRuns, qtbot: QtBot
) -> None:
    window = open_quiet()
    qtbot.waitUntil(lambda: window.status.control_text != "", timeout=PATIENCE_MS)
    operator = window.bridge.bench.operator
    operator.turn_on("Root", "a short sentence")
    operator.lock()
    window.status.show_control("")
    refused: list[bool] = []
    window.bridge.refused.connect(lambda: refused.append(True))
    window.control_charts.look()
    window.bridge._pool.waitForDone()
    operator.sign_in("Root", "a short sentence")
    window.control_charts.look()
    qtbot.waitUntil(lambda: "Too little light" in window.status.control_text, timeout=PATIENCE_MS)
    assert refused == []
