"""Several cells are chosen by Shift, Ctrl and a rubber band, and labeled in one step by a key or a drag."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import named
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.review.tile_view import TileView
from tests.gui.conftest import OpenWindow
from tests.gui.mixed_cases import mixed_case

PATIENCE_MS = 60_000
SHIFT, CTRL, PLAIN = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.NoModifier,
)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def window(kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window on a mixed case, whose cells have the whole page."""
    case_id = mixed_case(kept, fields=3)
    made = open_quiet()
    made.resize(1440, 900)
    made.commands.open_case(case_id)
    qtbot.waitUntil(lambda: made.review.cell is not None, timeout=PATIENCE_MS)
    made.activateWindow()
    made.review.show_gallery_only(True)
    qtbot.waitUntil(lambda: view_of(made).viewport().height() > 500, timeout=PATIENCE_MS)
    return made


def view_of(window: MainWindow) -> TileView:
    view: TileView = window.review.gallery._view
    return view


def tile(window: MainWindow, row: int) -> QPoint:
    """The middle of a tile's picture."""
    gallery = window.review.gallery
    return view_of(window).thumbnail_rect(gallery.model.index(row).row()).center()


def click(window: MainWindow, row: int, keys: Qt.KeyboardModifier = PLAIN) -> None:
    QTest.mouseClick(view_of(window).viewport(), LEFT, keys, tile(window, row))


def pull(window: MainWindow, start: QPoint, end: QPoint) -> None:
    viewport = view_of(window).viewport()
    QTest.mousePress(viewport, LEFT, PLAIN, start)
    for part in (0.3, 0.7, 1.0):
        QTest.mouseMove(viewport, start + (end - start) * part)
    QTest.mouseRelease(viewport, LEFT, PLAIN, end)


def rows(window: MainWindow) -> list[int]:
    return view_of(window).picker.rows


def test_cells_are_chosen_as_everywhere_and_labeled_in_one_step(
    window: MainWindow, kept: CaseStore, qtbot: QtBot
) -> None:
    gallery, view = window.review.gallery, view_of(window)
    click(window, 2)
    click(window, 5, SHIFT)
    click(window, 8, CTRL)
    click(window, 4, CTRL)
    assert rows(window) == [2, 3, 5, 8]
    QTest.keyClick(view, Qt.Key.Key_Right, SHIFT)
    assert rows(window) == [3, 4], "onward from the current one"
    pull(window, tile(window, 1) + QPoint(0, 60), tile(window, 3))
    assert rows(window) == [1, 2, 3], "a rubber band begins beside a picture"
    assert window.review.inspector._source.text() == "3 chosen: a label goes to all"
    ids = gallery.chosen_ids
    QTest.keyClick(view, Qt.Key.Key_3)
    cells = [window.case.cell(one) for one in ids]
    assert [cell.code for cell in cells] == ["monocyte"] * 3
    assert window.undo_stack.count() == 1
    case_id = window.case.id or 0
    qtbot.waitUntil(lambda: sum(one.decision is not None for one in kept.load(case_id).cells) == 3, timeout=PATIENCE_MS)
    labels = [entry for entry in kept.trail.entries() if entry.what == "label"]
    assert len(labels) == 3, "an entry of the audit trail for each"
    kept.decide(ids[0], Label.LEUKEMIC, "Ana")
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: "1 of 3 cells stay as they are: Ana has" in window.message.text, timeout=PATIENCE_MS)
    after = {one.id: one.decision for one in kept.load(case_id).cells if one.id in ids}
    assert [after[one] is None for one in ids] == [False, True, True]


def test_a_drag_and_the_menu_take_the_chosen_cells_to_a_group_or_a_label(window: MainWindow) -> None:
    gallery, view = window.review.gallery, view_of(window)
    click(window, 0)
    click(window, 2, SHIFT)
    ids = gallery.chosen_ids
    heading = next(one for one in view.headings if one.section.code == "neutrophil")
    pull(window, tile(window, 1), heading.geometry().center())
    assert [window.case.cell(one).code for one in ids] == ["neutrophil"] * 3
    assert window.undo_stack.count() == 1
    click(window, 0)
    (alone,) = gallery.chosen_ids
    button = window.review.inspector.keys.buttons[named("smudge")]
    pull(window, tile(window, 0), view.viewport().mapFromGlobal(button.mapToGlobal(button.rect().center())))
    assert window.case.cell(alone).code == "smudge"
    # The menu of a cell and of several.
    (menu,) = (one for one in window.review.findChildren(QMenu) if type(one).__name__ == "CellMenu")
    click(window, 0)
    click(window, 3, SHIFT)
    QTest.mousePress(view.viewport(), RIGHT, PLAIN, tile(window, 1))
    assert rows(window) == [0, 1, 2, 3]
    menu.offer(QPoint(100, 100))
    shown = [action.objectName() for action in menu.actions()]
    assert "class_blast" in shown and "remove_cell" not in shown
    QTest.mousePress(view.viewport(), RIGHT, PLAIN, tile(window, 6))
    assert rows(window) == [6]
    menu.offer(QPoint(100, 100))
    assert "remove_cell" in [action.objectName() for action in menu.actions()]
    menu.hide()
    # After a label the next unsure cell comes.
    window.actions_by_id["advance"].trigger()
    assert window.bridge.bench.settings.current.window["advance"] == "1"
    click(window, 12)
    QTest.keyClick(view, Qt.Key.Key_H)
    cell = window.review.cell
    assert cell is not None and cell.needs_person and cell.decision is None
    unsure = sum(one.needs_person for one in window.case.cells)
    for _ in range(unsure):
        assert window.review.cell.needs_person  # type: ignore[union-attr]
        QTest.keyClick(view, Qt.Key.Key_H)
    assert not window.review.cell.needs_person  # type: ignore[union-attr]
    assert gallery.chosen_ids == [window.review.cell.id]  # type: ignore[union-attr]
