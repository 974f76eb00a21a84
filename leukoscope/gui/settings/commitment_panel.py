"""Storage commitment in the settings: whether the archive is asked, and where it may call back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from leukoscope.gui.language import said
from leukoscope.gui.settings.groups import caption
from leukoscope.gui.settings.setting_fields import FieldSpec, SettingFields
from leukoscope.gui.widgets.buttons import Segmented
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.settings import Settings


class CommitmentPanel(SettingFields):
    """Off until somebody turns it on.

    Signals
    -------
    switched(str)
        ``off`` or ``asked``.
    """

    switched = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        title = self.tr("Archive’s answers come to")
        super().__init__((FieldSpec("commitment_node", title, "tls://0.0.0.0:11112"),), parent)
        self.switch = Segmented(self.tr("Storage commitment"))
        self.switch.set_choices([("off", self.tr("Not asked for")), ("asked", self.tr("Asked for"))])
        self.switch.chosen.connect(self.switched)
        self.grid.addWidget(caption(self.tr("Storage commitment")), 1, 0)
        self.grid.addWidget(self.switch, 1, 1, 1, 2, Qt.AlignmentFlag.AlignLeft)
        self.state, self.wrong = label("", wrap=True), label("", "wrong", wrap=True)
        about = self.tr(
            "The archive is asked whether it keeps what was sent; the outbox shows what it says of each object. An "
            "archive that answers on a line of its own needs the address above."
        )
        for row, one in enumerate((self.wrong, self.state, label(about, "small", wrap=True)), start=2):
            self.grid.addWidget(one, row, 1, 1, 2)
        self.show_answers("", "")

    @property
    def held(self) -> tuple[QWidget, ...]:
        """What changes a setting."""
        return (*super().held, self.switch)

    def show_settings(self, settings: Settings) -> None:
        """Show what is set."""
        super().show_settings(settings)
        self.switch.choose(settings.commitment)

    def show_answers(self, address: str, trouble: str) -> None:
        """Show where answers are heard, or why they are not."""
        self.state.setText(self.tr("Hears the archive on {0}.").format(address) if address else "")
        self.state.setVisible(bool(address))
        self.wrong.setText(said(trouble))
        self.wrong.setVisible(bool(trouble))
