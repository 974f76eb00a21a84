"""What a person sees while images hang over the window."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from leukoscope.gui import theme


class DropHint(QWidget):
    """A frame around the whole window and one line of words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._window, self._words = parent, ""
        self.hide()

    def enter(self, words: str) -> None:
        """Show it."""
        self._words = words
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()

    @property
    def words(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._words

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 140))
        painter.setPen(QPen(QColor("#ffffff"), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(16, 16, -16, -16), 12, 12)
        painter.setFont(theme.font(theme.TITLE, bold=True))
        # Words on a plate of their own: an empty page says something in the same place.
        plate = QRectF(painter.fontMetrics().boundingRect(self._words)).adjusted(-40, -28, 40, 28)
        plate.moveCenter(QRectF(self.rect()).center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#1b1b1b"))
        painter.drawRoundedRect(plate, 8, 8)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self._words)
