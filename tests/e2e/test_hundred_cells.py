"""A person decides a hundred cells of a mixed case, unsure ones first, signs and prints: with few keys and clicks.

Every event is one that the window gets as from a keyboard or a mouse, and each key press and each click is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseCell, CaseState
from leukoscope.domain.cell_classes import BLAST, CELL_CLASSES, LYMPHOCYTE
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.report.printing import new_printer
from leukoscope.gui.session import FileDialogs
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.settings import save_settings
from tests.gui.conftest import SOMEBODY_HERE, OpenWindow
from tests.gui.mixed_cases import mixed_case

PATIENCE_MS = 60_000
MOST = 120
PLAIN, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


class Person:
    """Presses keys and clicks, and counts both."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.events = 0
        self.view = window.review.gallery._view
        self.wait(lambda: QApplication.focusWidget() is not None)

    def press(self, key: Qt.Key, keys: Qt.KeyboardModifier = PLAIN) -> None:
        """One key, to what has the focus."""
        self.events += 1
        QTest.keyClick(QApplication.focusWidget() or self.window, key, keys)

    def click(self, on: QWidget, where: QPoint, keys: Qt.KeyboardModifier = PLAIN) -> None:
        """One click."""
        self.events += 1
        QTest.mouseClick(on, Qt.MouseButton.LeftButton, keys, where)

    def click_tile(self, row: int, keys: Qt.KeyboardModifier = PLAIN) -> None:
        """Turn the wheel until a cell is in sight, and click it."""
        area = self.view.viewport()
        for _ in range(200):
            picture = self.view.thumbnail_rect(row)
            if area.rect().contains(picture):
                break
            up = picture.top() < 0
            middle = QPointF(area.rect().center())
            wheel = QWheelEvent(
                middle, area.mapToGlobal(middle), QPoint(), QPoint(0, 60 if up else -60),
                Qt.MouseButton.NoButton, PLAIN, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(area, wheel)
        self.click(area, self.view.thumbnail_rect(row).center(), keys)

    def wait(self, done: Callable[[], bool]) -> None:
        """Watch until something is so."""
        self.qtbot.waitUntil(done, timeout=PATIENCE_MS)


def code_for(cell: CaseCell) -> str:
    """What this person takes a cell for: what the program is sure of is so, the others are blasts and lymphocytes."""
    if cell.needs_person:
        return BLAST if cell.id % 2 else LYMPHOCYTE
    assert cell.code is not None
    return cell.code


def key_of(code: str) -> Qt.Key:
    """The key that names a class."""
    return Qt.Key(ord(CELL_CLASSES[code].key))


def decide_unsure(person: Person) -> None:
    """One key for each cell that needs a person: the next one comes by itself."""
    window = person.window
    count = sum(cell.needs_person for cell in window.case.cells)
    assert count > 10
    person.press(Qt.Key.Key_N)
    for left in range(count, 0, -1):
        cell = window.review.cell
        assert cell is not None and cell.needs_person, f"{left} unsure cells are left, and another one is shown"
        person.press(key_of(code_for(cell)))


def decide_by_keys(person: Person) -> None:
    """One key for each cell."""
    decide_unsure(person)
    while (cell := person.window.review.cell) is not None and cell.decision is None:
        person.press(key_of(code_for(cell)))


def decide_by_groups(person: Person) -> None:
    """The unsure ones one by one, then each class from its first cell to its last."""
    decide_unsure(person)
    person.press(Qt.Key.Key_G)
    model = person.window.review.gallery.model
    for code in [one.code for one in model.sections if one.code is not None]:
        section = next(one for one in model.sections if one.code == code)
        person.click_tile(section.first)
        person.click_tile(section.first + section.shown - 1, SHIFT)
        person.press(key_of(code))


def sign_and_print(person: Person, keyboard: bool) -> None:
    """The checklist, the name that is there already, the report."""
    window = person.window
    if keyboard:
        person.press(Qt.Key.Key_S, CTRL | SHIFT)
    else:
        button = window.case_bar._sign
        person.click(button, button.rect().center())
    assert window.operator.sign_sheet.isVisible()
    person.press(Qt.Key.Key_Return)
    person.wait(lambda: window.case.case.state is CaseState.SIGNED)  # type: ignore[union-attr]
    person.press(Qt.Key.Key_P, CTRL)
    person.wait(lambda: "with the printer" in window.message.text)


@pytest.mark.parametrize(
    "keyboard",
    [pytest.param(False, id="mouse", marks=pytest.mark.heavy), pytest.param(True, id="keyboard alone")],
)
def test_a_hundred_cells_are_decided_signed_and_printed(
    keyboard: bool,
    quiet_home: AppDirs,
    kept: CaseStore,
    open_quiet: OpenWindow,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_settings(replace(SOMEBODY_HERE, window={"demo": "made"}, report_appendix="none"), quiet_home.config)
    case_id = mixed_case(kept, maps=False)
    window = open_quiet()
    window.resize(1280, 800)
    window.commands.open_case(case_id)
    qtbot.waitUntil(lambda: window.review.cell is not None and window.page == "review", timeout=PATIENCE_MS)
    window.activateWindow()
    person, paper = Person(window, qtbot), tmp_path / "paper.pdf"

    def printer(_dialogs: FileDialogs, _pages: int, page: str) -> QPrinter:
        """In place of the dialog, which proposes the first page: Enter takes it."""
        person.events += 1
        made = new_printer(page)
        made.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        made.setOutputFileName(str(paper))
        made.setFromTo(1, 1)
        return made

    monkeypatch.setattr(FileDialogs, "printer", printer)
    wanted = {cell.id: code_for(cell) for cell in window.case.cells}
    (decide_by_keys if keyboard else decide_by_groups)(person)
    sign_and_print(person, keyboard)
    assert {cell.id: cell.decision.code if cell.decision else "" for cell in kept.load(case_id).cells} == wanted
    assert len(PdfReader(paper).pages) == 1
    ((_, sha256),) = kept.signing.reports(case_id)
    page = PdfReader(BytesIO(kept.read_image(sha256))).pages[0].extract_text()
    assert "Doe, Jane" in page and "A. Weber" in page
    assert len(wanted) == 100
    assert person.events <= MOST, person.events
