"""The view in which the tiles of the gallery lie: in groups that fold, each under its heading."""

from __future__ import annotations

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
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem

from leukoscope.gui.review.cell_list import CellList
from leukoscope.gui.review.group_heading import GroupHeading
from leukoscope.gui.review.sections import Section
from leukoscope.gui.review.tile_layout import HEADING, GroupPlace, TileLayout
from leukoscope.gui.review.tile_picking import CTRL, SHIFT, TilePicker

_Move = QAbstractItemView.CursorAction
_MOVES = {
    Qt.Key.Key_Left: _Move.MoveLeft,
    Qt.Key.Key_Right: _Move.MoveRight,
    Qt.Key.Key_Up: _Move.MoveUp,
    Qt.Key.Key_Down: _Move.MoveDown,
    Qt.Key.Key_Home: _Move.MoveHome,
    Qt.Key.Key_End: _Move.MoveEnd,
    Qt.Key.Key_PageUp: _Move.MovePageUp,
    Qt.Key.Key_PageDown: _Move.MovePageDown,
}


class TileView(QListView):
    """Tiles of one size in lines, group below group.

    A list, so that screen readers know it as one; where its tiles lie, it finds out in its own way.

    Places are computed, not kept: ten thousand tiles cost as much as ten. Letters are left to the actions; the arrows,
    Home, End and the page keys walk.

    Signals
    -------
    fold_wanted(object)
        A person folds or unfolds the group of a cell class (``None``: cells without a name).
    menu_wanted(QPoint)
        What can be done with the chosen cells shall be offered at a point of the screen.
    """

    fold_wanted = Signal(object)
    menu_wanted = Signal(QPoint)

    def __init__(self, tile: QSize) -> None:
        super().__init__()
        self._tile = tile
        self._places = TileLayout((), tile, 0, headed=False)
        self.headings: list[GroupHeading] = []
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.picker = TilePicker(self, self.rows_touching, self.thumbnail_rect)

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
        headed = model.grouped
        self._places = TileLayout(model.sections, self._tile, self.viewport().width(), headed=headed)
        self._show_headings(self._places.groups if headed else [])
        self.updateGeometries()
        self.viewport().update()

    def _show_headings(self, parts: list[GroupPlace]) -> None:
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
        for heading, part in zip(self.headings, self._places.groups, strict=False):
            heading.setGeometry(0, part.heading - self.verticalOffset() + 2, self.viewport().width(), HEADING - 4)

    @property
    def columns(self) -> int:
        """How many tiles are in a line."""
        return self._places.columns

    def visualRect(self, index: QModelIndex | QPersistentModelIndex) -> QRect:
        """Where a tile lies in the viewport."""
        return self._places.rect(index.row()).translated(0, -self.verticalOffset()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The tile at a point of the viewport."""
        row = self._places.row_at(point.x(), point.y() + self.verticalOffset())
        return self.model().index(row, 0) if row >= 0 else QModelIndex()

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
        bar.setRange(0, max(0, self._places.height - room))
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
        where, part = self.visualRect(index), self._places.group_of(index.row())
        if where.isEmpty() or part is None:
            return
        first = index.row() - part.section.first < self.columns
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
            row = self._places.row_beside(row, 1 if down else -1, self.model().rowCount())
        return row

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Choose the tile that is pointed at."""
        index = self.indexAt(rect.center())
        if index.isValid():
            self.selectionModel().select(index, command)

    def rows_touching(self, area: QRect) -> list[int]:
        """Rows of the tiles that a rectangle of the viewport touches."""
        return self._places.rows_touching(area.translated(0, self.verticalOffset()))

    def thumbnail_rect(self, row: int) -> QRect:
        """The picture of a tile, without the words below."""
        tile = self.visualRect(self.model().index(row, 0))
        margin = (tile.width() - (tile.height() - 40)) // 2
        return QRect(tile.left() + margin, tile.top() + 8, tile.height() - 40, tile.height() - 40)

    def group_at(self, point: QPoint) -> Section | None:
        """The group at a point of the viewport, its heading included."""
        if not self.viewport().rect().contains(point):
            return None
        place = self._places.group_at(point.y() + self.verticalOffset())
        return place.section if place is not None else None

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What must be drawn again when the choice changes."""
        region = QRegion()
        for index in selection.indexes():
            region = region.united(self.visualRect(index))
        return region

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk by the arrows, with Shift over all in between, with Ctrl past them; letters belong to the shortcuts."""
        shift, ctrl = (bool(event.modifiers() & one) for one in (SHIFT, CTRL))
        if event.key() in _MOVES and self.model().rowCount():
            row = self.moveCursor(_MOVES[Qt.Key(event.key())], event.modifiers()).row()
            if shift:
                self.picker.reach(row, adding=ctrl)
            elif ctrl:
                index = self.model().index(row, 0)
                self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            else:
                self.picker.one(row)
            self.scrollTo(self.currentIndex())
        elif event.key() == Qt.Key.Key_Space and ctrl:
            self.picker.toggle(self.currentIndex().row())
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.picker.all()
        elif event.key() == Qt.Key.Key_Escape and (self.picker.dragging or len(self.picker.rows) > 1):
            self.picker.give_up() if self.picker.dragging else self.picker.only_current()
        elif event.text().strip() and not ctrl:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the chosen cells."""
        where = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            where = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        if self.picker.rows:
            self.menu_wanted.emit(where)

    # Drawing ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tiles in sight."""
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state
        here = self.viewport().mapFromGlobal(QCursor.pos())
        pointed = self.indexAt(here).row() if self.viewport().rect().contains(here) and self.underMouse() else -1
        for row in self.rows_touching(QRect(0, event.rect().top(), self.width(), event.rect().height())):
            index = self.model().index(row, 0)
            option.rect = self.visualRect(index)
            option.state = plain
            if self.selectionModel().isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if row == pointed:
                option.state |= QStyle.StateFlag.State_MouseOver
            self.itemDelegateForIndex(index).paint(painter, option, index)
        painter.end()
