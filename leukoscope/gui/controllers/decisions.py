"""Who decides: before the first decision of a day the name is asked for; the status line says it and changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from shiboken6 import isValid

from leukoscope.domain.errors import AccessError
from leukoscope.gui.widgets.name_bar import NameBar

if TYPE_CHECKING:
    from leukoscope.domain.cases import CaseHeader
    from leukoscope.gui.main_window import MainWindow
    from leukoscope.gui.widgets.header_form import HeaderForm

LOOK_EVERY_MS = 20_000
"""So often the status line looks whether the day is another one."""


@dataclass(frozen=True)
class _Waiting:
    """A decision that waits for a name; a later one with the same key takes its place."""

    decide: Callable[[], object]
    refused: Callable[[], object] | None
    key: object


class Who(QObject):
    """Asks for a name where a decision needs one, and lets the decision go on with it.

    With accounts the person who signed in decides, and nobody is asked.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.bar = NameBar()
        self._waiting: list[_Waiting] = []
        self._before: QWidget | None = None
        self._bases: dict[int, CaseHeader] = {}
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self.bar.said_name.connect(self._said)
        self.bar.given_up.connect(self.give_up)

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
        bridge = self._window.bridge
        if not bridge.is_open or not bridge.bench.desk.needs_name:
            decide()
            return
        self._waiting = [one for one in self._waiting if key is None or one.key != key]
        self._waiting.append(_Waiting(decide, refused, key))
        if not self.bar.isVisible():
            self._ask(self.tr("Who decides? Your name stands beside it, on the report and in the audit trail."))
        elif key is None:
            self.bar.focus_name()

    def change(self) -> None:
        """Another person takes the place: asks for a name, or for a password where people sign in."""
        bridge = self._window.bridge
        if not bridge.is_open:
            return
        if bridge.bench.desk.rules.accounts:
            self._window.actions_by_id["lock"].trigger()
        elif self.bar.isVisible() and not self._waiting:
            self.give_up()
        else:
            self._ask(self.tr("Who works here from now on? It holds until midnight."), typing_goes_on=False)

    def _ask(self, sentence: str, *, typing_goes_on: bool = True) -> None:
        settings = self._window.bridge.bench.settings
        focused = QApplication.focusWidget()
        typing = typing_goes_on and isinstance(focused, QLineEdit | QPlainTextEdit) and focused.hasFocus()
        self._before = focused
        names = settings.people
        self.bar.ask(sentence, names, names[0] if names else settings.operator, take_keys=not typing)

    def _said(self, name: str) -> None:
        bench = self._window.bridge.bench
        try:
            bench.desk.say_name(name)
        except AccessError as error:
            self.bar.say_wrong(error.message)
            self.bar.focus_name()
            return
        waiting, self._waiting = self._waiting, []
        self._leave()
        self._window.settings.show_settings(bench.settings)
        self.refresh()
        for one in waiting:
            one.decide()

    def undo(self) -> None:
        """Take the last step back, which is a decision too."""
        self.decides(self._window.undo_stack.undo)

    def redo(self) -> None:
        """Do the step again, which is a decision too."""
        self.decides(self._window.undo_stack.redo)

    def save_header(self, form: HeaderForm, case_id: int, header: CaseHeader) -> None:
        """Keep a header as it was typed; while the name is asked for, what stood there before the first letter stays.

        The keyboard stays in the field.
        """
        base = self._bases.setdefault(case_id, form.base)

        def save() -> None:
            self._bases.pop(case_id, None)
            self._window.case.update_header(case_id, header, base)

        def take_back() -> None:
            self._bases.pop(case_id, None)
            for one in (self._window.case_bar.form, self._window.worklist.form):
                one.take_back(case_id, base)

        self.decides(save, take_back, ("header", case_id))

    def give_up(self) -> None:
        """Nobody says a name: nothing is decided."""
        waiting, self._waiting = self._waiting, []
        self._leave()
        for one in waiting:
            if one.refused is not None:
                one.refused()
        if waiting:
            self._window.message.tell(self.tr("Nothing was changed: a decision needs the name of who decides."))

    def _leave(self) -> None:
        before, self._before = self._before, None
        had_keys = self.bar.isAncestorOf(QApplication.focusWidget() or self._window)
        self.bar.hide()
        if not had_keys:
            return
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        else:
            self._window.focus_page()

    def refuses_to_close(self) -> bool:
        """Say that something typed waits for a name; whether it does."""
        if not self._waiting:
            return False
        self.bar.show()
        self.bar.focus_name()
        self._window.message.warn(
            self.tr("What you changed waits for your name. Write it, or press Escape to leave it unchanged.")
        )
        return True

    def refresh(self) -> None:
        """Say in the status line who works here."""
        bridge = self._window.bridge
        if bridge.is_open:
            desk = bridge.bench.desk
            self._window.status.show_person(desk.name, signs_in=desk.rules.accounts)
