"""The table of cases: its columns, how it is sorted, and what gives way where the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from leukoscope.domain.cases import Order
from leukoscope.gui.worklist.case_list import ORDERS, CaseList, Column
from leukoscope.gui.worklist.shares_delegate import SharesDelegate

ROW_HEIGHT = 48
HEAD_MARGIN = 30
"""Room beside a head's words for the sign of sorting, in pixels."""
NAME_WIDTH = 128
"""A patient's name gets so much at least, in pixels."""
WIDTHS = {
    Column.NUMBER: 108,
    Column.SPECIMEN: 132,
    Column.IMAGES: 56,
    Column.CELLS: 56,
    Column.SHARES: 168,
    Column.CHANGED: 108,
    Column.AGE: 72,
    Column.PRIORITY: 84,
    Column.STATE: 84,
}
"""Widths at first, in pixels; a column of longer words gets more."""
GIVES_WAY = (
    Column.CELLS, Column.AGE, Column.SPECIMEN, Column.IMAGES, Column.CHANGED, Column.PRIORITY, Column.STATE,
)  # fmt: skip
"""Left out one after the other while there is no room for the patient's name, what the details say beside it too; all
come back with the room."""


class CaseTable(QTableView):
    """Enter opens; letters are left to the shortcuts.

    Signals
    -------
    entered_row()
        Enter on a row.
    order_changed()
        A head was clicked: read the list again in the new order.
    """

    entered_row = Signal()
    order_changed = Signal()

    def __init__(self, model: CaseList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.order, self.descending = Column.CHANGED, True
        self._gone: set[Column] = set()
        self._list = model
        self.setModel(model)
        self.setItemDelegateForColumn(Column.SHARES, SharesDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(self.tr("Cases"))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self._set_head()

    def _set_head(self) -> None:
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setSectionsMovable(True)
        head.setTextElideMode(Qt.TextElideMode.ElideRight)
        head.setSortIndicatorShown(True)
        head.setSortIndicator(self.order, Qt.SortOrder.DescendingOrder)
        head.sectionClicked.connect(self._sort)
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(self._choose_columns)
        head.setMinimumSectionSize(48)
        wide = head.fontMetrics().horizontalAdvance
        for column, width in WIDTHS.items():
            words = [str(self._list.headerData(column, Qt.Orientation.Horizontal)), *self._list.words_of(column)]
            head.resizeSection(column, max(width, max(map(wide, words)) + HEAD_MARGIN))
        head.setSectionHidden(Column.IMAGES, True)
        head.setSectionResizeMode(Column.PATIENT, QHeaderView.ResizeMode.Stretch)

    @property
    def asked_order(self) -> Order:
        """What the list is to be sorted by."""
        return ORDERS[self.order]

    # Narrow windows --------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for the patient's name."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        head = self.horizontalHeader()
        for column in self._gone:
            head.setSectionHidden(column, False)
        self._gone = set()
        others = [column for column in Column if column is not Column.PATIENT and not head.isSectionHidden(column)]
        left = self.viewport().width() - sum(head.sectionSize(column) for column in others)
        for column in GIVES_WAY:
            if left >= NAME_WIDTH or column not in others:
                continue
            left += head.sectionSize(column)
            head.setSectionHidden(column, True)
            self._gone.add(column)

    # Columns ---------------------------------------------------------------------------------------------------

    def _sort(self, place: int) -> None:
        column = Column(place)
        if column not in ORDERS:
            self.horizontalHeader().setSortIndicator(self.order, self._direction())
            return
        self.descending = not self.descending if column is self.order else column is Column.CHANGED
        self.order = column
        self.horizontalHeader().setSortIndicator(column, self._direction())
        self.order_changed.emit()

    def _direction(self) -> Qt.SortOrder:
        return Qt.SortOrder.DescendingOrder if self.descending else Qt.SortOrder.AscendingOrder

    def _choose_columns(self, where: QPoint) -> None:
        head, menu = self.horizontalHeader(), QMenu(self)
        for column in Column:
            if column is not Column.NUMBER:
                action = menu.addAction(str(self._list.headerData(column, Qt.Orientation.Horizontal)))
                action.setCheckable(True)
                action.setChecked(not head.isSectionHidden(column))
                action.toggled.connect(lambda on, place=column: self.show_column(place, on))
        menu.popup(head.mapToGlobal(where))

    def show_column(self, column: Column, shown: bool) -> None:
        """Show a column or hide it, as a person wants; others give way to it where there is no room."""
        self._gone.discard(column)
        self.horizontalHeader().setSectionHidden(column, not shown)
        self._fit()

    def columns(self) -> str:
        """How the columns stand, to be kept; those that only gave way count as shown."""
        head = self.horizontalHeader()
        for column in self._gone:
            head.setSectionHidden(column, False)
        kept = bytes(head.saveState().toBase64().data()).decode("ascii")
        for column in self._gone:
            head.setSectionHidden(column, True)
        return kept

    def set_columns(self, kept: str) -> None:
        """Put the columns as they were kept; another version's are left alone."""
        head = self.horizontalHeader()
        if kept and head.restoreState(QByteArray.fromBase64(kept.encode("ascii"))):
            self._gone = set()
            head.setSectionResizeMode(Column.SPECIMEN, QHeaderView.ResizeMode.Interactive)
            head.setSectionResizeMode(Column.PATIENT, QHeaderView.ResizeMode.Stretch)
            place = head.sortIndicatorSection()
            if 0 <= place < len(Column) and Column(place) in ORDERS:
                self.order = Column(place)
                self.descending = head.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
            self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in {int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter)}:
            self.entered_row.emit()
            return
        super().keyPressEvent(event)
