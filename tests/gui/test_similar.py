"""Similar cells on a key, by the real window, engine and store; and examples that are kept and let go."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.sheets.similar_sheet import SimilarSheet
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.cell_choice import Sort
from leukoscope.workflow.opening import open_store
from tests.decided_cases import add_case
from tests.gui.conftest import PATIENCE_MS, OpenWindow


@pytest.fixture
def stored(home: AppDirs) -> None:
    """A reviewed case of six cells, and one of a cell that somebody has named in an open case."""
    store: CaseStore = open_store(home)
    add_case(store, "1", 6)
    frames = add_case(store, "2", 2, first=6, done=False)
    store.decide(frames[0].cells[0].id, frames[0].cells[0].finding.label, "Ana")
    store.close()


@pytest.fixture
def window(stored: None, open_window: OpenWindow, qtbot: QtBot) -> MainWindow:
    window = open_window()
    window.case.open(2)
    qtbot.waitUntil(lambda: window.case.cell_count == 2, timeout=PATIENCE_MS)
    window.show_page("review")
    return window


def sheet_of(window: MainWindow) -> SimilarSheet:
    return window.findChild(SimilarSheet)


def test_s_shows_the_five_nearest_with_who_decided(window: MainWindow, qtbot: QtBot) -> None:
    sheet = sheet_of(window)
    QTest.keyClick(window, Qt.Key.Key_S)
    assert sheet.isVisible()
    qtbot.waitUntil(lambda: sheet.cards[4].isVisible() and sheet.work.isHidden(), timeout=PATIENCE_MS)
    assert "Compared with 6 decided cells" in sheet.state.text()
    assert sheet.read.isHidden()
    for card in sheet.cards:
        assert card.word.text() in {"Blast", "Lymphocyte"}
        assert card.lines[0].startswith("Distance 0.")
        assert card.lines[1] == "Ana"
        qtbot.waitUntil(lambda card=card: not card.picture.pixmap().isNull(), timeout=PATIENCE_MS)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isHidden()


def test_k_keeps_a_decided_cell_as_an_example_and_undo_lets_it_go(window: MainWindow, qtbot: QtBot) -> None:
    known = window.bridge.bench.similar
    cells = {cell.decision is not None: cell for cell in window.case.cells}
    window.review.choose_cell(cells[False].id)
    QTest.keyClick(window, Qt.Key.Key_K)
    window.review.choose_cell(cells[True].id)
    QTest.keyClick(window, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: "Kept as an example of" in window.message.text, timeout=PATIENCE_MS)
    assert [one.cell.id for one in known.examples()] == [cells[True].id]
    window.message._action.click()
    qtbot.waitUntil(lambda: "It is no example any longer" in window.message.text, timeout=PATIENCE_MS)
    assert known.examples() == ()


def test_the_order_of_what_teaches_most_is_found_and_remembered(
    window: MainWindow, qtbot: QtBot, open_window: OpenWindow
) -> None:
    gallery = window.review.gallery
    cells = {cell.decision is not None: cell.id for cell in window.case.cells}
    assert list(gallery.model.rows()) == [cells[True], cells[False]]
    gallery.set_sort("useful")
    assert gallery.ranking.isVisible()
    qtbot.waitUntil(gallery.ranking.isHidden, timeout=PATIENCE_MS)
    assert list(gallery.model.rows()) == [cells[False], cells[True]], "what is decided teaches no more"
    window.close()
    again = open_window()
    assert again.review.gallery.sort_by is Sort.USEFUL
