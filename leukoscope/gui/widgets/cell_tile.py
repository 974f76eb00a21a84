"""How one cell looks in the gallery: its picture, its verdict's color, shape and figure."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.gui import theme, verdicts
from leukoscope.gui.models.cell_list import CELL_ROLE, FRAME_ROLE
from leukoscope.gui.thumbnails import Thumbnails

SIDE = 80
TILE = QSize(SIDE + 16, SIDE + 40)


class CellTile(QStyledItemDelegate):
    """Paints one cell of the gallery."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All tiles have one size."""
        return TILE

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the tile."""
        cell, frame = index.data(CELL_ROLE), index.data(FRAME_ROLE)
        if not isinstance(cell, CaseCell) or not isinstance(frame, CaseFrame):
            return
        state, look = option.state, theme.current()
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        tile = QRectF(option.rect).adjusted(2, 2, -2, -2)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or hovered:
            painter.setBrush(look.color("selected" if chosen else "hover"))
            painter.drawRoundedRect(tile, 6, 6)
        if chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("focus"), 2))
            painter.drawRoundedRect(tile.adjusted(1, 1, -1, -1), 5, 5)
        picture = QRectF(tile.center().x() - SIDE / 2, tile.top() + 6, SIDE, SIDE)
        self._draw_picture(painter, picture, self._thumbnails.get(frame, cell), look)
        self._draw_verdict(painter, tile, picture, cell, look)
        painter.restore()

    @staticmethod
    def _draw_picture(painter: QPainter, where: QRectF, pixmap: QPixmap | None, look: theme.Theme) -> None:
        path = QPainterPath()
        path.addRoundedRect(where, 4, 4)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(where, look.color("canvas"))
        if pixmap is not None:
            painter.drawPixmap(where, pixmap, QRectF(pixmap.rect()))
        painter.restore()

    @staticmethod
    def _draw_verdict(painter: QPainter, tile: QRectF, picture: QRectF, cell: CaseCell, look: theme.Theme) -> None:
        painter.fillRect(QRectF(picture.left(), picture.bottom() + 2, picture.width(), 3), verdicts.color(cell.label))
        row = QRectF(picture.left(), picture.bottom() + 7, picture.width(), tile.bottom() - picture.bottom() - 9)
        shape = QRectF(row.left(), row.center().y() - 6, 12, 12)
        verdicts.draw_shape(painter, cell.label, shape)
        painter.setFont(theme.font(theme.SMALL, bold=True))
        painter.setPen(look.color("text"))
        figure = verdicts.figure(cell.finding.probability)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(row.adjusted(18, 0, 0, 0), int(left), figure)
        if cell.decision is not None:
            # A tick stands for a person's label; the figure beside it stays the program's.
            painter.setPen(QPen(look.color("text"), 1.8, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
            tick = QPainterPath()
            x, y = row.right() - 12, row.center().y()
            tick.moveTo(x, y)
            tick.lineTo(x + 4, y + 4)
            tick.lineTo(x + 11, y - 5)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(tick)
