"""How one image of a case looks in the strip of fields: its sign and number, and its cells by verdict."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from leukoscope.gui import theme, verdicts
from leukoscope.gui.review.field_list import FIELD_ROLE, Field

HEIGHT, LEAST = 40, 44
"""Of a tile, in device-independent pixels."""
MARK, PAD, GAP = 9, 8, 6


class FieldTile(QStyledItemDelegate):
    """Paints one Field."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """As wide as its words."""
        del option
        above = QFontMetricsF(theme.font()).horizontalAdvance(str(index.data()))
        return QSize(max(LEAST, round(max(above, self._below(index)) + 2 * PAD)), HEIGHT)

    @staticmethod
    def _below(index: QModelIndex | QPersistentModelIndex) -> float:
        field = index.data(FIELD_ROLE)
        if not isinstance(field, Field):
            return 0.0
        metrics = QFontMetricsF(_small())
        return sum(MARK + 3 + metrics.horizontalAdvance(str(count)) + GAP for _, count in field.counts)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the tile."""
        field, look, box = index.data(FIELD_ROLE), theme.current(), QRectF(option.rect).adjusted(1, 1, -1, -1)
        if not isinstance(field, Field):
            return
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(look.color("focus") if chosen else Qt.PenStyle.NoPen)
            painter.setBrush(look.color("selected" if chosen else "hover"))
            painter.drawRoundedRect(box, 4, 4)
        painter.setFont(theme.font())
        painter.setPen(look.color("text"))
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        above = QRectF(box.left() + PAD - 1, box.top(), box.width() - PAD, box.height() * (0.55 if field.counts else 1))
        painter.drawText(above, left, str(index.data()))
        x, small = above.left(), _small()
        painter.setFont(small)
        for label, count in field.counts:
            verdicts.draw_shape(painter, label, QRectF(x, box.top() + box.height() * 0.74 - MARK / 2, MARK, MARK))
            x += MARK + 3
            painter.setPen(look.color("text"))
            room = QFontMetricsF(small).horizontalAdvance(str(count))
            painter.drawText(QRectF(x, above.bottom(), room + 2, box.bottom() - above.bottom()), left, str(count))
            x += room + GAP
        painter.restore()


def _small() -> QFont:
    return theme.font(theme.SMALL)
