"""What lies on the image canvas: boxes around cells, and the bar that tells how large they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from leukoscope.domain.cell_classes import cell_class
from leukoscope.domain.cells import Box
from leukoscope.domain.findings import Label
from leukoscope.gui import class_marks, theme, verdicts

TAG_HEIGHT = 20.0
DARK, LIGHT = QColor(18, 18, 18, 215), QColor("#ffffff")
SMALLEST_TAGGED = 26.0
"""Boxes narrower than this on the screen show their outline and shape only, no figure."""


@dataclass(frozen=True)
class CellBox:
    """One box: the cell's id, where it is in pixels of the image, its verdict and its figure.

    ``removed`` is dashed: a person took the cell out. ``code`` is the class of what is none of the three verdicts.
    """

    id: int
    box: Box
    label: Label
    text: str
    removed: bool = False
    code: str | None = None

    @property
    def color(self) -> QColor:
        """Of its verdict, else of its class."""
        return verdicts.color(self.label) if self.code is None else QColor(cell_class(self.code).color)

    def draw_sign(self, painter: QPainter, where: QRectF) -> None:
        """Draw the shape of its verdict, else of its class."""
        if self.code is None:
            verdicts.draw_shape(painter, self.label, where)
        else:
            class_marks.draw_glyph(painter, self.code, where)


class Boxes(QGraphicsItem):
    """All boxes of one image in one item: quick also with a thousand."""

    def __init__(self) -> None:
        super().__init__()
        self._boxes: tuple[CellBox, ...] = ()
        self._bounds = QRectF()
        self.chosen = 0
        self.setZValue(2)

    def set_boxes(self, boxes: Sequence[CellBox], bounds: QRectF) -> None:
        """Show these boxes on an image of these bounds."""
        self.prepareGeometryChange()
        self._boxes, self._bounds = tuple(boxes), bounds
        self.update()

    @property
    def boxes(self) -> tuple[CellBox, ...]:
        """What is shown."""
        return self._boxes

    def boundingRect(self) -> QRectF:
        """The image and a margin for the tags."""
        return self._bounds.adjusted(-60, -60, 60, 60)

    def at(self, point: QPointF, slack: float) -> int:
        """Id of the smallest box around a point (image pixels), 0 when there is none."""
        hits = [
            (one.box.width * one.box.height, one.id)
            for one in self._boxes
            if QRectF(one.box.x, one.box.y, one.box.width, one.box.height)
            .adjusted(-slack, -slack, slack, slack)
            .contains(point)
        ]
        return min(hits)[1] if hits else 0

    def box_of(self, cell_id: int) -> Box | None:
        """The box of a cell."""
        return next((one.box for one in self._boxes if one.id == cell_id), None)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw boxes in screen pixels, so that lines and letters keep their size while zooming."""
        transform = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL, bold=True))
        for one in sorted(self._boxes, key=lambda box: box.id == self.chosen):
            where = transform.mapRect(QRectF(one.box.x, one.box.y, one.box.width, one.box.height))
            self._draw(painter, one, where)
        painter.restore()

    def _draw(self, painter: QPainter, one: CellBox, where: QRectF) -> None:
        chosen = one.id == self.chosen
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(DARK, 6 if chosen else 4))
        painter.drawRoundedRect(where, 3, 3)
        if chosen:
            painter.setPen(QPen(DARK if one.removed else LIGHT, 5))
            painter.drawRoundedRect(where, 3, 3)
        style = Qt.PenStyle.DashLine if one.removed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(one.color, 3 if chosen else 2, style))
        painter.drawRoundedRect(where, 3, 3)
        metrics = QFontMetricsF(painter.font())
        tagged = where.width() >= SMALLEST_TAGGED and bool(one.text)
        width = (metrics.horizontalAdvance(one.text) + 28) if tagged else TAG_HEIGHT
        top = where.top() - TAG_HEIGHT - 3 if where.top() > TAG_HEIGHT + 3 else where.top() + 3
        tag = QRectF(where.left() - 1, top, width, TAG_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LIGHT if chosen else DARK)
        painter.drawRoundedRect(tag, 3, 3)
        one.draw_sign(painter, QRectF(tag.left() + 4, tag.center().y() - 6, 12, 12))
        if tagged:
            painter.setPen(QColor("#111111") if chosen else LIGHT)
            painter.drawText(
                tag.adjusted(21, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), one.text
            )


@dataclass(frozen=True)
class ScaleBar:
    """A round length that fits the screen: ``length`` in device-independent pixels, and its words."""

    length: float
    text: str


def scale_bar(um_per_px: float, zoom: float, widest: float = 160.0) -> ScaleBar:
    """The largest of 1, 2, 5 times a power of ten micrometers that is at most ``widest`` wide.

    Parameters
    ----------
    um_per_px
        Micrometers for one image pixel, > 0.
    zoom
        Screen pixels for one image pixel, > 0.
    widest
        In screen pixels.
    """
    longest = widest / zoom * um_per_px
    power = 10.0 ** math.floor(math.log10(longest))
    micrometers = max(step * power for step in (1, 2, 5) if step * power <= longest)
    text = f"{micrometers / 1000:g} mm" if micrometers >= 1000 else f"{micrometers:g} µm"
    return ScaleBar(micrometers / um_per_px * zoom, text)


def draw_grid(painter: QPainter, seen: QRectF, distance: float) -> None:
    """Draw counting lines over an image.

    Parameters
    ----------
    painter
        In screen pixels.
    seen
        Where the image is.
    distance
        From line to line, in screen pixels; below 8 nothing is drawn.
    """
    if distance < 8:
        return
    for color, width in ((QColor(18, 18, 18, 120), 2.0), (QColor(255, 255, 255, 150), 1.0)):
        painter.setPen(QPen(color, width))
        for number in range(1, int(seen.width() / distance) + 1):
            x = seen.left() + number * distance
            painter.drawLine(QPointF(x, seen.top()), QPointF(x, seen.bottom()))
        for number in range(1, int(seen.height() / distance) + 1):
            y = seen.top() + number * distance
            painter.drawLine(QPointF(seen.left(), y), QPointF(seen.right(), y))


def draw_scale_bar(painter: QPainter, viewport: QRectF, bar: ScaleBar | None, unknown: str) -> None:
    """Draw the bar, or the words that there is none, in the lower right corner."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font(theme.SMALL, bold=bar is not None))
    metrics = QFontMetricsF(painter.font())
    text = bar.text if bar else unknown
    width = max(bar.length if bar else 0.0, metrics.horizontalAdvance(text)) + 20
    height = 34.0 if bar else 24.0
    plate = QRectF(viewport.right() - width - 12, viewport.bottom() - height - 12, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(DARK)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(LIGHT)
    if bar is None:
        painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)
    else:
        painter.drawText(plate.adjusted(0, 2, 0, -10), int(Qt.AlignmentFlag.AlignCenter), text)
        left, y = plate.center().x() - bar.length / 2, plate.bottom() - 9
        painter.setPen(QPen(LIGHT, 2.5))
        painter.drawLine(QPointF(left, y), QPointF(left + bar.length, y))
        painter.drawLine(QPointF(left, y - 4), QPointF(left, y + 4))
        painter.drawLine(QPointF(left + bar.length, y - 4), QPointF(left + bar.length, y + 4))
    painter.restore()


def draw_note(painter: QPainter, viewport: QRectF, words: str) -> None:
    """Draw words in the lower left corner, or nothing; over several lines where the scale bar needs its room."""
    if not words:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font(theme.SMALL, bold=True))
    flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    room = QRectF(0, 0, max(viewport.width() - 230, 120), viewport.height())
    needed = QFontMetricsF(painter.font()).boundingRect(room, flags, words)
    plate = QRectF(0, 0, needed.width() + 21, needed.height() + 10)
    plate.moveBottomLeft(viewport.bottomLeft() + QPointF(12, -12))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(DARK)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(LIGHT)
    painter.drawText(plate.adjusted(10, 5, -10, -5), flags, words)
    painter.restore()
