"""Orders that come by themselves, in the window: how it stands, and what only a person can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.worklist_asking import WorklistAskingController
from leukoscope.gui.permissions import kept
from leukoscope.gui.session import Session
from leukoscope.gui.settings.orders_panel import OrdersPanel
from leukoscope.gui.sheets.orders_sheet import OrdersSheet
from leukoscope.workflow.events import Event
from leukoscope.workflow.order_events import OrdersInChanged

if TYPE_CHECKING:
    from leukoscope.workflow.orders_in.kept_message import KeptMessage
    from leukoscope.workflow.orders_in.orders_state import OrdersState
    from leukoscope.workflow.workbench import Workbench

REST_MS = 500
"""Hundreds of messages may come in a second: the window looks so often at most."""


class OrdersInController(Controller):
    """Sets where the program listens, shows how that goes, and says when a person is needed."""

    def __init__(
        self, session: Session, panel: OrdersPanel, sheet: OrdersSheet, worklist: WorklistAskingController
    ) -> None:
        super().__init__(session)
        self.panel, self.sheet, self.worklist = panel, sheet, worklist
        self._needed: int | None = None
        self._wish = self._asked = 0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.refresh)
        self._bridge.happened.connect(self._heard)
        self._bridge.opened.connect(self.refresh)
        panel.written.connect(self._set)
        panel.choice_wanted.connect(self._choose_file)
        panel.messages_wanted.connect(self.show_messages)
        worklist.restart_wanted.connect(self._restart)
        worklist.asked.connect(self.refresh)
        sheet.chosen.connect(self._propose)
        sheet.begin_wanted.connect(self._begin)
        sheet.dismiss_wanted.connect(self._dismiss)

    def _heard(self, event: Event) -> None:
        if isinstance(event, OrdersInChanged) and not self._rest.isActive():
            self._rest.start()

    def refresh(self) -> None:
        """Ask how it stands, and show it."""
        if not self._bridge.is_open:
            return
        self._wish += 1
        wish = self._wish

        def show(state: OrdersState) -> None:
            if wish == self._wish:
                self._show(state)

        # In the pool: at the start other questions wait for the engine.
        self._bridge.read_in_pool(lambda bench: bench.orders.state(), show, owner=self, failed=lambda _: None)
        if self.sheet.isVisible():
            self._read_messages()

    def _show(self, state: OrdersState) -> None:
        self.panel.show_state(state)
        self.worklist.show_state(state)
        needed = state.counts.refused + state.counts.person
        if needed > (self._needed or 0):
            self._messages.warn(
                self.tr("Orders of the hospital’s system need a person: {0}.").format(needed),
                self.tr("Show messages"),
                self.show_messages,
            )
        self._needed = needed

    # Settings --------------------------------------------------------------------------------------------------

    def _set(self, name: str, value: str) -> None:
        if not self._bridge.is_open or getattr(self._session.settings, name) == value:
            return
        if kept(self._bridge, lambda bench: bench.settings.save(**{name: value})):
            self._session.settings_changed.emit()
            self._restart()
        self.panel.show_settings(self._session.settings)

    def _restart(self) -> None:
        # What listens is ended first, which may take some seconds.
        self._bridge.read_in_pool(_start, lambda _: self.refresh(), owner=self, failed=self._not_started)

    def _not_started(self, _sentence: str) -> None:
        # The state says it, for as long as it is so.
        self.refresh()

    def _choose_file(self, name: str) -> None:
        title = self.panel.fields[name].accessibleName()
        if name == "orders_folder":
            found = self._files.open_folder(title, self._session.last_folder("orders"))
        else:
            start = self._session.last_folder("certificates")
            found = next(iter(self._files.open_files(title, start, "PEM (*.pem *.crt *.cer *.key)")), None)
        if found is not None:
            self._set(name, str(found))

    # Messages --------------------------------------------------------------------------------------------------

    def show_messages(self) -> None:
        """Show what was refused or needs a person."""
        self._read_messages()
        self.sheet.enter()
        self.sheet.table.setFocus()

    def _read_messages(self) -> None:
        self._asked += 1
        asked = self._asked

        def show(messages: tuple[KeptMessage, ...]) -> None:
            if asked == self._asked:
                self.sheet.show_messages(messages)

        self._bridge.read_in_pool(lambda bench: bench.orders.messages(), show, owner=self, failed=self.sheet.say)

    def _propose(self, message: int) -> None:
        def show(number: str) -> None:
            self.sheet.show_number(message, number)

        self._bridge.read(lambda bench: bench.orders.proposed_number(message), show, owner=self)

    def _begin(self, message: int, number: str) -> None:
        self._bridge.write(
            lambda bench: bench.orders.begin_case(message, number),
            lambda _: self.refresh(),
            owner=self,
            failed=self.sheet.say,
        )

    def _dismiss(self, message: int, reason: str) -> None:
        self._bridge.write(
            lambda bench: bench.orders.dismiss(message, reason),
            lambda _: self.refresh(),
            owner=self,
            failed=self.sheet.say,
        )


def _start(bench: Workbench) -> None:
    bench.orders.start()
