"""A line that a person draws over a stage micrometer on the canvas."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from leukoscope.gui.review.mouse_tool import MouseTool

TICK = 7.0
"""Half the length of the strokes at the ends, in screen pixels."""


class RulerLine(QGraphicsItem):
    """The line, drawn in screen pixels so that it stays thin while zooming."""

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineF()
        self.setZValue(3)
        self.setVisible(False)

    def set_line(self, line: QLineF) -> None:
        """Show another line, in image pixels."""
        self.prepareGeometryChange()
        self.line = line

    def boundingRect(self) -> QRectF:
        """The line and a margin for its ends at any zoom."""
        return QRectF(self.line.p1(), self.line.p2()).normalized().adjusted(-500, -500, 500, 500)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw it dark below light, so that it is seen on any stain."""
        seen = painter.worldTransform().map(self.line)
        if seen.length() < 1:
            return
        normal = seen.normalVector().unitVector()
        away = QPointF(normal.dx(), normal.dy()) * TICK
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((QColor(18, 18, 18, 215), 5.0), (QColor("#ffffff"), 2.0)):
            painter.setPen(QPen(color, width, c=Qt.PenCapStyle.RoundCap))
            painter.drawLine(seen)
            for end in (seen.p1(), seen.p2()):
                painter.drawLine(end - away, end + away)
        painter.restore()


class Ruler(MouseTool):
    """Lets a person draw the line while it is on; what is drawn goes with it.

    Signals
    -------
    drawn(float)
        Length of the line in image pixels, while and after it is drawn.
    """

    drawn = Signal(float)

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._item = RulerLine()
        view.scene().addItem(self._item)
        self._drawing = False

    @property
    def length(self) -> float:
        """Of the line, in image pixels; 0 before one is drawn."""
        return self._item.line.length() if self._item.isVisible() else 0.0

    def switch(self, on: bool) -> None:
        """Let the mouse draw, or take the line away."""
        super().switch(on)
        self._drawing = False
        if not on:
            self._item.setVisible(False)

    def _mouse(self, event: QMouseEvent) -> bool:
        here = self._view.mapToScene(event.position().toPoint())
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._drawing = True
            self._show(QLineF(here, here))
        elif event.type() == QEvent.Type.MouseMove and self._drawing:
            straight = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._show(straightened(QLineF(self._item.line.p1(), here)) if straight else self._to(here))
        elif event.type() == QEvent.Type.MouseButtonRelease and self._drawing:
            self._drawing = False
        else:
            return event.type() != QEvent.Type.MouseMove
        return True

    def _to(self, here: QPointF) -> QLineF:
        return QLineF(self._item.line.p1(), here)

    def _show(self, line: QLineF) -> None:
        self._item.set_line(line)
        self._item.setVisible(True)
        self._view.viewport().update()
        self.drawn.emit(line.length())


def straightened(line: QLineF) -> QLineF:
    """The line turned to the nearest of the horizontal and the vertical."""
    if math.fabs(line.dx()) >= math.fabs(line.dy()):
        return QLineF(line.p1(), QPointF(line.x2(), line.y1()))
    return QLineF(line.p1(), QPointF(line.x1(), line.y2()))
