"""How a line to another system is: encrypted, or in the clear because somebody chose so."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.domain.lines import Line
from leukoscope.gui.widgets.buttons import PushButton, Segmented
from leukoscope.gui.widgets.text import label, show_outcome

ENCRYPTED, CLEAR = "encrypted", "clear"


class LineChoice(QWidget):
    """Two choices and a sentence that says how the line is now; hidden while there is no address.

    Signals
    -------
    chosen(bool)
        Whether the line is to be encrypted.
    try_wanted(), stop_wanted()
        Ask the other side whether it is there; wait no longer for its answer.
    """

    chosen = Signal(bool)
    try_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = Segmented(name)
        self.choice.set_choices([(ENCRYPTED, self.tr("Encrypted (TLS)")), (CLEAR, self.tr("In the clear"))])
        self.choice.chosen.connect(lambda key: self.chosen.emit(key == ENCRYPTED))
        self.said = label("", "small", wrap=True)
        asked = self.tr("In the clear, as an earlier version left it: encrypt or confirm it.")
        self.asked = label(asked, "wrong", wrap=True)
        self.test, self.stop = PushButton(self.tr("Test the connection")), PushButton(self.tr("Stop"), "flat", "stop")
        self.test.clicked.connect(self.try_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        self.answer, self.wrong = label("", wrap=True), label("", "wrong", wrap=True)
        row = QHBoxLayout()
        row.addWidget(self.test)
        row.addWidget(self.stop)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.choice, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.asked)
        column.addWidget(self.said)
        column.addLayout(row)
        column.addWidget(self.answer)
        column.addWidget(self.wrong)
        self.say("")

    def show_asking(self) -> None:
        """The other side is being asked."""
        self.say(self.tr("Asking…"))
        self.test.setEnabled(False)
        self.stop.show()

    def say(self, sentence: str, *, wrong: bool = False) -> None:
        """Say what it answered; empty takes it away."""
        self.test.setEnabled(True)
        self.stop.hide()
        show_outcome(self.answer, self.wrong, sentence, is_wrong=wrong)

    def show_line(self, line: Line) -> None:
        """Show how the line is."""
        self.choice.choose({Line.ENCRYPTED: ENCRYPTED}.get(line, CLEAR))
        self.choice.setVisible(line is not Line.LOCAL)
        self.said.setText(
            {
                Line.ENCRYPTED: self.tr("The other side’s certificate and name are checked."),
                Line.PLAIN: self.tr("In the clear by choice: whoever is on the network can read it."),
                Line.LOCAL: self.tr("This line does not leave this computer."),
            }.get(line, "")
        )
        self.said.setVisible(line is not Line.UNCONFIRMED)
        self.asked.setVisible(line is Line.UNCONFIRMED)
        self.setVisible(line is not Line.NONE)
