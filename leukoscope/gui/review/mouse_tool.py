"""What all tools on the canvas have in common: they take its mouse, and Escape, while they are on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGraphicsView


class MouseTool(QObject):
    """Has mouse and keys of a canvas while it is on; the canvas pans again when it is off.

    Parameters
    ----------
    view
        The canvas.

    Signals
    -------
    given_up()
        Escape.
    """

    given_up = Signal()

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view, self._on = view, False
        view.viewport().installEventFilter(self)
        view.installEventFilter(self)

    @property
    def on(self) -> bool:
        """Whether it has mouse and keys."""
        return self._on

    def switch(self, on: bool) -> None:
        """Give it mouse and keys, or take them away."""
        self._on = on
        self._set_cursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what the tool needs while on; the rest belongs to the canvas."""
        if self._on and isinstance(event, QKeyEvent):
            return self._keyed(event)
        if self._on and isinstance(event, QMouseEvent) and watched is self._view.viewport():
            return self._mouse(event)
        return super().eventFilter(watched, event)

    def _set_cursor(self, shape: Qt.CursorShape) -> None:
        self._view.viewport().setCursor(shape)

    # What a tool does; returns whether the event is its own -------------------------------------------------------

    def _keyed(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Escape:
            return False
        if event.type() == QEvent.Type.KeyPress:
            self.given_up.emit()
        event.accept()
        return True

    def _mouse(self, _event: QMouseEvent) -> bool:
        return False
