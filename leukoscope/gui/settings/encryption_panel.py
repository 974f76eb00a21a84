"""Encryption in the settings: where it stands, and the way to turn it on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.cases.unlocked_keys import State
from leukoscope.gui.language import said
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.gui.bridge import Bridge
    from leukoscope.workflow.encryption import EncryptionState


class EncryptionPanel(QWidget):
    """Says whether the cases on this computer are encrypted.

    Signals
    -------
    on_wanted(), off_wanted()
        Turn it on, or off.
    again_wanted()
        Go on with what was interrupted.
    """

    on_wanted = Signal()
    off_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.state = label("", "heading", wrap=True)
        self.about = label("", "small", wrap=True)
        self.on = PushButton(self.tr("Encrypt the cases…"))
        self.again = PushButton(self.tr("Go on…"))
        self.off = PushButton(self.tr("Write them in the clear again…"))
        for button, signal in ((self.on, self.on_wanted), (self.again, self.again_wanted), (self.off, self.off_wanted)):
            button.clicked.connect(signal)
            button.hide()
        row = QHBoxLayout()
        for button in (self.on, self.again, self.off):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.state)
        column.addWidget(self.about)
        column.addLayout(row)

    def refresh(self) -> None:
        """Look where it stands."""
        if self._bridge.is_open:
            self._bridge.read_in_pool(
                lambda bench: bench.encryption.state(), self._show, owner=self, failed=self._failed
            )

    def _show(self, now: EncryptionState) -> None:
        self.state.setText(self._state(now))
        self.about.setText("" if now.shared else self._about(now))
        self.about.setVisible(not now.shared)
        self.on.setVisible(now.state is State.OFF and not now.shared)
        self.again.setVisible(now.is_half_done and not now.shared)
        self.off.setVisible(now.state is not State.OFF and now.state is not State.TURNING_OFF and not now.shared)

    def _failed(self, sentence: str) -> None:
        self.state.setText(said(sentence))
        for button in (self.on, self.again, self.off):
            button.hide()

    def _state(self, now: EncryptionState) -> str:
        if now.shared:
            return self.tr("The cases are in a shared database; its server encrypts them.")
        if now.state is State.TURNING_OFF:
            return self.tr("Turning encryption off was interrupted; some files are encrypted, others are not.")
        if now.is_half_done:
            return self.tr("Half done: {0} files are still in the clear.").format(now.clear)
        return self.tr("On") if now.state is State.ON else self.tr("Off")

    def _about(self, now: EncryptionState) -> str:
        if now.state is State.OFF:
            return self.tr("Who takes this computer, its disk or a backup can read the cases.")
        words = self.tr(
            "Cases, images, reports, the outbox, daily copies and new backups are encrypted. What you export is not."
        )
        where = (
            self.tr("There is no keyring here: the key is in a file of this user. Encrypt this disk too.")
            if now.in_file
            else self.tr("The key is in this user’s keyring.")
        )
        return f"{words} {where}"
