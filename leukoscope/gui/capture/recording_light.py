"""A red dot over the live picture with how long it has been recorded; it moves nothing."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from leukoscope.gui import theme

RED, WHITE, PLATE = QColor("#E5484D"), QColor("#FFFFFF"), QColor(18, 18, 18, 190)
MARGIN = 12


class RecordingLight(QWidget):
    """Floats in the upper left corner of what is recorded; hidden while nothing is.

    Parameters
    ----------
    over
        Shows the picture.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(QSize(104, 28))
        self.move(MARGIN, MARGIN)
        self.words = ""
        self.hide()

    def show_since(self, began: float | None) -> None:
        """Show how long it is since recording began, a moment of the monotonic clock; ``None`` when it does not."""
        if began is not None:
            minutes, seconds = divmod(int(time.monotonic() - began), 60)
            self.words = f"{minutes}:{seconds:02}"
            self.setAccessibleName(self.tr("Recording, {0}").format(self.words))
            self.update()
        if self.isHidden() == (began is not None):
            self.setVisible(began is not None)
            self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw dot and time on a dark plate: the picture below may have any color."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PLATE)
        painter.drawRoundedRect(self.rect(), 6, 6)
        painter.setBrush(RED)
        painter.drawEllipse(QRectF(10, self.height() / 2 - 5, 10, 10))
        painter.setPen(WHITE)
        painter.setFont(theme.font(bold=True))
        painter.drawText(
            QRectF(28, 0, self.width() - 32, self.height()), int(Qt.AlignmentFlag.AlignVCenter), self.words
        )
