"""A figure of the shipped models above the same figure with the profile, each with its interval, on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from leukoscope.gui.theme import current

if TYPE_CHECKING:
    from leukoscope.workflow.site.proof_facts import ProofFigure

RADIUS = 4.0


class IntervalPlot(QWidget):
    """Two marks with their intervals between 0 and 1: hollow as shipped, filled with the profile."""

    def __init__(self, shipped: ProofFigure, taught: ProofFigure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures = shipped, taught
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(100)
        # The table beside it says the same in figures.
        self.setAccessibleName(self.tr("Drawing of the two figures"))

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(240, 26)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the axis and both marks."""
        painter, look = QPainter(self), current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, width = RADIUS + 2, self.width() - 2 * RADIUS - 4
        painter.setPen(QPen(look.color("line"), 1))
        for place in (0.0, 0.25, 0.5, 0.75, 1.0):
            x = left + place * width
            painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 2))
        for row, (one, token) in enumerate(zip(self._figures, ("muted", "text"), strict=True)):
            if one.value is None:
                continue
            y = self.height() * (0.3 + 0.4 * row)
            color = QColor(look.color(token))
            if one.low is not None and one.high is not None:
                painter.setPen(QPen(color, 2.5, c=Qt.PenCapStyle.RoundCap))
                painter.drawLine(QPointF(left + one.low * width, y), QPointF(left + one.high * width, y))
            painter.setPen(QPen(color, 1.5))
            painter.setBrush(look.color("surface") if row == 0 else color)
            middle = QPointF(left + min(1.0, max(0.0, one.value)) * width, y)
            corner = QPointF(RADIUS, RADIUS)
            painter.drawEllipse(QRectF(middle - corner, middle + corner))
        painter.end()
