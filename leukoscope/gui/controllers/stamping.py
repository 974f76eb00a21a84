"""The timestamp authority: what is written into the settings is checked and kept; a try is answered in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale

from leukoscope.domain.errors import LeukoScopeError
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.language import said
from leukoscope.gui.session import Session
from leukoscope.gui.settings.timestamp_panel import TimestampPanel
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.exchange.timestamps import Stamp


class TimestampController(Controller):
    """Sets the authority and has it tried; off until somebody who may writes an address."""

    def __init__(self, session: Session, panel: TimestampPanel) -> None:
        super().__init__(session)
        self._panel = panel
        panel.address_written.connect(self._set_address)
        panel.trusted_written.connect(self._set_trusted)
        panel.file_wanted.connect(self._choose)
        panel.try_wanted.connect(self._try)

    def _set_address(self, address: str) -> None:
        if self._bridge.is_open and address != self._session.settings.timestamp_address:
            self._keep(lambda: self._bridge.bench.stamps.set_address(address))

    def _set_trusted(self, file: str) -> None:
        if self._bridge.is_open and file != self._session.settings.timestamp_trusted:
            self._keep(lambda: self._bridge.bench.stamps.set_trusted(file))

    def _keep(self, change: Callable[[], Settings]) -> None:
        """What is refused stays written there, with the reason, and is not in force."""
        try:
            now = change()
        except LeukoScopeError as error:
            self._panel.say(said(error.message), wrong=True)
            return
        self._panel.say("")
        self._panel.show_authority(now.timestamp_address, now.timestamp_trusted)

    def _choose(self) -> None:
        found = self._files.open_files(
            self.tr("Certificates of the timestamp authority"),
            self._session.last_folder("certificates"),
            "PEM (*.pem *.crt *.cer)",
        )
        if found:
            self._set_trusted(str(found[0]))

    def _try(self) -> None:
        self._panel.show_asking()
        # It may take half a minute: nothing that is to be kept waits behind it.
        self._bridge.read_in_pool(lambda bench: bench.stamps.try_it(), self._stamped, owner=self, failed=self._failed)

    def _stamped(self, stamp: Stamp) -> None:
        at = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(stamp.at.timestamp())), QLocale.FormatType.ShortFormat)
        self._panel.say(self.tr("It answers: stamped on {0} by {1}.").format(at, stamp.authority))

    def _failed(self, sentence: str) -> None:
        self._panel.say(sentence, wrong=True)
