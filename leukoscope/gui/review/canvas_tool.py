"""What the tools that change a cell on the canvas have in common: mouse, arrow keys, Enter and Escape while on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView

from leukoscope.gui.review.mouse_tool import MouseTool

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
STEP = 2.0
"""An arrow key goes so far, in pixels of the screen, and at least one of the image."""


class CanvasTool(MouseTool):
    """Takes mouse and keys of the canvas while it is on; what it draws stays until it is switched off.

    Parameters
    ----------
    view
        The canvas.
    item
        What the tool draws on it.
    """

    def __init__(self, view: QGraphicsView, item: QGraphicsItem) -> None:
        super().__init__(view)
        self._item = item
        item.setVisible(False)
        view.scene().addItem(item)

    def switch(self, on: bool) -> None:
        """Show it and give it mouse and keys, or take it away."""
        super().switch(on)
        self._item.setVisible(on)
        self._set_cursor(Qt.CursorShape.ArrowCursor)
        self._view.viewport().update()

    def _keyed(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key not in ARROWS and key not in ENTER and key != Qt.Key.Key_Escape:
            return False
        # Also where it is asked whether it is the key of an action: it is not, while the tool is on.
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            if key == Qt.Key.Key_Escape:
                self.given_up.emit()
            elif key in ENTER:
                self._accept()
            else:
                step = max(STEP / max(self._view.transform().m11(), 1e-6), 1.0)
                self._nudge(*ARROWS[key], step, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                self._view.viewport().update()
        return True

    def _mouse(self, event: QMouseEvent) -> bool:
        here = self._view.mapToScene(event.position().toPoint())
        kind, left = event.type(), event.button() == Qt.MouseButton.LeftButton
        taken = False
        if kind == QEvent.Type.MouseButtonPress and left:
            taken = self._press(here)
        elif kind == QEvent.Type.MouseMove:
            taken = self._move(here, bool(event.buttons()))
        elif kind == QEvent.Type.MouseButtonRelease and left:
            taken = self._release(here)
        if taken:
            self._view.viewport().update()
        return taken

    @property
    def _slack(self) -> float:
        """How far beside a line it can still be held, in pixels of the image."""
        return 8.0 / max(self._view.transform().m11(), 1e-6)

    # What a tool does ------------------------------------------------------------------------------------------

    def _press(self, _here: QPointF) -> bool:
        return False

    def _move(self, _here: QPointF, _held: bool) -> bool:
        return False

    def _release(self, _here: QPointF) -> bool:
        return False

    def _nudge(self, _right: int, _down: int, _step: float, _shift: bool) -> None:
        """An arrow key."""

    def _accept(self) -> None:
        """The Enter key."""
