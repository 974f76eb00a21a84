"""Who decides: before the first decision of a day the name is asked for; the status line says it and changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from shiboken6 import isValid

from leukoscope.domain.errors import AccessError
from leukoscope.gui.chrome.name_bar import NameBar
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.session import Session

LOOK_EVERY_MS = 20_000
"""So often the status line looks whether the day is another one."""


@dataclass(frozen=True)
class _Waiting:
    """A decision that waits for a name; a later one with the same key takes its place."""

    decide: Callable[[], object]
    refused: Callable[[], object] | None
    key: object


class DecisionController(Controller):
    """Asks for a name where a decision needs one, and lets the decision go on with it.

    With accounts the person who signed in decides, and nobody is asked.

    Signals
    -------
    person_shown(str, bool)
        Who works here, and whether people sign in.
    lock_wanted()
        Another person wants to sign in.
    """

    person_shown = Signal(str, bool)
    lock_wanted = Signal()

    def __init__(self, session: Session, bar: NameBar) -> None:
        super().__init__(session)
        self.bar = bar
        self._waiting: list[_Waiting] = []
        self._before: QWidget | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.refresh)
        bar.said_name.connect(self._said)
        bar.given_up.connect(self.give_up)

    def handlers(self) -> Handlers:
        """Undo and redo, which are decisions too."""
        return {"undo": self.undo, "redo": self.redo}

    def refine(self, actions: Actions) -> None:
        """Say what would be undone and done again."""
        stack = self._undo_stack
        actions["undo"].setEnabled(stack.canUndo())
        actions["redo"].setEnabled(stack.canRedo())
        actions["undo"].setText(_with_name(self.tr("Undo"), stack.undoText()))
        actions["redo"].setText(_with_name(self.tr("Redo"), stack.redoText()))

    def start(self) -> None:
        """The workbench is open."""
        self._timer.start(LOOK_EVERY_MS)
        self.refresh()

    @property
    def waiting(self) -> int:
        """How many decisions wait for a name."""
        return len(self._waiting)

    def decides(
        self, decide: Callable[[], object], refused: Callable[[], object] | None = None, key: object = None
    ) -> None:
        """Do what a person has decided, as soon as their name is known.

        Parameters
        ----------
        decide
            Does it.
        refused
            Brings the window back to what is kept when the person gives up.
        key
            Of a field that is being typed in: a later text takes an earlier one's place.
        """
        if not self._session.is_open or not self._session.operator.needs_name:
            decide()
            return
        self._waiting = [one for one in self._waiting if key is None or one.key != key]
        self._waiting.append(_Waiting(decide, refused, key))
        if not self.bar.isVisible():
            self._ask(self.tr("Who decides? Your name stands beside it, on the report and in the audit trail."))
        elif key is None:
            self.bar.focus_name()

    def push(self, command: QUndoCommand, sentence: str = "", *, offers_undo: bool = True) -> None:
        """Do a command that can be undone, as soon as a name is known; then say the sentence."""

        def do() -> None:
            self._undo_stack.push(command)
            if sentence:
                self.tell_done(sentence, offers_undo=offers_undo)

        self.decides(do)

    def tell_done(self, sentence: str, *, offers_undo: bool = True) -> None:
        """Say that something was done, with a button that takes it back."""
        if offers_undo:
            self._messages.tell(sentence, self.tr("Undo"), self.undo)
        else:
            self._messages.tell(sentence)

    def change(self) -> None:
        """Another person takes the place: asks for a name, or for a password where people sign in."""
        if not self._session.is_open:
            return
        if self._session.operator.rules.accounts:
            self.lock_wanted.emit()
        elif self.bar.isVisible() and not self._waiting:
            self.give_up()
        else:
            self._ask(self.tr("Who works here from now on? It holds until midnight."), typing_goes_on=False)

    def _ask(self, sentence: str, *, typing_goes_on: bool = True) -> None:
        settings = self._session.settings
        focused = QApplication.focusWidget()
        typing = typing_goes_on and isinstance(focused, QLineEdit | QPlainTextEdit) and focused.hasFocus()
        self._before = focused
        names = settings.people
        self.bar.ask(sentence, names, names[0] if names else settings.operator, take_keys=not typing)

    def _said(self, name: str) -> None:
        try:
            self._session.operator.say_name(name)
        except AccessError as error:
            self.bar.say_wrong(error.message)
            self.bar.focus_name()
            return
        waiting, self._waiting = self._waiting, []
        self._leave()
        self._session.settings_changed.emit()
        self.refresh()
        for one in waiting:
            one.decide()

    def undo(self) -> None:
        """Take the last step back, which is a decision too."""
        self.decides(self._undo_stack.undo)

    def redo(self) -> None:
        """Do the step again, which is a decision too."""
        self.decides(self._undo_stack.redo)

    def give_up(self) -> None:
        """Nobody says a name: nothing is decided."""
        waiting, self._waiting = self._waiting, []
        self._leave()
        for one in waiting:
            if one.refused is not None:
                one.refused()
        if waiting:
            self._messages.tell(self.tr("Nothing was changed: a decision needs the name of who decides."))

    def _leave(self) -> None:
        before, self._before = self._before, None
        focused = QApplication.focusWidget()
        had_keys = focused is not None and self.bar.isAncestorOf(focused)
        self.bar.hide()
        if not had_keys:
            return
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        else:
            self._navigation.focus()

    def refuses_to_close(self) -> bool:
        """Say that something typed waits for a name; whether it does."""
        if not self._waiting:
            return False
        self.bar.show()
        self.bar.focus_name()
        self._messages.warn(
            self.tr("What you changed waits for your name. Write it, or press Escape to leave it unchanged.")
        )
        return True

    def refresh(self) -> None:
        """Say in the status line who works here."""
        if self._session.is_open:
            operator = self._session.operator
            self.person_shown.emit(operator.name, operator.rules.accounts)


def _with_name(word: str, name: str) -> str:
    return f"{word}: {name}" if name else word
