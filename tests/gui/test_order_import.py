"""A list that is imported: one sentence, and every order that was not taken on a sheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from leukoscope.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS

LIST = "number,patient,priority\nN-1,Muster,stat\nN-2,Beispiel,quux\n,Nobody,\n"
ORDER = "MSH|^~\\&|KIS|W|L|L|2026||ORM^O01|1|P|2.5.1\rPID|1||4711||Muster\rORC|{}|N-1\rOBR|1|N-1\r"


def take(window: MainWindow, qtbot: QtBot, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with qtbot.waitSignal(window.worklist.imported, timeout=PATIENCE_MS):
        window.worklist.import_list(path)


def test_what_was_not_taken_is_shown_line_by_line_and_can_be_copied(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    take(window, qtbot, tmp_path / "list.csv", LIST)
    assert window.message.text == "Orders of the list: 1 new, 2 not taken."
    window.message._act()
    sheet = window.order_import.sheet
    assert sheet.isVisible()
    lines = sheet.text().splitlines()
    assert lines[1].startswith("3\tN-2\tnot taken\tThe priority “quux”")
    assert lines[2] == "4\t\tnot taken\tIt has no case number."
    sheet.copy.click()
    assert QGuiApplication.clipboard().text() == sheet.text()
    sheet.leave()
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 1, timeout=PATIENCE_MS)


def test_a_cancelled_order_leaves_the_list(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    take(window, qtbot, tmp_path / "new.hl7", ORDER.format("NW"))
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 1, timeout=PATIENCE_MS)
    take(window, qtbot, tmp_path / "cancel.hl7", ORDER.format("CA"))
    assert window.message.text == "Orders of the list: 1 cancelled."
    qtbot.waitUntil(lambda: window.worklist.model.rowCount() == 0, timeout=PATIENCE_MS)


@pytest.mark.parametrize(("text", "says"), [("a,b\n1,2\n", "number"), ("PK\x03\x04", "workbook")])
def test_what_is_no_list_is_said_and_the_button_is_there_again(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, text: str, says: str
) -> None:
    (tmp_path / "list").write_text(text, encoding="utf-8")
    window.worklist.import_list(tmp_path / "list")
    qtbot.waitUntil(lambda: says in window.message.text, timeout=PATIENCE_MS)
    assert window.worklist._import.isEnabled()
    assert window.worklist._stop.isHidden()
