"""A box that a person draws around a cell on the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from leukoscope.domain.cells import Box
from leukoscope.gui.review.mouse_tool import MouseTool


class _Outline(QGraphicsItem):
    """The box while it is drawn and judged, dashed so that it is not taken for a found cell."""

    def __init__(self) -> None:
        super().__init__()
        self.rect = QRectF()
        self.setZValue(3)
        self.setVisible(False)

    def set_rect(self, rect: QRectF) -> None:
        """Show another box, in image pixels."""
        self.prepareGeometryChange()
        self.rect = rect

    def boundingRect(self) -> QRectF:
        """The box and a margin for its line at any zoom."""
        return self.rect.adjusted(-50, -50, 50, 50)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw it in screen pixels, dark below light, so that it is seen on any stain."""
        seen = painter.worldTransform().mapRect(self.rect)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(18, 18, 18, 215), 4))
        painter.drawRoundedRect(seen, 3, 3)
        painter.setPen(QPen(QColor("#ffffff"), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(seen, 3, 3)
        painter.restore()


class BoxTool(MouseTool):
    """Lets a person draw one box while it is on; the canvas pans again when it is off.

    Signals
    -------
    drawn(object)
        The Box in image pixels, when the mouse lets go.
    given_up()
        Escape, or a click that drew nothing.
    """

    drawn = Signal(object)

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._item = _Outline()
        self._start: QPointF | None = None
        view.scene().addItem(self._item)

    def switch(self, on: bool) -> None:
        """Let the mouse draw, or take the box away."""
        super().switch(on)
        self._start = None
        self._item.setVisible(False)
        self._view.viewport().update()

    def _mouse(self, event: QMouseEvent) -> bool:
        here = self._view.mapToScene(event.position().toPoint())
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._start = here
        elif event.type() == QEvent.Type.MouseMove and self._start is not None:
            self._item.set_rect(QRectF(self._start, here).normalized())
            self._item.setVisible(True)
            self._view.viewport().update()
        elif event.type() == QEvent.Type.MouseButtonRelease and self._start is not None:
            rect, self._start = QRectF(self._start, here).normalized(), None
            self._on = False
            self._set_cursor(Qt.CursorShape.ArrowCursor)
            if min(rect.width(), rect.height()) < 1:
                self.given_up.emit()
            else:
                box = rect.toAlignedRect()
                self.drawn.emit(Box(box.x(), box.y(), box.width(), box.height()))
        else:
            return event.type() != QEvent.Type.MouseMove
        return True
