"""The third step: what a lesson is worth beside the shipped models, on the same cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from leukoscope.gui.icons import icon
from leukoscope.gui.quality import quality_words as words
from leukoscope.gui.quality.card import Card, WorkBar
from leukoscope.gui.quality.confusion_matrix import ConfusionMatrix
from leukoscope.gui.quality.interval_plot import IntervalPlot
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.domain.site_steps import TeachStep
    from leukoscope.workflow.site.proof_facts import ProofFacts, QuestionFacts
    from leukoscope.workflow.site.service import LockedPart

SIGNS = {words.BETTER: "check", words.NO_BETTER: "warning"}
COLUMNS = (150, 90, 90)
"""Least widths in pixels, so that the tables of both questions stand below each other."""


class ProofCard(Card):
    """Shows a proof, and lets a person look at the locked part.

    Signals
    -------
    look_wanted()
        Hold the profile against the shipped models on the locked patients; the look is counted.
    challenge_wanted()
        Hold it against the profile that speaks now, on the locked patients; the look is counted.
    back_wanted()
        Show what was found by leaving patients out again.
    go_on()
        Put the profile in force.
    """

    look_wanted = Signal()
    challenge_wanted = Signal()
    back_wanted = Signal()
    go_on = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._proof: ProofFacts | None = None
        self._against = ""
        self._sign, self.verdict, self.source = QLabel(), label("", "title", wrap=True), label("", "muted", wrap=True)
        self._body = QWidget()
        self.locked = label("", "", wrap=True)
        self.look = PushButton(self.tr("Look at the locked patients"), "", "lock")
        self.challenge = PushButton("", "", "similar")
        self.back = PushButton(self.tr("Back to the patients left out"), "flat", "previous")
        self.next = PushButton(self.tr("Go on: activate"), "primary", "next")
        self.work = WorkBar()
        self._lay_out()
        self.look.clicked.connect(self.look_wanted)
        self.challenge.clicked.connect(self.challenge_wanted)
        self.back.clicked.connect(self.back_wanted)
        self.next.clicked.connect(self.go_on)
        appearance().changed.connect(self._draw_sign)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.verdict, 1)
        top.addWidget(self.next, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(top)
        self.column.addWidget(self.source)
        self.column.addWidget(self.message)
        self._inside = QVBoxLayout(self._body)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(24)
        self.column.addWidget(self._body)
        self.column.addWidget(label(self.tr("Locked part"), "caption"))
        self.column.addWidget(self.locked)
        self.add_row(self.look, self.challenge, self.back)
        self.column.addWidget(self.work)
        self.column.addStretch(1)
        self.back.hide()
        self.challenge.hide()

    # What it shows ---------------------------------------------------------------------------------------------

    def show_proof(self, title: str, proof: ProofFacts, part: LockedPart | None = None, against: str = "") -> None:
        """Show what was proven of a profile: by leaving patients out, or on the locked part, also against another."""
        self._proof, self._against = proof, against
        self.verdict.setText(words.verdict_sentence(proof, against))
        self._draw_sign()
        if part is None:
            text = self.tr("{0}: by leaving patients out, beside the shipped models on the same cells.").format(title)
        else:
            text = self.tr("{0}: on {1} cells of {2} locked patients, which no teaching has seen.")
            text = text.format(title, part.cells, part.patients)
        if against:
            text += " " + self.tr("○ is {0}, which speaks now.").format(against)
        self.source.setText(f"{text} {self.tr('Intervals of 95 % are over patients.')}")
        self.back.setVisible(part is not None)
        self._clear()
        for one in proof.questions:
            self._add(one)

    def show_locked(self, locked: LockedPart, *, can_look: bool, champion: str = "") -> None:
        """Say how much is locked away, and how often somebody looked; ``champion`` is another profile that speaks."""
        if not locked.patients:
            text = self.tr("No patient is locked away: with fewer than six of a class, all are needed.")
        else:
            looks = (
                self.tr("nobody has looked yet") if not locked.looks
                else self.tr("looked at once") if locked.looks == 1
                else self.tr("looked at {0} times").format(locked.looks)
            )  # fmt: skip
            patients = self.tr("{0} patients are locked away, and no teaching ever sees them: {1}.")
            text = patients.format(locked.patients, looks)
            text += " " + (
                self.tr("Each look is counted: a test that is looked at often is none any more.") if can_look
                else self.tr("To look, choose the cells again in the first step.")
            )  # fmt: skip
        self.locked.setText(text)
        self.look.setVisible(bool(locked.patients))
        self.look.setEnabled(can_look)
        self.challenge.setText(self.tr("Compare with {0}, which speaks now").format(champion))
        self.challenge.setVisible(bool(locked.patients and champion))
        self.challenge.setEnabled(can_look)

    def set_busy(self, busy: bool, text: str = "") -> None:
        """The locked part is being looked at, or, without a text, something else is under way."""
        for part in (self.look, self.challenge, self.next):
            part.setEnabled(not busy)
        if busy and text:
            self.message.hide()
            self.work.begin(text)
        elif not busy:
            self.work.hide()

    def show_step(self, step: TeachStep, cells: int) -> None:
        """Show where the look is."""
        self.work.show_step(words.step(step, cells), min(step.done, cells), cells)

    # How it is drawn -------------------------------------------------------------------------------------------

    def _draw_sign(self) -> None:
        if self._proof is not None:
            picture = icon(SIGNS.get(self._proof.verdict, "info"), side=26)
            self._sign.setPixmap(picture.pixmap(QSize(26, 26), self.devicePixelRatioF()))

    def _clear(self) -> None:
        while (item := self._inside.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()

    def _add(self, one: QuestionFacts) -> None:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(f"{words.question(one)} · {words.verdict(one.verdict)}", "heading", wrap=True))
        column.addLayout(self._table(one))
        if any(one.confusion):
            column.addWidget(label(self.tr("What each class was called (rows: people’s word)"), "caption"))
            row = QHBoxLayout()
            row.setSpacing(32)
            said = {code for confusion in one.confusion for pair in confusion for code in pair}
            shipped = self._against or self.tr("Shipped")
            for confusion, title in zip(one.confusion, (shipped, self.tr("With the profile")), strict=True):
                row.addWidget(ConfusionMatrix(confusion, said, title), 0, Qt.AlignmentFlag.AlignTop)
            row.addStretch(1)
            column.addLayout(row)
        self._inside.addWidget(part)

    def _table(self, one: QuestionFacts) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        for column, width in enumerate(COLUMNS):
            grid.setColumnMinimumWidth(column, width)
            grid.setColumnStretch(column, 2)
        grid.setColumnStretch(3, 5)
        beside = f"{self._against} ○" if self._against else self.tr("Shipped ○")
        head = self.tr("Figure"), beside, self.tr("With the profile ●"), self.tr("0 to 1")
        for column, text in enumerate(head):
            grid.addWidget(label(text, "caption"), 0, column)
        for row, (name, (shipped, taught)) in enumerate(one.figures.items(), start=1):
            grid.addWidget(label(words.figure_name(name), "muted", wrap=True), row, 0)
            for column, one_of in enumerate((shipped, taught), start=1):
                grid.addWidget(label(words.figure(one_of), wrap=True), row, column)
            grid.addWidget(IntervalPlot(shipped, taught), row, 3)
        last = len(one.figures) + 1
        grid.addWidget(label(self.tr("Gain"), "muted"), last, 0)
        grid.addWidget(label(words.figure(one.gain, signed=True), wrap=True), last, 2)
        return grid
