"""The window wants to close and something is not written yet: say so, wait, and let a person decide."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from leukoscope.gui.sheets.overlay import Sheet
from leukoscope.gui.widgets.buttons import IconButton, PushButton
from leukoscope.gui.widgets.text import label

CARD_WIDTH = 480


class SavingSheet(Sheet):
    """Covers the window while its last changes are written.

    Signals
    -------
    stay_wanted()
        Do not close.
    leave_wanted()
        Close without what is not written.
    """

    stay_wanted = Signal()
    leave_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(self.tr("Saving …"), parent)
        self.card.setFixedWidth(CARD_WIDTH)
        self.column.setContentsMargins(24, 16, 24, 24)
        for button in self.findChildren(IconButton):
            button.hide()
        self.words = label("", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Saving …"))
        hint = label(
            self.tr("The window closes by itself as soon as this is done. Without saving, these changes are lost."),
            "muted",
            wrap=True,
        )
        self.without = PushButton(self.tr("Close without saving"), "flat")
        self.without.clicked.connect(self.leave_wanted)
        self.keep = PushButton(self.tr("Keep the window open"), "primary")
        self.keep.clicked.connect(self.stay_wanted)
        row = QHBoxLayout()
        row.addWidget(self.without)
        row.addStretch(1)
        row.addWidget(self.keep)
        for widget in (self.words, self._bar, hint):
            self.column.addWidget(widget)
        self.column.addLayout(row)

    def ask(self, left: int) -> None:
        """Cover the window."""
        self.show_left(left)
        self.enter()
        self.keep.setFocus()

    def show_left(self, left: int) -> None:
        """Say how much is not written yet."""
        one = self.tr("1 change is being written.")
        self.words.setText(one if left == 1 else self.tr("{0} changes are being written.").format(left))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys go no further than this sheet; Escape decides nothing."""
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Clicks go no further than this sheet."""
        event.accept()
