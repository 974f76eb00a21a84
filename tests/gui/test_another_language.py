"""Another language without a restart: the window is built anew, the session stays, and no word is left over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.gui import language
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.program import Program
from leukoscope.workflow.app_dirs import AppDirs, translations
from leukoscope.workflow.opening import open_store
from tests.gui.conftest import PATIENCE_MS
from tests.gui.opened import composed
from tests.gui.stored import stored_case


@pytest.fixture
def program(quiet_home: AppDirs, dark: QApplication, qtbot: QtBot) -> Iterator[Program]:
    with closing(open_store(quiet_home)) as store:
        stored_case(store, "A-1", 3)
    bridge = Bridge(quiet_home)
    made = Program(quiet_home, bridge, made=composed)
    assert made.window is not None
    bridge.open()
    made.window.show()
    qtbot.waitUntil(lambda: made.window is not None and made.window.session.begun, timeout=PATIENCE_MS)
    yield made
    language.change(dark, "en")
    made.window.bridge.close(abandon=True)
    made.window.close()
    made.window.deleteLater()


def english_only() -> set[str]:
    """Words of the program that no German sentence is."""
    root = ElementTree.parse(translations() / "leukoscope_de.ts").getroot()
    pairs = [(one.findtext("source") or "", one.findtext("translation") or "") for one in root.iter("message")]
    return {source for source, german in pairs if german and source != german} - {german for _, german in pairs}


def texts(window: MainWindow) -> dict[str, QWidget | QAction]:
    """Everything that is written in a window, menus, hints, hidden pages and sheets too."""
    found: dict[str, QWidget | QAction] = {}
    for one in window.findChildren(QWidget):
        words = [one.toolTip(), one.accessibleName(), one.statusTip()]
        if isinstance(one, QLabel | QAbstractButton):
            words.append(one.text())
        if isinstance(one, QLineEdit | QPlainTextEdit):
            words.append(one.placeholderText())
        if isinstance(one, QComboBox):
            words += [one.itemText(at) for at in range(one.count())]
        found.update((word.replace("&", ""), one) for word in words if word)
    for action in window.findChildren(QAction):
        found.update((word.replace("&", ""), action) for word in (action.text(), action.toolTip()) if word)
    return found


def assert_gallery_tells(window: MainWindow) -> None:
    """A screen reader hears which cell it is, what was said of it, and where it stands."""
    view = window.review.gallery._view  # type: ignore[attr-defined]
    told = QAccessible.queryAccessibleInterface(view)
    assert told.role() is QAccessible.Role.List
    names = [told.child(place).text(QAccessible.Text.Name) for place in range(told.childCount())]
    cells = [name for name in names if name]
    assert len(cells) == 3
    for place, name in enumerate(cells, start=1):
        assert f"{place}" in name and "Gesund".casefold() in name.casefold(), name


def test_every_word_changes_and_the_session_stays(program: Program, qtbot: QtBot) -> None:
    before = program.window
    assert before is not None
    bench = before.bridge.bench
    before.case.open(before.worklist.model.cases[0].id)
    qtbot.waitUntil(lambda: before.case.case is not None, timeout=PATIENCE_MS)
    case_id, cell = before.case.id, list(before.case.cells)[1]
    before.review.choose_cell(cell.id)
    before.show_page("settings")
    english = english_only()
    assert english & set(texts(before))

    before.settings.choices["language"]._buttons["de"].click()
    qtbot.waitUntil(lambda: program.window is not before and program.window.session.begun, timeout=PATIENCE_MS)
    after = program.window
    assert after is not None
    assert after.isVisible()
    assert after.bridge.bench is bench
    qtbot.waitUntil(lambda: after.review.cell is not None, timeout=PATIENCE_MS)
    assert (after.case.id, after.review.cell.id) == (case_id, cell.id)
    assert after.page == "settings"
    for page in after.pages:
        after.show_page(page)
        qtbot.wait(1)
    assert_gallery_tells(after)
    left = {word: type(one).__name__ for word, one in texts(after).items() if word in english}
    assert left == {}
