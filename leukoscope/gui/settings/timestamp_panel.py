"""The timestamp authority in the settings: its address, its certificates, and how a try went."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label, show_outcome

LONGEST_ADDRESS, LONGEST_PATH = 500, 4000


class TimestampPanel(QWidget):
    """Off while there is no address.

    Signals
    -------
    address_written(str), trusted_written(str)
        What somebody wrote into a field.
    file_wanted()
        Choose the file of certificates.
    try_wanted()
        Have the trail stamped now.
    """

    address_written = Signal(str)
    trusted_written = Signal(str)
    file_wanted = Signal()
    try_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = self._field(self.tr("Timestamp authority"), "http://tsa.example/", LONGEST_ADDRESS)
        self.trusted = self._field(self.tr("Its certificates"), self.tr("PEM file of the authority"), LONGEST_PATH)
        self.address.editingFinished.connect(lambda: self.address_written.emit(self.address.text().strip()))
        self.trusted.editingFinished.connect(lambda: self.trusted_written.emit(self.trusted.text().strip()))
        self.choose = PushButton(self.tr("Choose file…"), "", "open")
        self.choose.clicked.connect(self.file_wanted)
        self.state = label("", "small", wrap=True)
        self.try_it = PushButton(self.tr("Try it"))
        self.try_it.clicked.connect(self.try_wanted)
        self.answer, self.wrong = label("", wrap=True), label("", "wrong", wrap=True)
        self._asking = False
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for row, edit in enumerate((self.address, self.trusted)):
            caption = label(edit.accessibleName())
            caption.setBuddy(edit)
            grid.addWidget(caption, row, 0)
            grid.addWidget(edit, row, 1)
        grid.addWidget(self.try_it, 0, 2)
        grid.addWidget(self.choose, 1, 2)
        grid.addWidget(self.answer, 2, 1, 1, 2)
        grid.addWidget(self.wrong, 3, 1, 1, 2)
        grid.addWidget(self.state, 4, 1, 1, 2)
        self.say("")

    @staticmethod
    def _field(name: str, hint: str, longest: int) -> QLineEdit:
        edit = QLineEdit()
        edit.setAccessibleName(name)
        edit.setPlaceholderText(hint)
        edit.setMaxLength(longest)
        return edit

    def show_authority(self, address: str, trusted: str) -> None:
        """Show what is set."""
        for edit, text in ((self.address, address), (self.trusted, trusted)):
            if edit.text().strip() != text:
                edit.setText(text)
            edit.setModified(False)
        off = self.tr("Off: nobody else says when the audit trail was as it is.")
        on = self.tr("Each day the end of the audit trail is stamped there. Only a hash of it leaves this computer.")
        self.state.setText(on if address else off)
        self._allow()

    def save_fields(self) -> None:
        """Tell what is being written."""
        for edit, signal in ((self.address, self.address_written), (self.trusted, self.trusted_written)):
            if edit.isModified():
                signal.emit(edit.text().strip())

    def say(self, sentence: str, *, wrong: bool = False) -> None:
        """Say how something went; empty takes it away."""
        self._asking = False
        show_outcome(self.answer, self.wrong, sentence, is_wrong=wrong)
        self._allow()

    def show_asking(self) -> None:
        """The authority is being asked."""
        self.say(self.tr("Asking the authority…"))
        self._asking = True
        self._allow()

    def _allow(self) -> None:
        self.try_it.setEnabled(bool(self.address.text().strip()) and not self._asking)
