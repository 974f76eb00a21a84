"""Signing in, and the lock of the screen: behind it nothing of a patient is seen or reached by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QInputEvent
from PySide6.QtWidgets import QApplication

from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.overlay import Sheet
from leukoscope.gui.sheets.signing_sheets import SignInSheet

TOUCHES = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.MouseMove)


class ScreenLockController(Controller):
    """Covers the window until somebody signs in; work goes on behind it.

    Parameters
    ----------
    session
        What it works on.
    sign_in_sheet
        Asks for name and password.
    others
        Sheets that are left when the screen is locked.

    Signals
    -------
    covered(bool)
        Whether the window's content is hidden.
    permissions_changed()
        Somebody else works here, or may do something else than before.
    signed_in()
        Somebody has signed in, or the rules of accounts have changed.
    """

    covered = Signal(bool)
    permissions_changed = Signal()
    signed_in = Signal()

    def __init__(self, session: Session, sign_in_sheet: SignInSheet, others: Sequence[Sheet]) -> None:
        super().__init__(session)
        self.sign_in_sheet, self._others = sign_in_sheet, others
        self._when_open: list[Callable[[], object]] = []
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self.lock)
        sign_in_sheet.wanted.connect(self._sign_in)
        self._bridge.refused.connect(self._look_whether_open)

    def handlers(self) -> Handlers:
        """Lock."""
        return {"lock": self.lock}

    def refine(self, actions: Actions) -> None:
        """There is a lock where people sign in."""
        is_open = self._session.is_open
        actions["lock"].setEnabled(is_open and self._session.operator.rules.accounts)

    def start(self) -> None:
        """The workbench is open: ask for a password where accounts are on."""
        if not self._session.operator.is_open:
            self._cover("")
        self._rest()

    def rules_changed(self) -> None:
        """Accounts were turned on or off."""
        self._rest()
        self._tell_permissions()
        self.signed_in.emit()

    def lock(self) -> None:
        """Lock the screen; judging goes on behind it."""
        if self._session.is_open:
            operator = self._session.operator
            operator.lock()
            if not operator.is_open:
                self._cover(operator.person.name if operator.person else "")

    def when_open(self, begin: Callable[[], object]) -> None:
        """Do something as soon as somebody may work here: at once, or after the next sign-in."""
        if self._session.operator.is_open:
            begin()
        else:
            self._when_open.append(begin)

    def _cover(self, name: str) -> None:
        for sheet in self._others:
            sheet.leave()
        self.covered.emit(True)
        self.sign_in_sheet.ask(name)
        self._listen()

    def _sign_in(self, name: str, password: str) -> None:
        def opened(_person: object) -> None:
            self.sign_in_sheet.open()
            self.covered.emit(False)
            self._navigation.focus()
            self._rest()
            self._tell_permissions()
            self._bridge.ask_again()
            self.signed_in.emit()
            waiting, self._when_open = self._when_open, []
            for begin in waiting:
                begin()

        self._bridge.write(
            lambda bench: bench.operator.sign_in(name, password), opened, owner=self, failed=self.sign_in_sheet.say
        )

    def _tell_permissions(self) -> None:
        self._session.changed.emit()
        self.permissions_changed.emit()

    def _look_whether_open(self) -> None:
        """An act was refused: who sits here may have been locked or closed elsewhere, or accounts turned on."""
        if not self._session.is_open:
            return
        operator = self._session.operator
        if not operator.is_open and not self.sign_in_sheet.closed_to_all:
            self._cover(operator.person.name if operator.person else "")
        else:
            self._tell_permissions()

    def _rest(self) -> None:
        """Begin to wait for the next touch."""
        rules = self._session.operator.rules
        if rules.accounts and rules.lock_minutes:
            self._idle.start(rules.lock_minutes * 60_000)
        else:
            self._idle.stop()
        self._listen()

    def _listen(self) -> None:
        """Hear every event of the program where one can matter: painting, too, waits for who listens."""
        app = QApplication.instance()
        if app is not None:
            matters = self._idle.isActive() or self.sign_in_sheet.closed_to_all
            (app.installEventFilter if matters else app.removeEventFilter)(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Every touch puts the lock off; while locked, keys reach the sheet alone."""
        # It is asked about every event of the program: the event's type costs far more to ask for than a class.
        if isinstance(event, QInputEvent) and event.type() in TOUCHES and self._idle.isActive():
            self._idle.start()
        if self.sign_in_sheet.closed_to_all and event.type() in {QEvent.Type.ShortcutOverride, QEvent.Type.Shortcut}:
            event.accept()
            return event.type() == QEvent.Type.Shortcut
        return False
