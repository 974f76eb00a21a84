"""Encryption in the window: the sheets are asked, and what was decided is done by who keeps the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from leukoscope.cases.unlocked_keys import State
from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.recovery_paper import print_recovery, recovery_pdf
from leukoscope.gui.session import Session
from leukoscope.gui.settings.encryption_panel import EncryptionPanel
from leukoscope.gui.sheets.encryption_sheet import DecryptSheet, EncryptSheet, RecoverSheet
from leukoscope.system.durable import write_private

if TYPE_CHECKING:
    from leukoscope.cases.cipher import Cipher
    from leukoscope.workflow.encryption_switch import Conversion
    from leukoscope.workflow.workbench import Workbench


class EncryptionController(Controller):
    """Turns encryption on and off, and asks for the recovery key of cases that cannot be opened.

    Signals
    -------
    wanted(object)
        A Conversion that somebody who may has decided: it is done while the window is closed.
    """

    wanted = Signal(object)

    def __init__(
        self,
        session: Session,
        panel: EncryptionPanel,
        status: StatusLine,
        sheets: tuple[EncryptSheet, DecryptSheet, RecoverSheet],
    ) -> None:
        super().__init__(session)
        self._status, self._asked = status, False
        self.on_sheet, self.off_sheet, self.recover_sheet = sheets
        panel.on_wanted.connect(self.on_sheet.ask)
        panel.off_wanted.connect(self.off_sheet.ask)
        panel.again_wanted.connect(self._go_on)
        self.on_sheet.key_wanted.connect(self._make_key)
        self.on_sheet.wanted.connect(self._turn_on)
        self.on_sheet.print_wanted.connect(self._print)
        self.on_sheet.save_wanted.connect(self._save)
        self.off_sheet.wanted.connect(self._turn_off)
        self.recover_sheet.wanted.connect(self._bridge.recover)
        self._bridge.locked.connect(self._ask_for_key)
        self._bridge.opened.connect(self._is_open)

    def leave(self) -> None:
        """The screen is locked: no key stays in sight."""
        for sheet in (self.on_sheet, self.off_sheet):
            sheet.leave()

    # On and off ------------------------------------------------------------------------------------------------

    def _make_key(self) -> None:
        sheet = self.on_sheet
        self._bridge.write(lambda bench: bench.encryption.new_key(), self._show_key, owner=self, failed=sheet.say)

    def _show_key(self, cipher: Cipher) -> None:
        # Left meanwhile: the key was shown to nobody, and is gone.
        if self.on_sheet.isVisible():
            self.on_sheet.show_key(cipher)

    def _turn_on(self, cipher: Cipher) -> None:
        self._bridge.write(
            lambda bench: bench.encryption.prepare_on(cipher), self.wanted.emit, owner=self, failed=self.on_sheet.say
        )

    def _turn_off(self) -> None:
        self._bridge.write(
            lambda bench: bench.encryption.prepare_off(), self.wanted.emit, owner=self, failed=self.off_sheet.say
        )

    def _go_on(self) -> None:
        """In the direction in which it was interrupted."""

        def prepare(bench: Workbench) -> Conversion:
            off = bench.encryption.state().state is State.TURNING_OFF
            return bench.encryption.prepare_off() if off else bench.encryption.prepare_on()

        self._bridge.write(prepare, self.wanted.emit, owner=self, failed=self._messages.warn)

    # The paper -------------------------------------------------------------------------------------------------

    def _print(self, cipher: Cipher) -> None:
        settings = self._session.settings
        print_recovery(cipher, settings.laboratory, settings.page_size, self.on_sheet)

    def _save(self, cipher: Cipher) -> None:
        title = self.tr("Save the recovery key on another drive")
        path = self._files.save_file(title, self.tr("recovery key") + ".pdf", "PDF (*.pdf)")
        if path is not None:
            self.save_to(cipher, path)

    def save_to(self, cipher: Cipher, path: Path) -> None:
        """Write the recovery key as a PDF that this user alone can read; not where the cases are."""
        home = self._bridge.home
        if any(path.absolute().is_relative_to(folder) for folder in (home.data, home.config, home.cache, home.logs)):
            self.on_sheet.say(self.tr("Choose a folder outside of the program’s own, on another drive at best."))
            return
        settings = self._session.settings
        try:
            write_private(path, recovery_pdf(cipher, settings.laboratory, settings.page_size))
        except OSError:
            self.on_sheet.say(self.tr("It cannot be written there; choose another folder."))
            return
        self.on_sheet.say("")

    # At the start ----------------------------------------------------------------------------------------------

    def _is_open(self) -> None:
        if self._asked:
            self.recover_sheet.leave()
            self._messages.hide()

    def _ask_for_key(self, sentence: str) -> None:
        sheet, self._asked = self.recover_sheet, True
        if sheet.isVisible():
            sheet.say(sentence)
            return
        self._status.show_engine(self.tr("The cases are locked"))
        self._messages.warn(
            self.tr("The cases are encrypted, and their key is not here."), self.tr("Type the recovery key…"), sheet.ask
        )
        sheet.ask()
