"""Orders that come by themselves, in the settings: where the program listens, what it watches, how that stands."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from leukoscope.gui.language import said
from leukoscope.gui.settings.setting_fields import FieldSpec, SettingFields
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.orders_in.orders_state import OrdersState


class OrdersPanel(SettingFields):
    """Off while there is neither an address nor a folder.

    Signals
    -------
    messages_wanted()
        Show what was refused or needs a person.
    """

    messages_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        file = self.tr("Choose file…")
        specs = (
            FieldSpec("orders_node", self.tr("Listens on (HL7)"), "tls://0.0.0.0:2575"),
            FieldSpec("orders_own", self.tr("Its certificate and key"), self.tr("PEM; for encrypted lines"), file),
            FieldSpec(
                "orders_clients", self.tr("Who may call"), self.tr("PEM of their certificates; empty: everybody"), file
            ),
            FieldSpec(
                "orders_folder",
                self.tr("Watched folder"),
                self.tr("Files of orders are taken from there"),
                self.tr("Choose folder…"),
            ),
        )
        super().__init__(specs, parent)
        self.state, self.wrong = label("", wrap=True), label("", "wrong", wrap=True)
        self.counts = label("", "small", wrap=True)
        self.show_messages = PushButton(self.tr("Show messages"), "", "table")
        self.show_messages.clicked.connect(self.messages_wanted)
        for row, one in enumerate((self.wrong, self.state, self.counts), start=len(specs)):
            self.grid.addWidget(one, row, 1, 1, 2)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_messages)
        buttons.addStretch(1)
        self.grid.addLayout(buttons, len(specs) + 3, 1, 1, 2)
        self.show_trouble("")

    def show_trouble(self, sentence: str) -> None:
        """Say what does not work; empty takes it away."""
        self.wrong.setText(said(sentence))
        self.wrong.setVisible(bool(sentence))

    def show_state(self, state: OrdersState) -> None:
        """Show who listens, and what has come."""
        lines = []
        if state.listening:
            words = (
                self.tr("Listens on {0}, encrypted.") if state.encrypted else self.tr("Listens on {0}, in the clear.")
            )
            lines.append(words.format(state.listening))
        if state.folder:
            lines.append(self.tr("Watches the folder."))
        if state.asking:
            lines.append(self.tr("Asks the DICOM worklist."))
        off = self.tr("Off: orders come only from lists that somebody imports.")
        self.state.setText(" ".join(lines) or ("" if state.trouble else off))
        self.state.setVisible(bool(self.state.text()))
        self.show_trouble(state.trouble)
        counts, parts = state.counts, []
        if counts.last is not None:
            at = QLocale().toString(
                QDateTime.fromSecsSinceEpoch(int(counts.last.timestamp())), QLocale.FormatType.ShortFormat
            )
            parts.append(self.tr("Last message: {0}.").format(at))
        for count, words in (
            (counts.waiting, self.tr("To be carried out: {0}.")),
            (counts.refused, self.tr("Refused: {0}.")),
            (counts.person, self.tr("Need a person: {0}.")),
        ):
            if count:
                parts.append(words.format(count))
        self.counts.setText(" ".join(parts))
        self.counts.setVisible(bool(parts))
        self.show_messages.setEnabled(bool(counts.refused + counts.person))
