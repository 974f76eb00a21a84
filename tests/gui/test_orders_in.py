"""Orders come by themselves into the window: how that stands, and what a person does about the rest."""

from __future__ import annotations

import socket
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from leukoscope.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS
from tests.unit.exchange.test_dicom_worklist import TITLE, schedule, worklist
from tests.unit.workflow.orders_in.messages import ask, code, order


def listen(window: MainWindow, qtbot: QtBot) -> int:
    """Write an address into the settings, as a person does; gives the port."""
    panel = window.settings.orders
    panel.fields["orders_node"].setText("127.0.0.1:0")
    panel.fields["orders_node"].editingFinished.emit()
    qtbot.waitUntil(lambda: panel.state.text().startswith("Listens on 127.0.0.1:"), timeout=PATIENCE_MS)
    return int(panel.state.text().split(":")[1].split(",")[0])


def send(port: int, *bodies: bytes) -> list[str]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        return [code(ask(line, body)) for body in bodies]


def test_an_order_stands_in_the_list_and_what_needs_a_person_is_seen_to(window: MainWindow, qtbot: QtBot) -> None:
    panel, sheet = window.settings.orders, window.orders_in.sheet
    assert panel.state.text().startswith("Off") and not panel.show_messages.isEnabled()
    port = listen(window, qtbot)
    wrong = order("F1", control="2", known="9", patient="Else^Somebody")
    assert send(port, order("F1"), wrong, order("F2", act="ZZ")) == ["AA", "AA", "AE"]
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "Need a person: 1." in panel.counts.text(), timeout=PATIENCE_MS)
    assert "Refused: 1." in panel.counts.text() and "need a person: 2." in window.message.text
    window.message._act()
    qtbot.waitUntil(lambda: sheet.isVisible() and sheet.table.rowCount() == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: sheet.message == 3, timeout=PATIENCE_MS)
    assert not sheet.dismiss.isEnabled() and not sheet.begin.isEnabled(), "no order can be read from it"
    sheet.reason.setText("Called the ward")
    qtbot.mouseClick(sheet.dismiss, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet.table.rowCount() == 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: sheet.number.text() == "F1", timeout=PATIENCE_MS)
    qtbot.mouseClick(sheet.begin, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(sheet.wrong.text()), timeout=PATIENCE_MS)
    sheet.number.setText("F1-B")
    qtbot.mouseClick(sheet.begin, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: sheet.table.rowCount() == 0, timeout=PATIENCE_MS)
    assert sheet.sentence.isVisible() and not sheet.dismiss.isEnabled()
    sheet.leave()


def test_what_cannot_be_listened_on_is_said_and_taken_away_again(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.settings.orders
    panel.fields["orders_node"].setText("0.0.0.0:0")
    panel.fields["orders_node"].editingFinished.emit()
    qtbot.waitUntil(lambda: "tls://" in panel.wrong.text(), timeout=PATIENCE_MS)
    panel.fields["orders_node"].setText("")
    panel.fields["orders_node"].editingFinished.emit()
    qtbot.waitUntil(lambda: panel.state.text().startswith("Off"), timeout=PATIENCE_MS)
    assert not panel.wrong.text()


def test_a_worklist_is_asked_now_and_what_goes_wrong_is_said_once(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = window.settings.worklist
    assert not panel.ask.isEnabled() and panel.stop.isHidden()
    (tmp_path / TITLE).mkdir()
    (tmp_path / TITLE / "lockfile").touch()
    schedule(tmp_path, "A1")
    panel.pause_chosen.emit(0)
    with worklist(tmp_path) as port:
        panel.fields["worklist_node"].setText(f"plain://{TITLE}@127.0.0.1:{port}")
        panel.fields["worklist_node"].editingFinished.emit()
        qtbot.waitUntil(panel.ask.isEnabled, timeout=PATIENCE_MS)
        assert panel.answer.text() == "", "by hand only: nobody asks by themselves"
        qtbot.mouseClick(panel.ask, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "New cases: 1" in panel.answer.text(), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 1, timeout=PATIENCE_MS)
        window.message.hide()
        panel.pause_chosen.emit(10)
        qtbot.waitUntil(lambda: "there already: 1" in panel.answer.text(), timeout=PATIENCE_MS)
    panel.fields["worklist_modality"].setText("SM")
    panel.fields["worklist_modality"].editingFinished.emit()
    qtbot.waitUntil(lambda: "cannot be reached" in panel.wrong.text(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "cannot be reached" in window.message.text, timeout=PATIENCE_MS)
    window.message.hide()
    qtbot.mouseClick(panel.ask, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.ask.isEnabled, timeout=PATIENCE_MS)
    window.orders_in.refresh()
    qtbot.waitUntil(lambda: "cannot be reached" in panel.wrong.text(), timeout=PATIENCE_MS)
    assert window.message.isHidden(), "the same trouble is not told again"
