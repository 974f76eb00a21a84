"""What a person draws on the canvas to measure it: a line, an ellipse or an outline."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from leukoscope.domain.measuring import Measured, Shape, measured
from leukoscope.gui.review.mouse_tool import MouseTool
from leukoscope.gui.review.ruler import TICK, straightened

NEAR = 2.0
"""Screen pixels that the mouse moves before an outline gets another corner."""


class MeasuredShape(QGraphicsItem):
    """What is drawn, in screen pixels so that it stays thin while zooming."""

    def __init__(self) -> None:
        super().__init__()
        self.shape_drawn, self.points = Shape.LINE, list[QPointF]()
        self.setZValue(3)
        self.setVisible(False)

    def set_points(self, shape: Shape, points: list[QPointF]) -> None:
        """Show another shape; points in image pixels."""
        self.prepareGeometryChange()
        self.shape_drawn, self.points = shape, points

    def boundingRect(self) -> QRectF:
        """The points and a margin for the pen at any zoom."""
        path = QPainterPath()
        for place, point in enumerate(self.points):
            (path.lineTo if place else path.moveTo)(point)
        return path.boundingRect().adjusted(-500, -500, 500, 500)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw it dark below light, so that it is seen on any stain."""
        if len(self.points) < 2:
            return
        transform = painter.worldTransform()
        path = _path(self.shape_drawn, [transform.map(point) for point in self.points])
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(18, 18, 18, 215), 5.0), (QColor("#ffffff"), 2.0)):
            painter.setPen(QPen(color, width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
            painter.drawPath(path)
        painter.restore()


def _path(shape: Shape, points: list[QPointF]) -> QPainterPath:
    path, first, last = QPainterPath(), points[0], points[-1]
    if shape is Shape.ELLIPSE:
        path.addEllipse(QRectF(first, last).normalized())
        return path
    path.moveTo(first)
    for point in points[1:]:
        path.lineTo(point)
    if shape is Shape.OUTLINE:
        path.closeSubpath()
        return path
    way = last - first
    length = max((way.x() ** 2 + way.y() ** 2) ** 0.5, 1.0)
    away = QPointF(-way.y(), way.x()) * (TICK / length)
    for end in (first, last):
        path.moveTo(end - away)
        path.lineTo(end + away)
    return path


class MeasureTool(MouseTool):
    """Lets a person draw while it is on; the canvas pans again when it is off.

    Signals
    -------
    drawn(object)
        What has been drawn so far, Measured; while the mouse draws and after.
    """

    drawn = Signal(object)

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._item, self._shape, self._drawing = MeasuredShape(), Shape.LINE, False
        view.scene().addItem(self._item)

    def switch(self, on: bool) -> None:
        """Let the mouse draw, or take away what is drawn."""
        super().switch(on)
        self.clear()

    def choose(self, shape: Shape) -> None:
        """Draw another shape from now on."""
        self._shape = shape
        self.clear()

    def clear(self) -> None:
        """Take away what is drawn."""
        self._drawing = False
        self._show([])

    def _mouse(self, event: QMouseEvent) -> bool:
        here = self._view.mapToScene(event.position().toPoint())
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._drawing = True
            self._show([here])
        elif event.type() == QEvent.Type.MouseMove and self._drawing:
            self._show(self._with(here, even=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)))
        elif event.type() == QEvent.Type.MouseButtonRelease and self._drawing:
            self._drawing = False
        else:
            return event.type() != QEvent.Type.MouseMove
        return True

    def _with(self, here: QPointF, *, even: bool) -> list[QPointF]:
        """The points drawn, and where the mouse is now; ``even``: a straight line, or a circle."""
        points, first = self._item.points, self._item.points[0]
        if self._shape is Shape.OUTLINE:
            moved = (here - points[-1]) * self._view.transform().m11()
            return points if moved.manhattanLength() < NEAR else [*points, here]
        if even and self._shape is Shape.LINE:
            here = straightened(QLineF(first, here)).p2()
        elif even:
            way = here - first
            side = max(abs(way.x()), abs(way.y()))
            here = first + QPointF(side if way.x() >= 0 else -side, side if way.y() >= 0 else -side)
        return [first, here]

    def _show(self, points: list[QPointF]) -> None:
        self._item.set_points(self._shape, points)
        self._item.setVisible(len(points) > 1)
        self._view.viewport().update()
        self.drawn.emit(self.measured)

    @property
    def measured(self) -> Measured:
        """What is drawn."""
        return measured(self._shape, [(point.x(), point.y()) for point in self._item.points])
