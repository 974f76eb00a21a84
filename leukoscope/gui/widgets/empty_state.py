"""An empty page is an invitation: what to do first, one big button, or drop images here."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from leukoscope.gui.icons import icon
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label


class EmptyState(QWidget):
    """A picture, a title, a sentence and one big button in the middle of a page."""

    clicked = Signal()

    def __init__(self, icon_name: str, title: str, text: str, button: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        self._sign = QLabel()
        self._title = label(title, "title", wrap=True)
        self._text = label(text, "muted", wrap=True)
        self._button = PushButton(button, "primary")
        self._button.setMinimumHeight(44)
        self._button.setVisible(bool(button))
        self._button.clicked.connect(self.clicked)
        middle = Qt.AlignmentFlag.AlignHCenter
        for one in (self._title, self._text):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
            one.setMaximumWidth(480)
        column.addStretch(3)
        column.addWidget(self._sign, 0, middle)
        for one in (self._title, self._text):
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(one, 100)
            row.addStretch(1)
            column.addLayout(row)
        column.addSpacing(8)
        column.addWidget(self._button, 0, middle)
        column.addStretch(4)
        self._draw()
        appearance().changed.connect(self._draw)

    def set_words(self, title: str, text: str, button: str = "") -> None:
        """Say something else."""
        self._title.setText(title)
        self._text.setText(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))

    @property
    def sentence(self) -> str:
        """What it says below the title."""
        return self._text.text()

    @property
    def button(self) -> PushButton:
        """The big button."""
        return self._button

    def _draw(self) -> None:
        picture = icon(self._icon_name, token="muted", side=48)
        self._sign.setPixmap(picture.pixmap(QSize(48, 48), self.devicePixelRatioF()))


class Waiting(QWidget):
    """What stands in a place until the first answer is there: an invitation to begin might be untrue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.addWidget(label(self.tr("One moment, this is being read."), "muted"), 0, Qt.AlignmentFlag.AlignCenter)
