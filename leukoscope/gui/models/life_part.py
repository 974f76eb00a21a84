"""The life of the model that is shown: the cases it judged, and how it does beside another one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.gui import verdicts
from leukoscope.gui.class_words import class_word
from leukoscope.gui.models.rows import Rows
from leukoscope.gui.quality import quality_words as words
from leukoscope.gui.quality.card import WorkBar
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.cases.model_uses import ModelUse
    from leukoscope.workflow.model_events import ModelsCompared
    from leukoscope.workflow.site.proof_facts import QuestionFacts

MOST_SHOWN = 12
"""So many cases, or cells, are named; the others are counted."""


class LifePart(QWidget):
    """Asks for the cases and for a comparison, and shows either.

    Signals
    -------
    cases_wanted()
        Which cases the model has judged.
    compare_wanted(str, object)
        Name of the other model; a folder of labeled cells, or ``None`` for reviewed cases.
    """

    cases_wanted = Signal()
    compare_wanted = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cases = PushButton(self.tr("Show the cases it judged"), "", "worklist")
        self.used, self.used_rows, self.used_more = label("", wrap=True), Rows(), label("", "muted")
        self.other = QComboBox()
        self.other.setAccessibleName(self.tr("Model to compare with"))
        self.on_cases = PushButton(self.tr("On reviewed cases"), "", "similar")
        self.on_cases.setToolTip(self.tr("Both judge the cells that people decided in reviewed and signed cases"))
        self.on_folder = PushButton(self.tr("On a folder…"), "", "folder")
        self.on_folder.setToolTip(self.tr("Both judge labeled cells, sorted as CLASS/PATIENT/file"))
        self.work = WorkBar()
        self.result = label("", wrap=True)
        self.parted, self.parted_more = Rows(), label("", "muted")
        self._figures, self._table = QWidget(), QGridLayout()
        self._caption = label(self.tr("Beside another model"), "caption")
        self._row = QWidget()
        self._lay_out()
        self.cases.clicked.connect(self.cases_wanted)
        self.on_cases.clicked.connect(lambda: self.compare_wanted.emit(self.other.currentData(), None))
        self.on_folder.clicked.connect(self._ask_folder)

    def _lay_out(self) -> None:
        asked = QHBoxLayout()
        asked.addWidget(self.cases)
        asked.addStretch(1)
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.other, 1)
        row.addWidget(self.on_cases)
        row.addWidget(self.on_folder)
        self._table.setHorizontalSpacing(20)
        self._table.setVerticalSpacing(6)
        self._table.setColumnStretch(2, 1)
        self._table.setContentsMargins(0, 0, 0, 0)
        self._figures.setLayout(self._table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(self.tr("Cases"), "caption"))
        column.addLayout(asked)
        for one in (self.used, self.used_rows, self.used_more):
            column.addWidget(one)
        column.addSpacing(4)
        column.addWidget(self._caption)
        column.addWidget(self._row)
        column.addWidget(self.work)
        column.addWidget(self.result)
        column.addWidget(self._figures)
        column.addWidget(self.parted)
        column.addWidget(self.parted_more)
        for text in (self.used, self.result):
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_model(self, others: Sequence[tuple[str, str]], before: str) -> None:
        """Another model is shown: the names and titles it can be compared with, and the version before, if any."""
        self.other.clear()
        for name, title in others:
            self.other.addItem(title if title.casefold() == name else f"{title} ({name})", name)
        self.other.setCurrentIndex(max(0, self.other.findData(before)))
        for one in (self._caption, self._row):
            one.setVisible(bool(others))
        self._clear()
        for one in (self.used, self.used_rows, self.used_more):
            one.hide()

    def show_cases(self, found: Sequence[ModelUse]) -> None:
        """Show the cases that the model judged, the latest first."""
        count = len({one.case_id for one in found})
        none = self.tr("It has judged no case that is still kept.")
        self.used.setText(self.tr("Cases: {0}").format(count) if found else none)
        self.used.show()
        self.used_rows.show_rows(
            (self.tr("Case"), self.tr("Cells"), self.tr("Version")),
            [(one.number, str(one.cells), one.version) for one in found[:MOST_SHOWN]],
        )
        self._count(self.used_more, len(found))

    def _count(self, more: QLabel, count: int) -> None:
        """Say how many are not named."""
        more.setText(self.tr("and {0} more").format(count - MOST_SHOWN))
        more.setVisible(count > MOST_SHOWN)

    # Comparing -------------------------------------------------------------------------------------------------

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder of labeled cells"))
        if name:
            self.compare_wanted.emit(self.other.currentData(), Path(name))

    def set_working(self, working: bool) -> None:
        """Whether two models are being compared."""
        self._row.setEnabled(not working)
        if working:
            self._clear()
            self.work.begin(self.tr("Reading the cells"))
        else:
            self.work.hide()

    def show_done(self, cells: int) -> None:
        """Say how many cells both have judged."""
        self.work.show_step(self.tr("{0} cells judged by both").format(cells), 0, 0)

    def show_sentence(self, sentence: str) -> None:
        """Say why there is no comparison."""
        self._clear()
        self.result.setText(sentence)
        self.result.show()

    def show_comparison(self, found: ModelsCompared) -> None:
        """Show what comparing came to; the shown model is the second."""
        self._clear()
        first, second = found.names
        lines = [
            self.tr("“{0}” beside “{1}”: {2}.").format(second, first, words.verdict(found.facts.verdict)),
            self.tr("They differ on {0} of {1} cells; “{2}” is right on {3} of these, “{4}” on {5}.").format(
                len(found.parted), found.cells, second, found.right[1], first, found.right[0]
            ),
        ]
        if found.left_out:
            lines.append(self.tr("{0} pictures were left out.").format(found.left_out))
        self.result.setText("\n".join(lines))
        self.result.show()
        self.parted.show_rows(
            (self.tr("Where they differ"), self.tr("People say"), first, second),
            [(words.place(source), *(_word(said) for said in told)) for source, *told in found.parted[:MOST_SHOWN]],
        )
        self._count(self.parted_more, len(found.parted))
        for question in found.facts.questions:
            self._add(question, first, second)
        self._figures.setVisible(bool(found.facts.questions))

    def _add(self, one: QuestionFacts, first: str, second: str) -> None:
        row = self._table.rowCount()
        for column, text in enumerate((words.question(one), first, second)):
            self._table.addWidget(label(text, "muted", wrap=column == 0), row, column)
        for name, sides in one.figures.items():
            row += 1
            self._table.addWidget(label(words.figure_name(name), "muted"), row, 0)
            for column, side in enumerate(sides, start=1):
                self._table.addWidget(label(words.figure(side)), row, column)

    def _clear(self) -> None:
        self.result.hide()
        self.parted.hide()
        self.parted_more.hide()
        self._figures.hide()
        while (item := self._table.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()


def _word(said: str) -> str:
    """A class of cells or a verdict in words."""
    if said in CELL_CLASSES:
        return class_word(said)
    return verdicts.word(Label(said)).lower() if said in {one.value for one in Label} else said
