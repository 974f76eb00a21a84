"""Beside the live picture: how sharp it is against the best so far, and how its light is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from leukoscope.gui.theme import current

if TYPE_CHECKING:
    from leukoscope.imaging.live import LiveFigures

WORTH_SAYING = 0.01
"""A part of clipped samples that is worth a word."""
GLASS = 0.9
"""Part of green samples below which the empty glass is looked for."""
DIM = 60
"""Percent of white; below it the stain has too few steps."""
CHANNELS = (QColor("#D55E00"), QColor("#009E73"), QColor("#0072B2"))
NEAR = 0.9
"""From this part of the best on, the picture counts as sharp."""


class FocusMeter(QWidget):
    """A bar with a mark at the best that was seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = self.best = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("Turn the fine focus until the bar is longest; the line marks the best so far"))
        self._name()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(220, 14)

    def show_value(self, sharpness: float) -> None:
        """Show how sharp the picture is."""
        self.value, self.best = sharpness, max(self.best, sharpness)
        self._name()
        self.update()

    def forget(self) -> None:
        """Another place or objective: the best begins anew."""
        self.value = self.best = 0.0
        self.update()

    @property
    def part(self) -> float:
        """Of the best, 0..1."""
        return self.value / self.best if self.best > 0 else 0.0

    @property
    def sharp(self) -> bool:
        """Whether it is near its best."""
        return self.part >= NEAR

    @property
    def words(self) -> str:
        """How sharp the picture is, and what to do; empty before the first one."""
        if self.best <= 0:
            return ""
        percent = round(100 * self.part)
        if self.sharp:
            return self.tr("Sharp enough: {0} % of the best so far.").format(percent)
        return self.tr("Not sharp: {0} % of the best so far. Turn the fine focus.").format(percent)

    def _name(self) -> None:
        self.setAccessibleName(self.tr("Focus: {0} % of the best").format(round(100 * self.part)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(0, 2, 0, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current().color("line"))
        painter.drawRoundedRect(room, 4, 4)
        if self.best <= 0:
            return
        # The best stands at nine tenths, so that a better one has room.
        filled = QRectF(room)
        filled.setWidth(max(1.0, room.width() * 0.9 * self.part))
        painter.setBrush(current().color("text" if self.sharp else "muted"))
        painter.drawRoundedRect(filled, 4, 4)
        x = room.left() + room.width() * 0.9
        painter.setPen(QPen(current().color("text"), 2))
        painter.drawLine(QPointF(x, room.top() - 2), QPointF(x, room.bottom() + 2))


class Histogram(QWidget):
    """Red, green and blue from dark to bright, with words when something is clipped."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures: LiveFigures | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("How the light is spread; nothing should stand at the very edges"))
        self.setAccessibleName(self.tr("Histogram"))

    def sizeHint(self) -> QSize:
        """Wide enough for 64 bins."""
        return QSize(220, 96)

    def show_figures(self, figures: LiveFigures | None) -> None:
        """Show the light of a picture."""
        self._figures = figures
        self.update()

    @property
    def words(self) -> str:
        """How the light is, and what to do; empty before the first picture."""
        figures = self._figures
        if figures is None:
            return ""
        if figures.bright > WORTH_SAYING:
            return self.tr("Too bright: {0} % is white. Less light or a shorter exposure.").format(
                round(100 * figures.bright)
            )
        if figures.dark > WORTH_SAYING:
            return self.tr("Too dark: {0} % is black. More light or a longer exposure.").format(
                round(100 * figures.dark)
            )
        # The glass between the cells is the brightest that there is much of.
        glass = round(
            100 * (1 + int(np.searchsorted(np.cumsum(figures.histogram[1]), GLASS))) / len(figures.histogram[1])
        )
        if glass < DIM:
            return self.tr("Dim: the glass is at {0} % of white. More light or a longer exposure.").format(glass)
        return self.tr("Light is good: the glass is at {0} % of white.").format(glass)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw one line for each color."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(current().color("line"), 1))
        painter.setBrush(current().color("canvas"))
        painter.drawRoundedRect(room, 4, 4)
        if self._figures is None:
            return
        inner = room.adjusted(4, 6, -4, -4)
        highest = max(float(self._figures.histogram.max()), 1e-9)
        for color, bins in zip(CHANNELS, self._figures.histogram, strict=True):
            points = [
                QPointF(
                    inner.left() + inner.width() * i / (len(bins) - 1),
                    inner.bottom() - inner.height() * (float(part) / highest) ** 0.5,
                )
                for i, part in enumerate(bins)
            ]
            painter.setPen(QPen(color, 1.6))
            painter.drawPolyline(QPolygonF(points))
