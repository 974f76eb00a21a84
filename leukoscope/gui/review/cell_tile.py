"""How one cell looks in the gallery: its picture, its verdict's color, shape and figure."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cell_classes import cell_class
from leukoscope.gui import class_marks, theme, verdicts
from leukoscope.gui.review.cell_list import CELL_ROLE, FRAME_ROLE
from leukoscope.gui.review.thumbnails import Thumbnail, Thumbnails
from leukoscope.gui.tokens import Theme
from leukoscope.gui.widgets.canvas_items import scale_bar

SIDE = 80
"""Of a picture, in device-independent pixels, where nobody has chosen another."""
BAR_AT_MOST = 0.4
"""Of a thumbnail's width, for its scale bar."""
FADED = 0.45
"""Opacity of the picture of a cell that a person took out."""


def tile_of(side: int) -> QSize:
    """The tile around a picture of a side, with its words below."""
    return QSize(side + 16, side + 40)


TILE = tile_of(SIDE)


class CellTile(QStyledItemDelegate):
    """Paints one cell of the gallery."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self.side = SIDE

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All tiles have one size."""
        return tile_of(self.side)

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
        picture = QRectF(tile.center().x() - self.side / 2, tile.top() + 6, self.side, self.side)
        painter.setOpacity(1.0 if cell.removed is None else FADED)
        self._draw_image(painter, picture, self._thumbnails.get(frame, cell), frame.um_per_px, look)
        painter.setOpacity(1.0)
        if cell.comment is not None:
            _draw_comment(painter, picture)
        self._draw_verdict(painter, tile, picture, cell, look)
        painter.restore()

    @staticmethod
    def _draw_image(
        painter: QPainter, where: QRectF, picture: Thumbnail | None, um_per_px: float | None, look: Theme
    ) -> None:
        path = QPainterPath()
        path.addRoundedRect(where, 4, 4)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(where, look.color("canvas"))
        if picture is not None:
            painter.drawPixmap(where, picture.pixmap, QRectF(picture.pixmap.rect()))
            if um_per_px and picture.frame_px:
                _draw_bar(painter, where, um_per_px, where.width() / picture.frame_px)
        painter.restore()

    @staticmethod
    def _draw_verdict(painter: QPainter, tile: QRectF, picture: QRectF, cell: CaseCell, look: Theme) -> None:
        counted = cell.counted
        code = cell.code if counted is None else None
        color = verdicts.color(cell.label) if code is None else QColor(cell_class(code).color)
        painter.fillRect(QRectF(picture.left(), picture.bottom() + 2, picture.width(), 3), color)
        row = QRectF(picture.left(), picture.bottom() + 7, picture.width(), tile.bottom() - picture.bottom() - 9)
        shape = QRectF(row.left(), row.center().y() - 6, 12, 12)
        if code is None:
            verdicts.draw_shape(painter, cell.label, shape)
        else:
            class_marks.draw_glyph(painter, code, shape)
        font = theme.font(theme.SMALL, bold=True)
        painter.setFont(font)
        painter.setPen(look.color("text"))
        words = row.adjusted(18, 0, -14 if cell.decision is not None or cell.added is not None else 0, 0)
        text = QFontMetricsF(font).elidedText(class_marks.short_text(cell), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
        if cell.decision is not None:
            # A tick stands for a person's label; no figure of the program stands beside it.
            painter.setPen(QPen(look.color("text"), 1.8, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
            tick = QPainterPath()
            x, y = row.right() - 12, row.center().y()
            tick.moveTo(x, y)
            tick.lineTo(x + 4, y + 4)
            tick.lineTo(x + 11, y - 5)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(tick)
        elif cell.added is not None:
            _draw_corners(painter, QRectF(row.right() - 13, row.center().y() - 6, 12, 12), look)


def _draw_bar(painter: QPainter, where: QRectF, um_per_px: float, zoom: float) -> None:
    """A bar of a round length in the lower left corner, with its words above."""
    bar = scale_bar(um_per_px, zoom, where.width() * BAR_AT_MOST)
    font = theme.font(theme.SMALL - 2)
    painter.setFont(font)
    left, y = where.left() + 5, where.bottom() - 5
    metrics = QFontMetricsF(font)
    plate = QRectF(
        where.left(), y - metrics.height() - 3, max(bar.length, metrics.horizontalAdvance(bar.text)) + 10, 40
    )
    painter.fillRect(plate, QColor(18, 18, 18, 150))
    painter.setPen(QPen(QColor("#ffffff"), 2, c=Qt.PenCapStyle.FlatCap))
    painter.drawLine(QPointF(left, y), QPointF(left + bar.length, y))
    painter.drawText(QPointF(left, y - 4), bar.text)


def _draw_comment(painter: QPainter, picture: QRectF) -> None:
    """A speech mark in the upper right corner: a person has remarked something; light on dark, on any stain."""
    where = QRectF(picture.right() - 19, picture.top() + 3, 16, 12)
    shape = QPainterPath()
    shape.addRoundedRect(where, 3, 3)
    tail = QPainterPath(QPointF(where.left() + 3, where.bottom() - 1))
    tail.lineTo(where.left() + 3, where.bottom() + 4)
    tail.lineTo(where.left() + 9, where.bottom() - 1)
    painter.setPen(QPen(QColor(18, 18, 18, 215), 2))
    painter.setBrush(QColor("#ffffff"))
    painter.drawPath(shape.united(tail))
    painter.setPen(QPen(QColor(18, 18, 18), 1.4))
    for y in (where.top() + 4, where.top() + 8):
        painter.drawLine(QPointF(where.left() + 4, y), QPointF(where.right() - 4, y))


def _draw_corners(painter: QPainter, where: QRectF, look: Theme) -> None:
    """The corners of a drawn box: a person drew this cell."""
    painter.setPen(QPen(look.color("text"), 1.6, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
    arm = where.width() * 0.35
    for x, y, dx, dy in (
        (where.left(), where.top(), arm, arm),
        (where.right(), where.top(), -arm, arm),
        (where.left(), where.bottom(), arm, -arm),
        (where.right(), where.bottom(), -arm, -arm),
    ):
        painter.drawPolyline([QPointF(x + dx, y), QPointF(x, y), QPointF(x, y + dy)])
