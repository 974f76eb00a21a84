"""Storage commitment: what is set about it, and whether the archive can call back."""

from __future__ import annotations

from typing import Any

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.permissions import kept
from leukoscope.gui.session import Session
from leukoscope.gui.settings.commitment_panel import CommitmentPanel
from leukoscope.workflow.delivery.commitment_answers import ASKED_FOR


class CommitmentController(Controller):
    """Sets it, and shows at once whether answers can be heard."""

    def __init__(self, session: Session, panel: CommitmentPanel) -> None:
        super().__init__(session)
        self.panel = panel
        panel.written.connect(self._set)
        panel.switched.connect(lambda choice: self._set("commitment", choice))
        self._bridge.opened.connect(self.refresh)

    def setting_changed(self, name: str) -> None:
        """The archive's address, our title and the certificates belong to it too."""
        if name in {"dicom_node", "dicom_title", "tls_trusted", "tls_own"}:
            self.refresh()

    def _set(self, name: str, value: Any) -> None:
        if not self._bridge.is_open or getattr(self._session.settings, name) == value:
            return
        if kept(self._bridge, lambda bench: bench.settings.save(**{name: value})):
            self._session.settings_changed.emit()
            self._follow()
        self.panel.show_settings(self._session.settings)

    def refresh(self) -> None:
        """Listen as it is set now, where the archive is asked at all."""
        if self._bridge.is_open and self._session.settings.commitment == ASKED_FOR:
            self._follow()

    def _follow(self) -> None:
        # What listens is ended first, which may take some seconds.
        self._bridge.read_in_pool(
            lambda bench: bench.delivery.follow_settings(),
            lambda answers: self.panel.show_answers(*answers),
            owner=self,
            failed=lambda sentence: self.panel.show_answers("", sentence),
        )
