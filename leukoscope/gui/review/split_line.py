"""The line by which a person parts a cell that is two."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

from leukoscope.domain.cells import Box
from leukoscope.gui.review.canvas_tool import CanvasTool
from leukoscope.gui.review.ruler import RulerLine

TURN = 5.0
"""Degrees that Shift and an arrow key turn the line by."""
SHORTEST = 5.0
"""A shorter stroke, in pixels of the screen, is a slip of the hand."""


class SplitLine(CanvasTool):
    """Lets a person put a line across a cell while it is on; it begins across the middle of its box.

    Signals
    -------
    drawn(object)
        Its two ends (x, y) in image pixels, when the mouse lets go or Enter is pressed.
    """

    drawn = Signal(object)

    def __init__(self, view: QGraphicsView) -> None:
        self._shown = RulerLine()
        super().__init__(view, self._shown)
        self._before: QLineF | None = None

    def begin(self, box: Box) -> None:
        """Part the cell in a box."""
        self._before = None
        self._shown.set_line(middle_line(box))
        self.switch(True)

    def _press(self, here: QPointF) -> bool:
        self._before = self._shown.line
        self._shown.set_line(QLineF(here, here))
        return True

    def _move(self, here: QPointF, _held: bool) -> bool:
        if self._before is not None:
            self._shown.set_line(QLineF(self._shown.line.p1(), here))
        return True

    def _release(self, _here: QPointF) -> bool:
        before, self._before = self._before, None
        if before is not None and self._shown.line.length() * self._view.transform().m11() < SHORTEST:
            self._shown.set_line(before)
        elif before is not None:
            self._accept()
        return True

    def _nudge(self, right: int, down: int, step: float, shift: bool) -> None:
        line = self._shown.line
        if shift:
            middle = line.center()
            turn = QTransform().translate(middle.x(), middle.y()).rotate(TURN * (right or down))
            self._shown.set_line(turn.translate(-middle.x(), -middle.y()).map(line))
        else:
            self._shown.set_line(line.translated(right * step, down * step))

    def _accept(self) -> None:
        self._on = False
        line = self._shown.line
        self.drawn.emit(((line.x1(), line.y1()), (line.x2(), line.y2())))


def middle_line(box: Box) -> QLineF:
    """Across the middle of a box, the short way, and a little beyond it."""
    x, y = box.center
    if box.width >= box.height:
        return QLineF(x, box.y - box.height * 0.1, x, box.y + box.height * 1.1)
    return QLineF(box.x - box.width * 0.1, y, box.x + box.width * 1.1, y)
