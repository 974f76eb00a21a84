"""The fourth step: an administrator lets a profile speak, takes it back, or gives it to another workstation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from leukoscope.domain.percent import percent_text
from leukoscope.gui.language import said
from leukoscope.gui.quality import quality_words as words
from leukoscope.gui.quality.card import Card
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.workflow.site.profile_list import ProfileFacts

LONGEST_REASON = 400


class ActivationCard(Card):
    """Asks what putting a profile in force needs.

    Signals
    -------
    activate_wanted(str), retire_wanted(str)
        With the reason that was written, empty for none.
    export_wanted()
        Write its file.
    """

    activate_wanted = Signal(str)
    retire_wanted = Signal(str)
    export_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: ProfileFacts | None = None
        self._speaks = False
        self.title, self.state = label("", "title", wrap=True), label("", "", wrap=True)
        self._details = QWidget()
        self._grid = QGridLayout(self._details)
        self.reason, self._reason_words = QLineEdit(), label("", "muted", wrap=True)
        self.activate = PushButton(self.tr("Let it speak"), "primary", "verify")
        self.retire = PushButton(self.tr("Let the shipped models speak again"), "", "undo")
        self.export = PushButton(self.tr("Save as a file…"), "flat", "send")
        self.why_not = label("", "muted", wrap=True)
        self._lay_out()
        self.activate.clicked.connect(self._activate)
        self.reason.returnPressed.connect(self._activate)
        self.reason.textChanged.connect(lambda _text: self._enable())
        self.retire.clicked.connect(lambda: self.retire_wanted.emit(self.reason.text().strip()))
        self.export.clicked.connect(self.export_wanted)

    def _lay_out(self) -> None:
        self.column.addWidget(self.title)
        self.column.addWidget(self.state)
        self.column.addWidget(self.message)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self.column.addWidget(self._details)
        self.column.addWidget(self._reason_words)
        self.reason.setMaxLength(LONGEST_REASON)
        self.reason.setAccessibleName(self.tr("Reason"))
        self.column.addWidget(self.reason)
        self.add_row(self.activate, self.retire, self.export)
        self.column.addWidget(self.why_not)
        self.why_not.hide()
        self.column.addStretch(1)

    # What it shows ---------------------------------------------------------------------------------------------

    def show_profile(self, facts: ProfileFacts, *, speaks: bool) -> None:
        """Show a profile and what can be done with it."""
        if self._facts is None or self._facts.title != facts.title:
            self.reason.clear()
            self.message.hide()
        self._facts, self._speaks = facts, speaks
        self.title.setText(facts.title)
        self.state.setText(
            self.tr("It speaks now: in this window, live, and at the command line. Findings and reports name it.")
            if speaks
            else said(facts.obstacle)
            or self.tr(
                "It does not speak. From the next image on it will, once it is activated; old cases stay as they are."
            )
        )
        self._fill(facts)
        needed = facts.needs_reason and not speaks
        self._reason_words.setText(
            self._why_reason(facts) if needed else self.tr("Reason (stands in the audit trail, may be empty)")
        )
        self.activate.setVisible(not speaks)
        self.retire.setVisible(speaks)
        self._enable()

    def _why_reason(self, facts: ProfileFacts) -> str:
        """Why a reason is to be written: its proof, or that it is no better than what speaks now."""
        if facts.verdict != words.BETTER:
            return self.tr(
                "Its proof says: {0}. Write why it is to speak all the same; it stands in the audit trail."
            ).format(words.verdict(facts.verdict))
        if not facts.challenge:
            return self.tr(
                "It was not compared with {0}, which speaks now: do that under Proof, or write why it is to speak all "
                "the same; it stands in the audit trail."
            ).format(facts.champion)
        return self.tr(
            "Beside {0}, which speaks now, the locked patients say: {1}. Write why it is to speak all the same; it "
            "stands in the audit trail."
        ).format(facts.champion, words.verdict(facts.challenge))

    def show_permission(self, why_not: str) -> None:
        """Say why who works here may not do this; empty when they may."""
        self.why_not.setText(why_not)
        self.why_not.setVisible(bool(why_not))
        for part in (self.reason, self.retire, self.export):
            part.setEnabled(not why_not)
        self._enable()

    def say(self, sentence: str) -> None:
        """What went wrong; nothing has changed then."""
        self.message.warn(sentence)

    # What a person does ----------------------------------------------------------------------------------------

    def _enable(self) -> None:
        facts = self._facts
        reasoned = facts is not None and (not facts.needs_reason or bool(self.reason.text().strip()))
        able = facts is not None and not facts.obstacle and not self.why_not.text()
        self.activate.setEnabled(reasoned and able)

    def _activate(self) -> None:
        if self.activate.isVisible() and self.activate.isEnabled():
            self.message.hide()
            self.activate_wanted.emit(self.reason.text().strip())

    def _fill(self, facts: ProfileFacts) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        cells = ", ".join(
            self.tr("{0}: {1} of {2} patients").format(words.group_word(word), n, facts.patients.get(word, 0))
            for word, n in facts.cells.items()
        )
        rows = (
            (self.tr("Proof"), words.verdict(facts.verdict)),
            (self.tr("Taught"), facts.created),
            (self.tr("With"), cells),
            (self.tr("Wanted accuracy"), percent_text(facts.wanted)),
            (self.tr("Belongs to"), ", ".join(facts.models)),
            (self.tr("Signature"), said(facts.signed)),
            ("SHA-256", facts.sha256),
        )
        for row, (name, text) in enumerate(rows):
            self._grid.addWidget(label(name, "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label(text, "", wrap=True), row, 1)
