"""Backup, check and restore in the settings: what is under way, how to stop it, and what came of it in a sentence."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.gui.quality.card import WorkBar
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label, show_outcome


class MaintenancePanel(QWidget):
    """Three buttons, of which one works at a time.

    Signals
    -------
    backup_wanted(), check_wanted(), restore_wanted()
        Write a backup, check what is kept, look at a backup that shall be put back.
    put_back_wanted(), left()
        What the sentence tells shall be done; or not.
    stop_wanted()
        End what is under way.
    """

    backup_wanted = Signal()
    check_wanted = Signal()
    restore_wanted = Signal()
    put_back_wanted = Signal()
    left = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.backup = PushButton(self.tr("Write a backup…"), "", "folder")
        self.check = PushButton(self.tr("Check what is kept"), "", "verify")
        self.restore = PushButton(self.tr("Put a backup back…"), "", "import")
        self.put_back = PushButton(self.tr("Put it back"), "primary")
        self.leave = PushButton(self.tr("Leave it"))
        self.work = WorkBar()
        self.answer, self.wrong = label("", wrap=True), label("", "wrong", wrap=True)
        for button, signal in (
            (self.backup, self.backup_wanted),
            (self.check, self.check_wanted),
            (self.restore, self.restore_wanted),
            (self.put_back, self.put_back_wanted),
            (self.leave, self.left),
        ):
            button.clicked.connect(signal)
        self.work.stop.clicked.connect(self.stop_wanted)
        about = self.tr("All cases, images and imported models in one file, read back before it counts.")
        self._lay_out(label(about, "small", wrap=True))
        self.say("")

    def _lay_out(self, about: QWidget) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, buttons in ((first, (self.backup, self.check, self.restore)), (second, (self.put_back, self.leave))):
            row.setSpacing(8)
            for button in buttons:
                row.addWidget(button)
            row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(first)
        for part in (about, self.work, self.answer, self.wrong):
            column.addWidget(part)
        column.addLayout(second)

    def begin(self, text: str) -> None:
        """Something is under way."""
        self.say("")
        self._allow(False)
        self.work.begin(text)

    def show_step(self, text: str, done: int, total: int) -> None:
        """How far it is."""
        if self.work.isVisible() and self.work.stop.isEnabled():
            self.work.show_step(text, done, total)

    def say(self, sentence: str, *, wrong: bool = False, asks: bool = False) -> None:
        """Say what came of it; with ``asks`` it is put back only when a person says so."""
        self.work.hide()
        self._allow(True)
        show_outcome(self.answer, self.wrong, sentence, is_wrong=wrong)
        for button in (self.put_back, self.leave):
            button.setVisible(asks)

    def _allow(self, on: bool) -> None:
        for button in (self.backup, self.check, self.restore):
            button.setEnabled(on)
