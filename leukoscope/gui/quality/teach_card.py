"""The second step: a name, the wanted accuracy, and learning with progress and a way to stop."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from leukoscope.domain.percent import percent_text
from leukoscope.domain.site_steps import TeachStage, TeachStep
from leukoscope.gui.quality import quality_words as words
from leukoscope.gui.quality.card import Card, WorkBar
from leukoscope.gui.widgets.buttons import CheckBox, PushButton, Segmented
from leukoscope.gui.widgets.text import label

SHARES = ("0.90", "0.95", "0.98", "0.99")
USUAL = "0.95"
NAME = "our-lab"
LONGEST = 28
NAME_WIDTH = 280


class TeachCard(Card):
    """Asks what teaching needs, and shows how far it is.

    Signals
    -------
    start_wanted(str, float, bool)
        Name, wanted accuracy, whether to sign.
    """

    start_wanted = Signal(str, float, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = label("", "", wrap=True)
        self.name, self.accuracy = QLineEdit(NAME), Segmented(self.tr("Wanted accuracy of decided cells"))
        self.sign = CheckBox(self.tr("Sign it with the key of this installation"))
        self.start = PushButton(self.tr("Start teaching"), "primary", "models")
        self.work = WorkBar()
        self._lay_out()
        self.start.clicked.connect(self._start)
        self.name.returnPressed.connect(self._start)
        self.show_cells("")

    def _lay_out(self) -> None:
        about = self.tr(
            "The networks stay as they are; what they conclude is learned anew from your cells. It is proven by "
            "leaving patients out and takes about a minute for 200 cells. Nothing changes until an administrator lets "
            "it speak."
        )
        self.begin(self.tr("Teach the models your microscope"), about)
        self.name.setMaxLength(LONGEST)
        self.name.setAccessibleName(self.tr("Name of the profile"))
        self.name.setPlaceholderText(NAME)
        self.accuracy.set_choices([(one, percent_text(float(one))) for one in SHARES])
        self.accuracy.choose(USUAL)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        left = Qt.AlignmentFlag.AlignLeft
        grid.addWidget(label(self.tr("Cells")), 0, 0)
        grid.addWidget(self.cells, 0, 1)
        grid.addWidget(label(self.tr("Name")), 1, 0)
        self.name.setMinimumWidth(NAME_WIDTH)
        grid.addWidget(self.name, 1, 1, left)
        grid.addWidget(label(self.tr("Wanted accuracy of decided cells"), wrap=True), 2, 0)
        grid.addWidget(self.accuracy, 2, 1, left)
        grid.addWidget(self.sign, 3, 1, left)
        self.column.addLayout(grid)
        self.add_row(self.start)
        self.column.addWidget(self.work)
        self.column.addStretch(1)

    # What it shows ---------------------------------------------------------------------------------------------

    def show_cells(self, summary: str) -> None:
        """Say with which cells; nothing can begin without."""
        self.cells.setText(summary or self.tr("None yet: choose cells first."))
        self.start.setEnabled(bool(summary))

    def set_busy(self, busy: bool, text: str = "") -> None:
        """Teaching is under way, or, without a text, something else is that must end first."""
        for part in (self.name, self.accuracy, self.sign):
            part.setEnabled(not busy)
        self.start.setEnabled(not busy)
        if busy and text:
            self.message.hide()
            self.work.begin(text)
        elif not busy:
            self.work.hide()

    def show_step(self, step: TeachStep, cells: int) -> None:
        """Show where teaching is; ``cells`` there are in all."""
        total = step.total or (cells if step.stage in {TeachStage.ASKING, TeachStage.ASKING_TAUGHT} else 0)
        self.work.show_step(words.step(step, cells), min(step.done, total), total)

    def _start(self) -> None:
        if self.start.isEnabled():
            name = self.name.text().strip() or NAME
            self.start_wanted.emit(name, float(self.accuracy.choice), self.sign.isChecked())
