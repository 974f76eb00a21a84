"""The hospital's DICOM worklist: what is set about it, and a question that a person asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from leukoscope.domain.progress import CancelToken
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.language import said
from leukoscope.gui.permissions import kept
from leukoscope.gui.session import Session
from leukoscope.gui.settings.worklist_panel import WorklistPanel

if TYPE_CHECKING:
    from leukoscope.workflow.orders_in.orders_state import Asked, OrdersState


class WorklistAskingController(Controller):
    """Sets the address and the pause, asks at once where a person wants it, and says what goes wrong once.

    Signals
    -------
    restart_wanted()
        What takes orders in must begin anew: a setting has changed.
    asked()
        A question was answered.
    """

    restart_wanted = Signal()
    asked = Signal()

    def __init__(self, session: Session, panel: WorklistPanel) -> None:
        super().__init__(session)
        self.panel = panel
        self._cancel: CancelToken | None = None
        self._trouble = ""
        panel.written.connect(self._set)
        panel.pause_chosen.connect(lambda minutes: self._set("worklist_minutes", minutes))
        panel.ask_wanted.connect(self._ask)
        panel.stop_wanted.connect(self._stop)

    def show_state(self, state: OrdersState) -> None:
        """Show what came the last time; what goes wrong is told once, not at each question."""
        self.panel.show_asked(state.asked)
        trouble = state.asked.trouble
        if trouble and trouble != self._trouble and self._cancel is None:
            self._messages.warn(said(trouble))
        self._trouble = trouble

    def _set(self, name: str, value: Any) -> None:
        if not self._bridge.is_open or getattr(self._session.settings, name) == value:
            return
        if kept(self._bridge, lambda bench: bench.settings.save(**{name: value})):
            self._session.settings_changed.emit()
            self.restart_wanted.emit()
        self.panel.show_settings(self._session.settings)

    def _ask(self) -> None:
        self.panel.save_fields()
        cancel = self._cancel = CancelToken()
        self.panel.show_asking()

        def answered(asked: Asked) -> None:
            if self._cancel is cancel:
                self._cancel = None
                self.panel.say("")
                self.panel.show_asked(asked)
            self.asked.emit()

        def failed(sentence: str) -> None:
            if self._cancel is cancel:
                self._cancel = None
                self._trouble = sentence
                self.panel.say(said(sentence), wrong=True)

        # A worklist may be silent for half a minute: nothing that is to be kept waits behind it.
        self._bridge.read_in_pool(lambda bench: bench.orders.ask_worklist(cancel), answered, owner=self, failed=failed)

    def _stop(self) -> None:
        if self._cancel is not None:
            self._cancel.cancel()
            self._cancel = None
            self.panel.say(self.tr("Stopped; nothing was taken."))
