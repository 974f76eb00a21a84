"""A probability as a bar from healthy to leukemic, with the band drawn in where the program is unsure."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from leukoscope.domain.findings import Label, Thresholds
from leukoscope.gui import verdicts
from leukoscope.gui.theme import current


class ProbabilityBar(QWidget):
    """Healthy on the left, leukemic on the right, the unsure band hatched between, a marker where the figure is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._probability: float | None = None
        self._band = Thresholds(0.5, 0.5)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(80)

    def set_value(self, probability: float | None, band: Thresholds) -> None:
        """Show a probability (0..1) and its band."""
        self._probability, self._band = probability, band
        if probability is not None:
            text = self.tr("Probability of leukemic {0}; unsure between {1} and {2}").format(
                verdicts.figure(probability), f"{band.low:.2f}", f"{band.high:.2f}"
            )
            self.setToolTip(text)
            self.setAccessibleName(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(160, 16)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the three zones and the marker."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = current()
        track = QRectF(6, self.height() / 2 - 3, self.width() - 12, 6)
        low, high = (track.left() + track.width() * x for x in (self._band.low, self._band.high))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("line"))
        painter.drawRoundedRect(track, 3, 3)
        if high > low:
            zone = QRectF(low, track.top() - 2, high - low, track.height() + 4)
            faint = QColor(verdicts.color(Label.UNSURE))
            faint.setAlphaF(0.32)
            painter.setBrush(faint)
            painter.drawRect(zone)
            painter.setPen(QPen(verdicts.color(Label.UNSURE), 1))
            painter.drawLine(QPointF(low, zone.top()), QPointF(low, zone.bottom()))
            painter.drawLine(QPointF(high, zone.top()), QPointF(high, zone.bottom()))
        if self._probability is None:
            return
        x = track.left() + track.width() * self._probability
        painter.setPen(QPen(look.color("surface"), 2))
        painter.setBrush(look.color("text"))
        painter.drawRoundedRect(QRectF(x - 3.5, self.height() / 2 - 8, 7, 16), 3, 3)
