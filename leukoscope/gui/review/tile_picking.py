"""Choosing several cells: by Shift, Ctrl and a rubber band, and taking the chosen ones to a class with the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QListView, QRubberBand

Flag = QItemSelectionModel.SelectionFlag
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
SCROLL_EVERY_MS, SCROLL_STEP = 30, 24
"""While the mouse is held outside the view, so often and so far."""


def in_ranges(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Rows in rising order as first and last of those that follow each other."""
    ranges: list[tuple[int, int]] = []
    for row in rows:
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1] = ranges[-1][0], row
        else:
            ranges.append((row, row))
    return ranges


class TilePicker(QObject):
    """Which tiles of a view are chosen; one of them is the current one, which the inspector shows.

    Parameters
    ----------
    view
        Shows the tiles.
    rows_touching
        Rows of the tiles that a rectangle of the viewport touches, in rising order.
    thumbnail_at
        Where the picture of a tile lies: there a press holds the cell, beside it a rubber band begins.

    Signals
    -------
    dragged(QPoint)
        The chosen cells are held over a point of the screen.
    dropped(QPoint)
        They are let go there.
    given_up()
        They are held no longer.
    """

    dragged = Signal(QPoint)
    dropped = Signal(QPoint)
    given_up = Signal()

    def __init__(
        self,
        view: QListView,
        rows_touching: Callable[[QRect], list[int]],
        thumbnail_at: Callable[[int], QRect],
    ) -> None:
        super().__init__(view)
        self._view, self._rows_touching, self._thumbnail_at = view, rows_touching, thumbnail_at
        self._anchor = QPersistentModelIndex()
        self._pressed: QPoint | None = None
        self._pressed_row, self._keys = -1, Qt.KeyboardModifier.NoModifier
        self._before: list[int] = []
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, view.viewport())
        self._from_top = 0
        self.dragging = False
        self.note = QLabel(view.window())
        self.note.setObjectName("popup")
        self.note.setMargin(6)
        self.note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.note.hide()
        self._scroll = QTimer(self)
        self._scroll.setInterval(SCROLL_EVERY_MS)
        self._scroll.timeout.connect(self._scroll_on)
        view.viewport().installEventFilter(self)

    # What is chosen --------------------------------------------------------------------------------------------

    @property
    def rows(self) -> list[int]:
        """The chosen rows in their order."""
        return sorted(index.row() for index in self._view.selectionModel().selectedRows())

    def one(self, row: int) -> None:
        """Choose one tile alone."""
        index = self._view.model().index(row, 0)
        self._anchor = QPersistentModelIndex(index)
        self._view.selectionModel().setCurrentIndex(index, Flag.ClearAndSelect)

    def toggle(self, row: int) -> None:
        """Add a tile to the chosen ones or take it out; one always stays."""
        index, chosen = self._view.model().index(row, 0), self._view.selectionModel()
        if self.rows == [row]:
            return
        chosen.select(index, Flag.Toggle)
        rest = self.rows
        stays = self._view.model().index(row if row in rest else min(rest, key=lambda one: abs(one - row)), 0)
        self._anchor = QPersistentModelIndex(stays)
        chosen.setCurrentIndex(stays, Flag.NoUpdate)

    def reach(self, row: int, *, adding: bool = False) -> None:
        """Choose all from where it began to this tile."""
        start = self._anchor.row() if self._anchor.isValid() else self._view.currentIndex().row()
        self._choose([(min(start, row), max(start, row))] if start >= 0 else [(row, row)], adding=adding)
        self._view.selectionModel().setCurrentIndex(self._view.model().index(row, 0), Flag.NoUpdate)

    def all(self) -> None:
        """Choose every tile."""
        count = self._view.model().rowCount()
        if count:
            self._choose([(0, count - 1)], adding=False)

    def only_current(self) -> None:
        """Choose the current tile alone again."""
        if self._view.currentIndex().isValid():
            self.one(self._view.currentIndex().row())

    def _choose(self, ranges: Sequence[tuple[int, int]], *, adding: bool) -> None:
        model, selection = self._view.model(), QItemSelection()
        for first, last in ranges:
            selection.select(model.index(first, 0), model.index(last, 0))
        self._view.selectionModel().select(selection, Flag.Select if adding else Flag.ClearAndSelect)

    # The mouse -------------------------------------------------------------------------------------------------

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take the mouse as long as a button is down; the rest is the view's."""
        if not isinstance(event, QMouseEvent):
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            return self._press(event)
        if self._pressed is None:
            return False
        if kind == QEvent.Type.MouseMove:
            self._move(event.position().toPoint(), event.globalPosition().toPoint())
            return True
        if kind == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
            self._release(event.globalPosition().toPoint())
            return True
        return False

    def _press(self, event: QMouseEvent) -> bool:
        point, keys = event.position().toPoint(), event.modifiers()
        row = self._view.indexAt(point).row()
        if event.button() == Qt.MouseButton.RightButton:
            if row >= 0 and row not in self.rows:
                self.one(row)
            return True
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._pressed, self._pressed_row, self._keys = point, row, keys
        self._from_top = point.y() + self._view.verticalScrollBar().value()
        self._before = self.rows if keys & (SHIFT | CTRL) else []
        if row >= 0 and keys & SHIFT:
            self.reach(row, adding=bool(keys & CTRL))
        elif row >= 0 and keys & CTRL:
            self.toggle(row)
        elif row >= 0 and row not in self.rows:
            self.one(row)
        return True

    def _move(self, point: QPoint, on_screen: QPoint) -> None:
        start = self._pressed
        if start is None:
            return
        far = (point - start).manhattanLength() >= QApplication.startDragDistance()
        if not (self.dragging or self._band.isVisible()):
            if not far:
                return
            held = self._pressed_row >= 0 and self._thumbnail_at(self._pressed_row).contains(start)
            self.dragging = held and self._pressed_row in self.rows
        if self.dragging:
            self._view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.dragged.emit(on_screen)
        else:
            self._stretch(point)
        outside = not 0 <= point.y() < self._view.viewport().height()
        if outside and not self._scroll.isActive():
            self._scroll.start()

    def _stretch(self, point: QPoint) -> None:
        start = self._pressed or point
        top = self._from_top - self._view.verticalScrollBar().value()
        area = QRect(QPoint(start.x(), top), QSize(1, 1)).united(QRect(point, QSize(1, 1)))
        self._band.setGeometry(area)
        self._band.show()
        touched = self._rows_touching(area)
        self._choose(in_ranges(sorted({*touched, *self._before})), adding=False)
        if touched and self._view.currentIndex().row() not in touched:
            self._view.selectionModel().setCurrentIndex(self._view.model().index(touched[0], 0), Flag.NoUpdate)

    def _release(self, on_screen: QPoint) -> None:
        row, dragging, stretched = self._pressed_row, self.dragging, self._band.isVisible()
        self.give_up()
        if dragging:
            self.dropped.emit(on_screen)
        elif stretched and self.rows:
            return
        elif not self._keys & (SHIFT | CTRL):
            # Only now: a press on one of several chosen tiles may begin to take them all away.
            self.one(row) if row >= 0 else self.only_current()

    def give_up(self) -> None:
        """Hold nothing any more."""
        held = self.dragging
        self._pressed, self._pressed_row, self.dragging = None, -1, False
        self._scroll.stop()
        self._band.hide()
        self.note.hide()
        self._view.viewport().unsetCursor()
        if held:
            self.given_up.emit()

    def _scroll_on(self) -> None:
        view = self._view
        point = view.viewport().mapFromGlobal(view.cursor().pos())
        if self._pressed is None or 0 <= point.y() < view.viewport().height():
            self._scroll.stop()
            return
        bar = view.verticalScrollBar()
        bar.setValue(bar.value() + (SCROLL_STEP if point.y() > 0 else -SCROLL_STEP))
        if self._band.isVisible():
            self._stretch(point)

    def say(self, words: str, on_screen: QPoint) -> None:
        """Say beside the mouse what would happen here."""
        over = self._view.window()
        if self.note.parentWidget() is not over:
            self.note.setParent(over)
        self.note.setText(words)
        self.note.adjustSize()
        where = over.mapFromGlobal(on_screen) + QPoint(16, 16)
        where.setX(min(where.x(), over.width() - self.note.width()))
        where.setY(min(where.y(), over.height() - self.note.height()))
        self.note.move(where)
        self.note.raise_()
        self.note.show()
