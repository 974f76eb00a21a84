"""Cells drawn and taken out by a person, in the real window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cells import Box
from leukoscope.domain.findings import Label
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.cell_choice import Filter
from leukoscope.workflow.events import CellAdded
from tests.gui.conftest import PATIENCE_MS


@pytest.fixture
def field(window: MainWindow, field_png: bytes, tmp_path_factory: pytest.TempPathFactory, qtbot: QtBot) -> MainWindow:
    """A window with one judged field of eight cells."""
    path = tmp_path_factory.mktemp("field") / "field.png"
    path.write_bytes(field_png)
    window.importing.add_paths((path,))
    settle(window, qtbot, lambda: window.review.gallery.model.total == 8 and window.status.queue_text == "")
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)
    return window


def settle(window: MainWindow, qtbot: QtBot, there: Callable[[], bool]) -> None:
    qtbot.waitUntil(there, timeout=PATIENCE_MS)
    assert window.review.gallery.model.rowCount() <= window.review.gallery.model.total


def ids(window: MainWindow) -> set[int]:
    return {cell.id for cell in window.case.cells}


def drag(window: MainWindow, box: Box) -> None:
    """Draw with the mouse around a box."""
    canvas = window.review.canvas
    start = canvas.mapFromScene(QPointF(box.x - 3, box.y - 3))
    end = canvas.mapFromScene(QPointF(box.x + box.width + 3, box.y + box.height + 3))
    place = canvas.viewport()
    QTest.mousePress(place, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(place, QPoint((start.x() + end.x()) // 2, (start.y() + end.y()) // 2))
    QTest.mouseMove(place, end)
    QTest.mouseRelease(place, Qt.MouseButton.LeftButton, pos=end)


def test_a_cell_is_taken_out_and_comes_back(field: MainWindow, qtbot: QtBot) -> None:
    review, before = field.review, ids(field)
    gone = review.cell
    assert gone is not None
    field.actions_by_id["remove_cell"].trigger()
    settle(field, qtbot, lambda: ids(field) == before - {gone.id})
    qtbot.waitUntil(lambda: review.cell is not None and review.cell.id != gone.id, timeout=PATIENCE_MS)
    assert field.message.text == "The cell is out of the case."
    (frame,) = field.case.frames
    (removed,) = frame.removed_cells
    assert removed.id == gone.id and removed.removed is not None and removed.removed.by == "A. Weber"
    assert gone.id not in {box.id for box in review.canvas.boxes} and len(review.canvas.boxes) == 7
    field.undo_stack.undo()
    settle(field, qtbot, lambda: ids(field) == before)
    qtbot.waitUntil(lambda: review.cell is not None and review.cell.id == gone.id, timeout=PATIENCE_MS)
    assert gone.id in {box.id for box in review.canvas.boxes}
    field.undo_stack.redo()
    settle(field, qtbot, lambda: ids(field) == before - {gone.id})


def test_a_box_drawn_where_nothing_was_found_becomes_a_judged_cell(field: MainWindow, qtbot: QtBot) -> None:
    before = ids(field)
    field.actions_by_id["add_cell"].trigger()
    assert field.cell_editing.box_tool.on
    with qtbot.waitSignal(field.case.cell_added, timeout=PATIENCE_MS):
        drag(field, Box(2, 2, 90, 90))
    (new,) = ids(field) - before
    cell = field.case.cell(new)
    assert cell is not None and cell.added is not None and cell.added.by == "A. Weber"
    assert len(cell.finding.opinions) == 2 and field.review.cell is not None and field.review.cell.id == new
    assert not field.cell_editing.box_tool.on and not field.cell_editing.judging
    field.review.gallery.model.show(group=None, sort_by=field.review.gallery.model.sort_by, filter_by=Filter.DRAWN)
    assert list(field.review.gallery.model.rows()) == [new]
    field.undo_stack.undo()
    settle(field, qtbot, lambda: ids(field) == before)
    field.undo_stack.redo()
    settle(field, qtbot, lambda: ids(field) == before | {new})


def test_a_box_around_a_known_cell_adds_nothing_and_says_so(field: MainWindow, qtbot: QtBot) -> None:
    before, cell = ids(field), field.review.cell
    assert cell is not None
    field.actions_by_id["add_cell"].trigger()
    drag(field, cell.finding.cell.box)
    qtbot.waitUntil(lambda: field.message.text == "There is a cell at this place already.", timeout=PATIENCE_MS)
    assert ids(field) == before and not field.cell_editing.judging


def test_drawing_around_a_removed_cell_brings_it_back(field: MainWindow, qtbot: QtBot) -> None:
    before, cell = ids(field), field.review.cell
    assert cell is not None
    field.actions_by_id["remove_cell"].trigger()
    settle(field, qtbot, lambda: ids(field) == before - {cell.id})
    heard: list[object] = []
    field.bridge.happened.connect(heard.append)
    field.actions_by_id["add_cell"].trigger()
    drag(field, cell.finding.cell.box)
    settle(field, qtbot, lambda: ids(field) == before)
    assert not any(isinstance(event, CellAdded) for event in heard)


def test_escape_and_a_mere_click_give_the_pen_up(field: MainWindow) -> None:
    canvas = field.review.canvas
    field.actions_by_id["add_cell"].trigger()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not field.cell_editing.box_tool.on
    field.actions_by_id["add_cell"].trigger()
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert not field.cell_editing.box_tool.on and not field.cell_editing.judging


def test_a_removed_cell_is_shown_dashed_and_brought_back(field: MainWindow, qtbot: QtBot) -> None:
    review, before = field.review, ids(field)
    gone = review.cell
    assert gone is not None
    remove = field.actions_by_id["remove_cell"]
    remove.trigger()
    settle(field, qtbot, lambda: ids(field) == before - {gone.id})
    review.gallery.choose(gone.id, anywhere=True)
    assert review.gallery.strip.shown.text() == "1 of 1 removed"
    assert review.cell is not None and review.cell.removed is not None
    assert [box.id for box in review.canvas.boxes if box.removed] == [gone.id]
    assert remove.text() == "Bring cell back"
    assert not field.actions_by_id["label_healthy"].isEnabled()
    remove.trigger()
    settle(field, qtbot, lambda: ids(field) == before)
    qtbot.waitUntil(lambda: review.cell is not None and review.cell.removed is None, timeout=PATIENCE_MS)
    assert review.cell is not None and review.cell.id == gone.id and remove.text() == "Remove cell"
    assert field.message.text == "The cell counts again."
    field.undo_stack.undo()
    settle(field, qtbot, lambda: ids(field) == before - {gone.id})


def pull(window: MainWindow, start: QPointF, end: QPointF) -> None:
    """Drag with the mouse between two points of the image."""
    canvas = window.review.canvas
    first, last = canvas.mapFromScene(start), canvas.mapFromScene(end)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(canvas.viewport(), QPoint((first.x() + last.x()) // 2, (first.y() + last.y()) // 2))
    QTest.mouseMove(canvas.viewport(), last)
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=last)


def new_cell(window: MainWindow, qtbot: QtBot, before: set[int]) -> CaseCell:
    """The cell that is shown as soon as it is none of those before."""
    review = window.review
    qtbot.waitUntil(lambda: review.cell is not None and review.cell.id not in before, timeout=PATIENCE_MS)
    assert review.cell is not None
    return review.cell


def write_comment(window: MainWindow) -> None:
    """Write one on the chosen cell with the keyboard, take it back and do it again."""
    review = window.review
    QTest.keyClick(review.gallery._view, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    comment = review.inspector.comment
    QTest.keyClicks(comment.line, "Auer rod")
    QTest.keyClick(comment.line, Qt.Key.Key_Return)
    remarked = review.cell
    assert remarked is not None and remarked.comment is not None and remarked.comment.text == "Auer rod"
    assert "A. Weber remarks: Auer rod" in review.gallery._view.currentIndex().data(Qt.ItemDataRole.ToolTipRole)
    window.actions_by_id["undo"].trigger()
    assert comment.line.text() == ""
    window.actions_by_id["redo"].trigger()


def test_a_cell_is_moved_resized_split_and_merged_by_mouse_and_keys(field: MainWindow, qtbot: QtBot) -> None:
    review, canvas, before = field.review, field.review.canvas, ids(field)
    handles = field.cell_changes.handles
    first = review.cell
    assert first is not None
    field.actions_by_id["label_healthy"].trigger()
    box = first.finding.cell.box

    QTest.keyClick(review.gallery._view, Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    assert handles.on and canvas.hasFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert handles.box.x > box.x and handles.box.width == box.width
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not handles.on and ids(field) == before and not field.cell_changes.judging

    field.actions_by_id["change_box"].trigger()
    pull(field, QPointF(*box.center), QPointF(box.center[0] + 6, box.center[1] + 4))
    moved = new_cell(field, qtbot, before)
    assert abs(moved.finding.cell.box.x - box.x - 6) <= 2 and moved.finding.cell.box.width == box.width
    assert moved.decision is not None and moved.decision.label is Label.HEALTHY and moved.finding.opinions
    field.undo_stack.undo()
    settle(field, qtbot, lambda: ids(field) == before)
    field.undo_stack.redo()
    settle(field, qtbot, lambda: ids(field) == before - {first.id} | {moved.id})

    before = ids(field)
    settle(field, qtbot, lambda: review.cell is not None and review.cell.id == moved.id)
    field.actions_by_id["change_box"].trigger()
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    wide = new_cell(field, qtbot, before).finding.cell.box
    assert wide.width > box.width and wide.height == box.height

    before = ids(field)
    QTest.keyClick(canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    x = wide.x + box.width / 2
    pull(field, QPointF(x, wide.y - 5), QPointF(x, wide.y + wide.height + 5))
    new_cell(field, qtbot, before)
    parts = ids(field) - before
    assert len(parts) == 2 and field.message.text == "The cell is two now; both were judged."
    assert all(cell.decision is not None for cell in field.case.cells if cell.id in parts)

    before = ids(field)
    write_comment(field)
    one, other = sorted(parts)
    review.gallery.choose(one, anywhere=True)
    review.gallery.picker.toggle(review.gallery.model.row_of(other))
    QTest.keyClick(review.gallery._view, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    whole = new_cell(field, qtbot, before)
    assert whole.decision is not None and whole.comment is not None and whole.comment.text == "Auer rod"
    assert len(ids(field)) == 8 and not ids(field) & parts
    field.undo_stack.undo()
    settle(field, qtbot, lambda: ids(field) == before)


def test_cells_that_lie_apart_are_not_merged(field: MainWindow, qtbot: QtBot) -> None:
    gallery, before = field.review.gallery, ids(field)
    places = {cell.id: cell.finding.cell.box for cell in field.case.cells}
    one = min(places, key=lambda cell: places[cell].x)
    far = max(places, key=lambda cell: places[cell].x)
    gallery.choose(one, anywhere=True)
    gallery.picker.toggle(gallery.model.row_of(far))
    field.actions_by_id["merge_cells"].trigger()
    settle(field, qtbot, lambda: "too far apart" in field.message.text)
    assert ids(field) == before
