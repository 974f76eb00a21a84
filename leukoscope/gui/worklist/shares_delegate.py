"""Paints how the cells of a case divide into the table of cases."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from leukoscope.domain.cases import CaseSummary
from leukoscope.domain.findings import Label
from leukoscope.gui.widgets.shares_bar import draw_counts, draw_shares
from leukoscope.gui.worklist.case_list import SUMMARY_ROLE


class SharesDelegate(QStyledItemDelegate):
    """Paints the shares of a case in the table of cases."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row's background as ever, and the counts over their bar."""
        case = index.data(SUMMARY_ROLE)
        self.initStyleOption(option, index)
        option.text = ""
        widget = option.widget
        widget.style().drawControl(widget.style().ControlElement.CE_ItemViewItem, option, painter, widget)
        if not isinstance(case, CaseSummary):
            return
        counts = {Label.UNSURE: case.unsure, Label.LEUKEMIC: case.leukemic, Label.HEALTHY: case.healthy}
        cell = QRectF(option.rect).adjusted(8, 6, -12, -9)
        draw_counts(painter, QRectF(cell.left(), cell.top(), cell.width(), 16), counts)
        draw_shares(painter, QRectF(cell.left(), cell.bottom() - 4, min(cell.width(), 200), 5), counts)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Room for three figures."""
        return QSize(216, super().sizeHint(option, index).height())
