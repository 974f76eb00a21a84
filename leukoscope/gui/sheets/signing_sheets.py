"""Sheets in which a person signs in, signs or amends. What is wrong is said on the sheet itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from leukoscope.gui.language import said
from leukoscope.gui.sheets.checklist import Checklist
from leukoscope.gui.sheets.overlay import Sheet
from leukoscope.gui.widgets.buttons import IconButton, PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.signing_checklist import ChecklistLine

CARD_WIDTH, SIGN_WIDTH = 440, 560


class FormSheet(Sheet):
    """A sheet of a few fields and one big button."""

    def __init__(self, title: str, explanation: str, button: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.card.setFixedWidth(CARD_WIDTH)
        self.column.setContentsMargins(24, 16, 24, 24)
        self.column.addWidget(label(explanation, "muted", wrap=True))
        self.case = label("", "heading")
        self.wrong = label("", "wrong", wrap=True)
        self.wrong.hide()
        self.cure = PushButton("", "flat")
        self.cure.hide()
        self.cure.clicked.connect(self._cure_taken)
        self._cure: Callable[[], object] | None = None
        self.go = PushButton(button, "primary")
        self.go.clicked.connect(self.take)

    def line(self, name: str, *, secret: bool = False) -> QLineEdit:
        """Add a line to write in; Enter goes on."""
        edit = QLineEdit()
        edit.setAccessibleName(name)
        if secret:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        edit.returnPressed.connect(self.take)
        caption = label(name, "small")
        caption.setBuddy(edit)
        self.column.addWidget(caption)
        self.column.addWidget(edit)
        edit.setProperty("caption", caption)
        return edit

    def name_case(self, number: str) -> None:
        """Say for which case it is."""
        self.case.setText(self.tr("Case {0}").format(number))

    def finish(self) -> None:
        """Put the last things below the fields."""
        self.column.addWidget(self.wrong)
        row = QHBoxLayout()
        row.addWidget(self.cure)
        row.addStretch(1)
        row.addWidget(self.go)
        self.column.addLayout(row)

    def say(self, sentence: str, cure: str = "", run: Callable[[], object] | None = None) -> None:
        """Say what is wrong, with one thing to do about it."""
        self.go.setEnabled(True)
        self.wrong.setText(said(sentence))
        self.wrong.setVisible(bool(sentence))
        self.cure.setText(cure)
        self.cure.setVisible(bool(cure))
        self._cure = run

    def take(self) -> None:
        """A person has written everything."""
        raise TypeError("each form takes its own fields")

    def _cure_taken(self) -> None:
        self.leave()
        if self._cure is not None:
            self._cure()


class SignSheet(FormSheet):
    """Name or password, and what the signature means.

    Signals
    -------
    wanted(str, str, str)
        Name, meaning, password.
    look_wanted(object)
        A line of the checklist that a person wants to look into; the sheet is left.
    """

    wanted = Signal(str, str, str)
    look_wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Sign the case"),
            self.tr("The report is kept as you sign it, and the case is read-only from then on."),
            self.tr("Sign"),
            parent,
        )
        self.card.setFixedWidth(SIGN_WIDTH)
        self.column.addWidget(self.case)
        self.checklist = Checklist()
        self.checklist.wanted.connect(self._look)
        self.column.addWidget(self.checklist)
        self.who = label("", "heading")
        self.column.addWidget(self.who)
        self.name = self.line(self.tr("Your name"))
        self.meaning = self.line(self.tr("What your signature means"))
        self.password = self.line(self.tr("Your password"), secret=True)
        self.finish()

    def ask(self, name: str, accounts: bool, number: str) -> None:
        """Show it for a person and a case."""
        self.say("")
        self.name_case(number)
        self.checklist.clear()
        self.who.setText(name)
        self.who.setVisible(accounts)
        self.name.setText(name)
        self.meaning.setText(self.tr("Reviewed and released"))
        self.password.clear()
        for edit, shown in ((self.name, not accounts), (self.password, accounts)):
            edit.setVisible(shown)
            edit.property("caption").setVisible(shown)
        self.enter()
        (self.password if accounts else self.name).setFocus()

    def show_checklist(self, lines: tuple[ChecklistLine, ...]) -> None:
        """Say how the case stands."""
        self.checklist.show_lines(lines)

    def _look(self, line: ChecklistLine) -> None:
        self.leave()
        self.look_wanted.emit(line)

    def take(self) -> None:
        """Sign."""
        if self.go.isEnabled():
            self.go.setEnabled(False)
            self.wanted.emit(self.name.text(), self.meaning.text(), self.password.text())
            self.password.clear()


class AmendSheet(FormSheet):
    """Why a signed case is changed.

    Signals
    -------
    wanted(str)
        The reason.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Amend the signed case"),
            self.tr("The signed report stays. Your reason stands on the next one, which must be signed again."),
            self.tr("Amend"),
            parent,
        )
        self.column.addWidget(self.case)
        self.reason = QPlainTextEdit()
        self.reason.setAccessibleName(self.tr("Reason"))
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(96)
        self.column.addWidget(label(self.tr("Reason"), "small"))
        self.column.addWidget(self.reason)
        self.finish()

    def ask(self, number: str) -> None:
        """Show it for a case."""
        self.say("")
        self.name_case(number)
        self.reason.clear()
        self.enter()
        self.reason.setFocus()

    def take(self) -> None:
        """Amend."""
        self.go.setEnabled(False)
        self.wanted.emit(self.reason.toPlainText())


class SignInSheet(FormSheet):
    """Name and password before anything is shown; it cannot be left otherwise.

    Signals
    -------
    wanted(str, str)
        Name and password.
    """

    wanted = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Sign in"),
            self.tr("This workstation is locked; work goes on behind it."),
            self.tr("Sign in"),
            parent,
        )
        self.closed_to_all = False
        for button in self.findChildren(IconButton):
            button.hide()
        self.name = self.line(self.tr("Your name"))
        self.password = self.line(self.tr("Your password"), secret=True)
        self.finish()

    def ask(self, name: str) -> None:
        """Cover the window until somebody signs in."""
        self.closed_to_all = True
        self.say("")
        self.name.setText(name)
        self.password.clear()
        self.enter()
        (self.password if name else self.name).setFocus()

    def open(self) -> None:
        """Somebody signed in."""
        self.closed_to_all = False
        self.leave()

    def leave(self) -> None:
        """Only who signs in leaves."""
        if not self.closed_to_all:
            super().leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys go no further than this sheet."""
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Clicks go no further than this sheet."""
        event.accept()

    def take(self) -> None:
        """Sign in."""
        self.go.setEnabled(False)
        self.wanted.emit(self.name.text(), self.password.text())
        self.password.clear()
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)
