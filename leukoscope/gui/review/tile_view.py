"""The view in which the tiles of the gallery lie: in groups that fold, each under its heading."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QCursor, QKeyEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem

from leukoscope.gui.review.cell_list import CellList, Section
from leukoscope.gui.review.group_heading import GroupHeading

HEADING = 36
"""Height of a heading, in device-independent pixels."""
_Move = QAbstractItemView.CursorAction


@dataclass(frozen=True)
class _GroupLayout:
    """Where a group lies: its first row and how many, the top of its heading and of its tiles, and where it ends."""

    section: Section
    heading: int
    top: int
    bottom: int


class TileView(QListView):
    """Tiles of one size in lines, group below group.

    A list, so that screen readers know it as one; where its tiles lie, it finds out in its own way.

    Places are computed, not kept: ten thousand tiles cost as much as ten. Letters are left to the actions; the arrows,
    Home, End and the page keys walk.

    Signals
    -------
    fold_wanted(object)
        A person folds or unfolds the group of a cell class (``None``: cells without a name).
    """

    fold_wanted = Signal(object)

    def __init__(self, tile: QSize) -> None:
        super().__init__()
        self._tile = tile
        self._parts: list[_GroupLayout] = []
        self._columns = 1
        self.headings: list[GroupHeading] = []
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)

    # Where things lie ------------------------------------------------------------------------------------------

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a CellList."""
        super().setModel(model)
        if model is not None:
            for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
                signal.connect(self.arrange)

    def set_tile(self, tile: QSize) -> None:
        """Lay out tiles of another size."""
        self._tile = tile
        self.arrange()

    def arrange(self, *_args: object) -> None:
        """Find the places of all groups again."""
        model = self.model()
        if not isinstance(model, CellList):
            return
        self._columns = max(1, self.viewport().width() // self._tile.width())
        parts, y = [], 0
        for section in model.sections:
            top = y + (HEADING if model.grouped else 0)
            bottom = top + -(-section.shown // self._columns) * self._tile.height()
            parts.append(_GroupLayout(section, y, top, bottom))
            y = bottom
        self._parts = parts
        self._show_headings(parts if model.grouped else [])
        self.updateGeometries()
        self.viewport().update()

    def _show_headings(self, parts: list[_GroupLayout]) -> None:
        while len(self.headings) < len(parts):
            heading = GroupHeading(self.viewport())
            heading.toggled_group.connect(self.fold_wanted)
            self.headings.append(heading)
        for place, heading in enumerate(self.headings):
            heading.setVisible(place < len(parts))
            if place < len(parts):
                heading.show_section(parts[place].section)
        self._place_headings()

    def _place_headings(self) -> None:
        for heading, part in zip(self.headings, self._parts, strict=False):
            heading.setGeometry(0, part.heading - self.verticalOffset() + 2, self.viewport().width(), HEADING - 4)

    def _part_of(self, row: int) -> _GroupLayout | None:
        rows = [part.section.first for part in self._parts]
        place = bisect_right(rows, row) - 1
        # Folded groups before it begin at the same row.
        while place >= 0 and not self._parts[place].section.shown:
            place -= 1
        return self._parts[place] if place >= 0 else None

    def visualRect(self, index: QModelIndex | QPersistentModelIndex) -> QRect:
        """Where a tile lies in the viewport."""
        part = self._part_of(index.row()) if index.isValid() else None
        if part is None:
            return QRect()
        line, column = divmod(index.row() - part.section.first, self._columns)
        y = part.top + line * self._tile.height() - self.verticalOffset()
        return QRect(QPoint(column * self._tile.width(), y), self._tile)

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The tile at a point of the viewport."""
        y, column = point.y() + self.verticalOffset(), point.x() // self._tile.width()
        if 0 <= column < self._columns:
            for part in self._parts:
                if part.top <= y < part.bottom:
                    inside = (y - part.top) // self._tile.height() * self._columns + column
                    if inside < part.section.shown:
                        return self.model().index(part.section.first + inside, 0)
        return QModelIndex()

    def horizontalOffset(self) -> int:
        """Tiles wrap: nothing lies beside."""
        return 0

    def verticalOffset(self) -> int:
        """How far it is scrolled."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _index: QModelIndex | QPersistentModelIndex) -> bool:
        """Cells of folded groups are no rows."""
        return False

    # Scrolling -------------------------------------------------------------------------------------------------

    def updateGeometries(self) -> None:
        """Give the scroll bar its range."""
        bar, room = self.verticalScrollBar(), self.viewport().height()
        whole = self._parts[-1].bottom if self._parts else 0
        bar.setRange(0, max(0, whole - room))
        bar.setPageStep(room)
        bar.setSingleStep(self._tile.height() // 2)
        QAbstractItemView.updateGeometries(self)

    def doItemsLayout(self) -> None:
        """Lay out nothing as a list would: places are computed."""
        QAbstractItemView.doItemsLayout(self)

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Draw again at the new place."""
        self._place_headings()
        self.viewport().update()

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        _hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a tile into sight, no further than needed; the first line of a group with its heading."""
        where, part = self.visualRect(index), self._part_of(index.row())
        if where.isEmpty() or part is None:
            return
        first = index.row() - part.section.first < self._columns
        top = where.top() - (part.top - part.heading if first else 0)
        bar = self.verticalScrollBar()
        if top < 0:
            bar.setValue(bar.value() + top)
        elif where.bottom() > self.viewport().height():
            bar.setValue(bar.value() + min(where.bottom() - self.viewport().height() + 1, top))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew."""
        QAbstractItemView.resizeEvent(self, event)
        self.arrange()

    # Walking and choosing --------------------------------------------------------------------------------------

    def moveCursor(self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Where a key leads."""
        count, row = self.model().rowCount(), self.currentIndex().row()
        if not count:
            return QModelIndex()
        if row < 0 or action is _Move.MoveHome:
            target = 0
        elif action is _Move.MoveEnd:
            target = count - 1
        elif action in {_Move.MoveLeft, _Move.MovePrevious}:
            target = row - 1
        elif action in {_Move.MoveRight, _Move.MoveNext}:
            target = row + 1
        else:
            target = self._row_across(row, action)
        return self.model().index(min(max(target, 0), count - 1), 0)

    def _row_across(self, row: int, action: QAbstractItemView.CursorAction) -> int:
        """The tile a line or a page above or below, in the same column where there is one."""
        down = action in {_Move.MoveDown, _Move.MovePageDown}
        paging = action in {_Move.MovePageUp, _Move.MovePageDown}
        lines = max(1, self.viewport().height() // self._tile.height()) if paging else 1
        for _ in range(lines):
            row = self._row_beside(row, 1 if down else -1)
        return row

    def _row_beside(self, row: int, by: int) -> int:
        part = self._part_of(row)
        if part is None:
            return row
        line, column = divmod(row - part.section.first, self._columns)
        last = (part.section.shown - 1) // self._columns
        if 0 <= line + by <= last:
            return part.section.first + min((line + by) * self._columns + column, part.section.shown - 1)
        row_there = part.section.first - 1 if by < 0 else part.section.first + part.section.shown
        other = self._part_of(row_there) if 0 <= row_there < self.model().rowCount() else None
        if other is None:
            return row
        line = (other.section.shown - 1) // self._columns if by < 0 else 0
        return other.section.first + min(line * self._columns + column, other.section.shown - 1)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Choose the tile that is pointed at."""
        index = self.indexAt(rect.center())
        if index.isValid():
            self.selectionModel().select(index, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What must be drawn again when the choice changes."""
        region = QRegion()
        for index in selection.indexes():
            region = region.united(self.visualRect(index))
        return region

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep the arrows; everything printable belongs to the shortcuts."""
        if event.text().strip() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        super().keyPressEvent(event)

    # Drawing ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tiles in sight."""
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state
        here = self.viewport().mapFromGlobal(QCursor.pos())
        pointed = self.indexAt(here).row() if self.viewport().rect().contains(here) and self.underMouse() else -1
        for row in self._rows_in(event.rect()):
            index = self.model().index(row, 0)
            option.rect = self.visualRect(index)
            option.state = plain
            if self.selectionModel().isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if row == pointed:
                option.state |= QStyle.StateFlag.State_MouseOver
            self.itemDelegateForIndex(index).paint(painter, option, index)
        painter.end()

    def _rows_in(self, area: QRect) -> list[int]:
        top, bottom, height = area.top() + self.verticalOffset(), area.bottom() + self.verticalOffset(), 0
        rows: list[int] = []
        height = self._tile.height()
        for part in self._parts:
            if part.bottom <= top or part.top > bottom:
                continue
            first = max(0, (top - part.top) // height) * self._columns
            last = min(part.section.shown, ((bottom - part.top) // height + 1) * self._columns)
            rows.extend(range(part.section.first + first, part.section.first + last))
        return rows
