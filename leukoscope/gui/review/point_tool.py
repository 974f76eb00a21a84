"""A place on the image that a person clicks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGraphicsView


class PointTool(QObject):
    """Takes the next click on a view while it is on.

    Signals
    -------
    chosen(QPointF)
        The place in image pixels.
    given_up()
        Escape.
    """

    chosen = Signal(QPointF)
    given_up = Signal()

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view, self._on = view, False
        view.viewport().installEventFilter(self)
        view.installEventFilter(self)

    @property
    def on(self) -> bool:
        """Whether the mouse chooses."""
        return self._on

    def switch(self, on: bool) -> None:
        """Let the next click choose, or not."""
        self._on = on
        self._view.viewport().setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the left button and Escape while on."""
        if not self._on:
            return super().eventFilter(watched, event)
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.given_up.emit()
            event.accept()
            return True
        if isinstance(event, QMouseEvent) and watched is self._view.viewport():
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self.chosen.emit(self._view.mapToScene(event.position().toPoint()))
            return True
        return super().eventFilter(watched, event)
