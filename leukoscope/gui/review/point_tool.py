"""A place on the image that a person clicks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from leukoscope.gui.review.mouse_tool import MouseTool


class PointTool(MouseTool):
    """Takes the next click on a view while it is on.

    Signals
    -------
    chosen(QPointF)
        The place in image pixels.
    """

    chosen = Signal(QPointF)

    def _mouse(self, event: QMouseEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._view.mapToScene(event.position().toPoint()))
        return True
