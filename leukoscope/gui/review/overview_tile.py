"""How one image looks on the overview: its picture in its place, its verdicts as the strip of fields has them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from leukoscope.domain.findings import Label
from leukoscope.gui import theme, verdicts
from leukoscope.gui.review.field_list import SIGNS, Field
from leukoscope.gui.widgets.canvas_items import DARK, LIGHT

MARK = 9.0
"""Side of a verdict's shape, in device-independent pixels: also of what stands for an image that is smaller."""
PICTURED_FROM, SIGNED_FROM, COUNTED_FROM = 14.0, 30.0, 84.0
"""Widths from which on an image shows its picture, its sign, and how many of its cells have which verdict."""
PAD = 4.0


def leading(field: Field) -> Label | None:
    """The verdict that an image is colored by: what needs a person comes first; ``None`` without cells."""
    return field.counts[0][0] if field.counts else None


def color_of(field: Field) -> QColor:
    """Of its edge: its verdict's, else a neutral one."""
    label = leading(field)
    return theme.current().color("strong_line") if label is None else verdicts.color(label)


def draw_tile(painter: QPainter, where: QRectF, field: Field, pixmap: QPixmap | None, *, sized: bool) -> None:
    """Draw an image into its place on the screen; dashed where its size is not its own."""
    if where.width() < PICTURED_FROM:
        _draw_small(painter, where, field)
        return
    if pixmap is None:
        painter.fillRect(where, theme.current().color("raised"))
    else:
        painter.drawPixmap(where, pixmap, QRectF(pixmap.rect()))
    thick = 2.0 if where.width() >= SIGNED_FROM else 1.0
    inside = where.adjusted(thick / 2, thick / 2, -thick / 2, -thick / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color_of(field), thick, Qt.PenStyle.SolidLine if sized else Qt.PenStyle.DashLine))
    painter.drawRect(inside)


def draw_verdicts(painter: QPainter, where: QRectF, field: Field) -> None:
    """Draw what was judged in an image onto its place; after the pictures, since images overlap."""
    if where.width() < PICTURED_FROM:
        return
    if where.width() >= COUNTED_FROM and field.counts:
        _draw_counts(painter, where, field)
    elif where.width() >= SIGNED_FROM:
        _draw_sign(painter, QRectF(where.left() + PAD, where.bottom() - PAD - MARK - 4, MARK + 4, MARK + 4), field)
    elif leading(field) is not None:
        _draw_mark(painter, where.center(), field)


def _draw_small(painter: QPainter, where: QRectF, field: Field) -> None:
    """Its true place and size, as far as they can be seen, and a shape that can."""
    painter.fillRect(where, theme.current().color("raised"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color_of(field), 1))
    painter.drawRect(where)
    _draw_mark(painter, where.center(), field)


def _draw_mark(painter: QPainter, middle: QPointF, field: Field) -> None:
    left, top = middle.x() - MARK / 2 - 1, middle.y() - MARK / 2 - 1
    device = painter.device()
    painter.drawPixmap(
        QPointF(left, top), _mark(leading(field), color_of(field).name(), device.devicePixelRatioF() if device else 1.0)
    )


@lru_cache(maxsize=32)
def _mark(label: Label | None, color: str, ratio: float) -> QPixmap:
    """The shape, drawn once: on a map there are hundreds of it."""
    side = MARK + 2
    pixmap = QPixmap(QSizeF(side * ratio, side * ratio).toSize())
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if label is None:
        painter.setPen(QPen(DARK, 1))
        painter.setBrush(QColor(color))
        painter.drawRect(QRectF(3, 3, side - 6, side - 6))
    else:
        verdicts.draw_shape(painter, label, QRectF(1, 1, MARK, MARK), outline=DARK)
    painter.end()
    return pixmap


def reach(where: QRectF) -> QRectF:
    """What can be clicked of an image in its place: never less than its shape."""
    across, down = (max(MARK + 5 - side, 0) / 2 for side in (where.width(), where.height()))
    return where.adjusted(-across, -down, across, down)


def _draw_sign(painter: QPainter, plate: QRectF, field: Field) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(DARK)
    painter.drawRoundedRect(plate, 2, 2)
    label = leading(field)
    if label is not None:
        verdicts.draw_shape(painter, label, plate.adjusted(2, 2, -2, -2))
        return
    painter.setFont(small_font())
    painter.setPen(LIGHT)
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), SIGNS[field.state])


def _draw_counts(painter: QPainter, where: QRectF, field: Field) -> None:
    metrics = QFontMetricsF(small_font())
    words = [(label, str(count), metrics.horizontalAdvance(str(count))) for label, count in field.counts]
    width = sum(MARK + 3 + room + 7 for _, _, room in words) + 3
    plate = QRectF(where.left() + PAD, where.bottom() - PAD - 18, min(width, where.width() - 2 * PAD), 18)
    painter.save()
    painter.setClipRect(plate)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(DARK)
    painter.drawRoundedRect(plate, 3, 3)
    painter.setFont(small_font())
    x = plate.left() + 5
    for label, text, room in words:
        verdicts.draw_shape(painter, label, QRectF(x, plate.center().y() - MARK / 2, MARK, MARK))
        x += MARK + 3
        painter.setPen(LIGHT)
        painter.drawText(QRectF(x, plate.top(), room + 2, plate.height()), int(Qt.AlignmentFlag.AlignVCenter), text)
        x += room + 7
    painter.restore()


def draw_frame(painter: QPainter, where: QRectF) -> None:
    """Frame the image that is shown: light within dark, so that it is seen on every picture."""
    least = max(MARK + 6 - min(where.width(), where.height()), 0) / 2
    draw_outline(painter, where.adjusted(-least - 2, -least - 2, least + 2, least + 2))


def draw_outline(painter: QPainter, around: QRectF) -> None:
    """Draw the frame itself."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, thick in ((DARK, 5.0), (LIGHT, 2.5)):
        painter.setPen(QPen(color, thick))
        painter.drawRoundedRect(around, 2, 2)


def draw_cell(painter: QPainter, middle: QPointF) -> None:
    """Mark the place of the cell: a dot in a ring, which no verdict looks like."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, thick in ((DARK, 4.5), (LIGHT, 2.0)):
        painter.setPen(QPen(color, thick))
        painter.drawEllipse(middle, 6.0, 6.0)
    painter.setPen(QPen(DARK, 1))
    painter.setBrush(LIGHT)
    painter.drawEllipse(middle, 2.5, 2.5)


def small_font() -> QFont:
    """Of counts and signs."""
    return theme.font(theme.SMALL)


def uncovered(where: QRectF, later: Iterable[QRectF]) -> QRectF:
    """The part of an image that those drawn after it leave free: strips that they cover are cut off its sides."""
    free = QRectF(where)
    for other in later:
        shared = free.intersected(other)
        if shared.isEmpty():
            continue
        if shared.width() >= free.width() / 2 and shared.height() < free.height() / 2:
            if shared.bottom() >= free.bottom() - 1:
                free.setBottom(shared.top())
            else:
                free.setTop(shared.bottom())
        elif shared.height() >= free.height() / 2 and shared.width() < free.width() / 2:
            if shared.right() >= free.right() - 1:
                free.setRight(shared.left())
            else:
                free.setLeft(shared.right())
    return free
