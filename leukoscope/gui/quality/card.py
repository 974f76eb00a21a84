"""A step of the page: a card with a heading, a sentence what it is for, a message, and room for more."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.text import label


class Card(QFrame):
    """What all steps have."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.message = MessageBar()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 16, 24, 20)
        self.column.setSpacing(12)

    def begin(self, title: str, about: str) -> None:
        """Begin with a heading and a sentence; the message stands below."""
        self.column.addWidget(label(title, "heading", wrap=True))
        self.column.addWidget(label(about, "muted", wrap=True))
        self.column.addWidget(self.message)

    def add_row(self, *widgets: QWidget) -> None:
        """Widgets beside each other, from the left."""
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        row.addStretch(1)
        self.column.addLayout(row)


class WorkBar(QWidget):
    """How far something is, in words and as a bar, and how to stop it; hidden while nothing is under way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step, self.bar = label("", "muted", wrap=True), QProgressBar()
        self.stop = PushButton(self.tr("Stop"), "", "stop")
        self.bar.setTextVisible(False)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.step, 1)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.bar)
        column.addLayout(row)
        self.hide()

    def begin(self, text: str) -> None:
        """Something is under way."""
        self.stop.setEnabled(True)
        self.show_step(text, 0, 0)
        self.show()
        # What was pressed can be pressed no longer: the keyboard stays here.
        self.stop.setFocus()

    def show_step(self, text: str, done: int, total: int) -> None:
        """Say where it is; the bar runs to and fro while ``total`` is 0."""
        self.step.setText(text)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.setAccessibleName(text)

    def stopping(self) -> None:
        """A person has asked for its end."""
        self.stop.setEnabled(False)
        self.show_step(self.tr("Stopping"), 0, 0)
