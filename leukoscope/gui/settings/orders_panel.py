"""Orders that come by themselves, in the settings: where the program listens, what it watches, how that stands."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from leukoscope.gui.language import said
from leukoscope.gui.settings.groups import caption
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.orders_in.service import OrdersState

LONGEST = 4000
FIELDS = ("orders_node", "orders_own", "orders_clients", "orders_folder")
"""Settings that stand here."""


class OrdersPanel(QWidget):
    """Off while there is neither an address nor a folder.

    Signals
    -------
    written(str, str)
        Name of a setting, and what somebody wrote there.
    choice_wanted(str)
        Choose the file or folder of a setting.
    messages_wanted()
        Show what was refused or needs a person.
    """

    written = Signal(str, str)
    choice_wanted = Signal(str)
    messages_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = {
            "orders_node": (self.tr("Listens on (HL7)"), "tls://0.0.0.0:2575"),
            "orders_own": (self.tr("Its certificate and key"), self.tr("PEM; for encrypted lines")),
            "orders_clients": (self.tr("Who may call"), self.tr("PEM of their certificates; empty: everybody")),
            "orders_folder": (self.tr("Watched folder"), self.tr("Files of orders are taken from there")),
        }
        self.fields = {name: self._field(name, *words[name]) for name in FIELDS}
        self.choosers: dict[str, PushButton] = {}
        self.state, self.wrong = label("", wrap=True), label("", "wrong", wrap=True)
        self.counts = label("", "small", wrap=True)
        self.show_messages = PushButton(self.tr("Show messages"), "", "table")
        self.show_messages.clicked.connect(self.messages_wanted)
        self._lay_out()
        self.show_trouble("")

    def _field(self, name: str, title: str, hint: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setAccessibleName(title)
        edit.setPlaceholderText(hint)
        edit.setMaxLength(LONGEST)
        edit.editingFinished.connect(lambda: self.written.emit(name, edit.text().strip()))
        return edit

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for row, (name, edit) in enumerate(self.fields.items()):
            before = caption(edit.accessibleName())
            before.setBuddy(edit)
            grid.addWidget(before, row, 0)
            grid.addWidget(edit, row, 1, 1, 1 if row else 2)
            if row:
                text = self.tr("Choose folder…") if name == "orders_folder" else self.tr("Choose file…")
                self.choosers[name] = choose = PushButton(text, "", "open")
                choose.clicked.connect(lambda _on=False, name=name: self.choice_wanted.emit(name))
                grid.addWidget(choose, row, 2)
        row = len(self.fields)
        for place, one in enumerate((self.wrong, self.state, self.counts)):
            grid.addWidget(one, row + place, 1, 1, 2)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_messages)
        buttons.addStretch(1)
        grid.addLayout(buttons, row + 3, 1, 1, 2)

    @property
    def held(self) -> tuple[QWidget, ...]:
        """What changes a setting."""
        return (*self.fields.values(), *self.choosers.values())

    def show_settings(self, settings: Settings) -> None:
        """Show what is set."""
        for name, edit in self.fields.items():
            if edit.text().strip() != getattr(settings, name):
                edit.setText(getattr(settings, name))
            edit.setModified(False)

    def save_fields(self) -> None:
        """Tell what is being written."""
        for name, edit in self.fields.items():
            if edit.isModified():
                self.written.emit(name, edit.text().strip())

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
