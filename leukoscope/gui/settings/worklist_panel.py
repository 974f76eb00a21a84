"""A DICOM modality worklist in the settings: where it is, how often it is asked, and what came the last time."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from leukoscope.gui.language import said
from leukoscope.gui.settings.groups import caption
from leukoscope.gui.settings.setting_fields import FieldSpec, SettingFields
from leukoscope.gui.widgets.buttons import PushButton, Segmented
from leukoscope.gui.widgets.text import label, show_outcome
from leukoscope.workflow.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.orders_in.orders_state import Asked

PAUSES = (0, 2, 10, 60)
"""Minutes between two questions that are offered; 0 asks by hand only."""


class WorklistPanel(SettingFields):
    """Off while there is no address.

    Signals
    -------
    pause_chosen(int)
        Minutes between two questions.
    ask_wanted(), stop_wanted()
        Ask now; wait no longer for the answer.
    """

    pause_chosen = Signal(int)
    ask_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        specs = (
            FieldSpec("worklist_node", self.tr("DICOM worklist"), "WORKLIST@ris.hospital:2762"),
            FieldSpec("worklist_modality", self.tr("Only this modality"), self.tr("For example SM; empty: all")),
        )
        super().__init__(specs, parent)
        self.pause = Segmented(self.tr("Is asked"))
        self.pause.set_choices(
            [(str(one), self.tr("Each {0} min").format(one) if one else self.tr("By hand")) for one in PAUSES]
        )
        self.pause.chosen.connect(lambda key: self.pause_chosen.emit(int(key)))
        self.grid.addWidget(caption(self.tr("Is asked")), len(specs), 0)
        self.grid.addWidget(self.pause, len(specs), 1, 1, 2, Qt.AlignmentFlag.AlignLeft)
        self.ask, self.stop = PushButton(self.tr("Ask now")), PushButton(self.tr("Stop"), "flat", "stop")
        self.ask.clicked.connect(self.ask_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        self.wrong, self.answer = label("", "wrong", wrap=True), label("", wrap=True)
        self.about = label("", "small", wrap=True)
        for row, one in enumerate((self.wrong, self.answer, self.about), start=len(specs) + 1):
            self.grid.addWidget(one, row, 1, 1, 2)
        buttons = QHBoxLayout()
        buttons.addWidget(self.ask)
        buttons.addWidget(self.stop)
        buttons.addStretch(1)
        self.grid.addLayout(buttons, len(specs) + 4, 1, 1, 2)
        self._asking = False
        self.say("")

    @property
    def held(self) -> tuple[QWidget, ...]:
        """What changes a setting."""
        return (*super().held, self.pause)

    def show_settings(self, settings: Settings) -> None:
        """Show what is set."""
        super().show_settings(settings)
        self.pause.choose(str(min(PAUSES, key=lambda one: abs(one - settings.worklist_minutes))))
        about = self.tr("Asks as {0}, by the certificates above, while this window is open. Empty asks nobody.")
        self.about.setText(about.format(settings.dicom_title or "LEUKOSCOPE"))
        self._allow()

    def show_asking(self) -> None:
        """The worklist is being asked."""
        self.say(self.tr("Asking…"))
        self._asking = True
        self._allow()

    def show_asked(self, asked: Asked) -> None:
        """Show what came the last time."""
        if self._asking:
            return
        if asked.at is None:
            self.say("")
            return
        at = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(asked.at.timestamp())), QLocale.FormatType.ShortFormat)
        if asked.trouble:
            self.say(f"{at}: {said(asked.trouble)}", wrong=True)
            return
        words = self.tr("Asked {0}. New cases: {1}; changed: {2}; there already: {3}.")
        sentence = words.format(at, asked.begun, asked.changed, asked.present)
        if asked.left:
            sentence += " " + self.tr("Not taken: {0}; see the messages above.").format(asked.left)
        self.say(sentence)

    def say(self, sentence: str, *, wrong: bool = False) -> None:
        """Say how it went; empty takes it away."""
        self._asking = False
        show_outcome(self.answer, self.wrong, sentence, is_wrong=wrong)
        self._allow()

    def _allow(self) -> None:
        self.ask.setEnabled(bool(self.fields["worklist_node"].text().strip()) and not self._asking)
        self.stop.setVisible(self._asking)
