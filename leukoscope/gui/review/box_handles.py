"""The box of a cell with handles, by which a person moves and resizes it on the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from leukoscope.domain.box_edits import GRIPS, INSIDE, Grip, changed, grip_at, grip_point
from leukoscope.domain.cells import Box
from leukoscope.gui.review.canvas_tool import CanvasTool

HANDLE = 9.0
"""Side of a handle in pixels of the screen."""
DARK, LIGHT = QColor(18, 18, 18, 215), QColor("#ffffff")
_CURSORS = {
    INSIDE: Qt.CursorShape.SizeAllCursor,
    **dict.fromkeys((Grip(-1, 0), Grip(1, 0)), Qt.CursorShape.SizeHorCursor),
    **dict.fromkeys((Grip(0, -1), Grip(0, 1)), Qt.CursorShape.SizeVerCursor),
    **dict.fromkeys((Grip(-1, -1), Grip(1, 1)), Qt.CursorShape.SizeFDiagCursor),
    **dict.fromkeys((Grip(-1, 1), Grip(1, -1)), Qt.CursorShape.SizeBDiagCursor),
}


class _HeldBox(QGraphicsItem):
    """The box, dashed so that it is not taken for one that is kept, with a handle at each corner and edge."""

    def __init__(self) -> None:
        super().__init__()
        self.box = Box(0, 0, 0, 0)
        self.setZValue(3)

    def set_box(self, box: Box) -> None:
        """Show another box, in image pixels."""
        self.prepareGeometryChange()
        self.box = box

    def boundingRect(self) -> QRectF:
        """The box and a margin for its handles at any zoom."""
        return QRectF(self.box.x, self.box.y, self.box.width, self.box.height).adjusted(-60, -60, 60, 60)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw it in screen pixels, dark below light, so that it is seen on any stain."""
        transform = painter.worldTransform()
        seen = transform.mapRect(QRectF(self.box.x, self.box.y, self.box.width, self.box.height))
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(DARK, 4))
        painter.drawRect(seen)
        painter.setPen(QPen(LIGHT, 2, Qt.PenStyle.DashLine))
        painter.drawRect(seen)
        painter.setPen(QPen(DARK, 1.5))
        painter.setBrush(LIGHT)
        for grip in GRIPS:
            at = transform.map(QPointF(*grip_point(self.box, grip)))
            painter.drawRect(QRectF(at.x() - HANDLE / 2, at.y() - HANDLE / 2, HANDLE, HANDLE))
        painter.restore()


class BoxHandles(CanvasTool):
    """Lets a person move and resize one box while it is on.

    Signals
    -------
    placed(object)
        The new Box in image pixels, when the mouse lets go or Enter is pressed.
    """

    placed = Signal(object)

    def __init__(self, view: QGraphicsView) -> None:
        self._shown = _HeldBox()
        super().__init__(view, self._shown)
        self._first, self._size = Box(0, 0, 0, 0), (0, 0)
        self._grip: Grip | None = None
        self._from, self._start = QPointF(), self._first

    def begin(self, box: Box, size: tuple[int, int]) -> None:
        """Hold a box of an image of this width and height."""
        self._first, self._size, self._grip = box, size, None
        self._shown.set_box(box)
        self.switch(True)

    @property
    def box(self) -> Box:
        """As it stands now."""
        return self._shown.box

    def _press(self, here: QPointF) -> bool:
        self._grip = grip_at(self.box, here.x(), here.y(), self._slack)
        self._from, self._start = here, self.box
        return self._grip is not None

    def _move(self, here: QPointF, held: bool) -> bool:
        if self._grip is not None:
            way = here - self._from
            self._shown.set_box(changed(self._start, self._grip, (way.x(), way.y()), self._size))
            return True
        if held:
            return False
        over = grip_at(self.box, here.x(), here.y(), self._slack)
        self._set_cursor(Qt.CursorShape.ArrowCursor if over is None else _CURSORS[over])
        return True

    def _release(self, _here: QPointF) -> bool:
        held, self._grip = self._grip, None
        if held is not None and self.box != self._start:
            self._accept()
        return held is not None

    def _nudge(self, right: int, down: int, step: float, shift: bool) -> None:
        grip = Grip(abs(right), abs(down)) if shift else INSIDE
        self._shown.set_box(changed(self.box, grip, (right * step, down * step), self._size))

    def _accept(self) -> None:
        self._on = False
        self._set_cursor(Qt.CursorShape.ArrowCursor)
        if self.box == self._first:
            self.given_up.emit()
        else:
            self.placed.emit(self.box)
