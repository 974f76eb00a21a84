"""The first step: which labeled cells, how many of each class and patient, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from leukoscope.gui.language import said
from leukoscope.gui.quality import quality_words as words
from leukoscope.gui.quality.card import Card, WorkBar
from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leukoscope.workflow.site.overview import CellsOverview, LabeledGroup

MOST_NAMED = 6
"""So many images are named, then only counted."""
MOST_PATIENTS = 12
EXAMPLE = "cells/\n  blast/\n    patient-3/   a.png  b.png\n  lymphocyte/\n    patient-7/   c.png  d.png"
"""How a folder is sorted."""


class CellsCard(Card):
    """Asks for cells, and shows what there is.

    Signals
    -------
    cases_wanted(), folder_wanted()
        Read the lab's reviewed cases, or a folder.
    microscope_wanted(str)
        Read only those of reviewed cases that were taken with this one.
    go_on()
        Teach with these cells.
    """

    cases_wanted = Signal()
    folder_wanted = Signal()
    microscope_wanted = Signal(str)
    go_on = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cases = PushButton(self.tr("Take cells of reviewed cases"), "", "review")
        self.folder = PushButton(self.tr("Choose a folder…"), "", "folder")
        self.next = PushButton(self.tr("Go on: teach"), "primary", "next")
        self.microscope = ComboBox()
        self.only = PushButton(self.tr("Take only cells of this one"), "", "review")
        self.work = WorkBar()
        self.example = label(EXAMPLE, "muted")
        self.example.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.example.setAccessibleName(self.tr("A folder of labeled cells"))
        self.summary, self.enough = label("", "heading", wrap=True), label("", "muted", wrap=True)
        self.to_settle, self.left_out = label("", "", wrap=True), label("", "muted", wrap=True)
        self._settle_title = label(self.tr("To be settled: images under labels that differ"), "caption")
        self._out_title = label(self.tr("Left out"), "caption")
        self._table = QWidget()
        self.grid = QGridLayout(self._table)
        self._lay_out()
        self.cases.clicked.connect(self.cases_wanted)
        self.folder.clicked.connect(self.folder_wanted)
        self.only.clicked.connect(lambda: self.microscope_wanted.emit(self.microscope.currentText()))
        self.next.clicked.connect(self.go_on)
        self._show_parts(found=False)

    def _lay_out(self) -> None:
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(24)
        self.grid.setVerticalSpacing(8)
        self.grid.setColumnStretch(3, 1)
        self.grid.setColumnStretch(4, 1)
        about = self.tr(
            "Cells that were decided in reviewed or signed cases count, under pseudonyms of their patients. Or take a "
            "folder, sorted as CLASS/PATIENT/image: choose it, or drop it here. Useful are 20 cells of 3 patients of "
            "each class."
        )
        self.begin(self.tr("Which cells have people named?"), about)
        self.add_row(self.cases, self.folder)
        self.microscope.setAccessibleName(self.tr("Microscope: camera and objective"))
        self.add_row(self.microscope, self.only)
        self.column.addWidget(self.work)
        self.column.addWidget(self.example)
        for part in (
            self.summary, self._table, self.enough, self._settle_title, self.to_settle, self._out_title, self.left_out,
        ):  # fmt: skip
            self.column.addWidget(part)
        self.add_row(self.next)
        self.column.addStretch(1)

    def _show_parts(self, *, found: bool) -> None:
        for part in (self.summary, self._table, self.enough, self.next):
            part.setVisible(found)
        hidden = self._settle_title, self.to_settle, self._out_title, self.left_out, self.microscope, self.only
        for part in hidden:
            part.setVisible(False)
        self.example.setVisible(not found)

    # What it shows ---------------------------------------------------------------------------------------------

    def set_busy(self, busy: bool, text: str = "") -> None:
        """Nothing else can be chosen while cells are read or taught; a text says that it is this step's work."""
        for button in (self.cases, self.folder, self.microscope, self.only, self.next):
            button.setEnabled(not busy)
        if busy and text:
            self.message.hide()
            self._show_parts(found=False)
            self.example.hide()
            self.work.begin(text)
        elif not busy:
            self.work.hide()

    def show_overview(self, overview: CellsOverview, source: str, microscopes: Sequence[str] = ()) -> None:
        """Show what was read; of several microscopes one can be chosen."""
        self._show_parts(found=bool(overview.cells))
        self.microscope.clear()
        self.microscope.addItems(microscopes)
        for part in (self.microscope, self.only):
            part.setVisible(len(microscopes) > 1)
        text = self.tr("{0} cells of {1} patients in {2}")
        self.summary.setText(text.format(overview.cells, overview.patients, source))
        self._fill(overview.classes, overview.sides)
        complete = self.tr("Nothing is missing.")
        some = self.tr("You can teach with these; with what is missing, it can be told whether it is better.")
        self.enough.setText(complete if overview.is_complete else some)
        self.enough.setVisible(bool(overview.cells) and not overview.obstacle)
        self.next.setEnabled(not overview.obstacle)
        if overview.obstacle:
            self.message.warn(overview.obstacle)
        settle = [f"{' / '.join(map(words.group_word, one.labels))}: {', '.join(map(words.place, one.sources))}"
                  for one in overview.to_settle]  # fmt: skip
        self._list(self._settle_title, self.to_settle, settle)
        out = [f"{words.place(name)}: {said(sentence)}" for name, sentence in overview.refused]
        if overview.copies:
            out.insert(0, self.tr("Images that are there twice and count once: {0}.").format(overview.copies))
        self._list(self._out_title, self.left_out, out)

    def show_nothing(self) -> None:
        """There are no cells to show."""
        self._show_parts(found=False)

    def _list(self, title: QLabel, text: QLabel, lines: Sequence[str]) -> None:
        shown = list(lines[:MOST_NAMED])
        if len(lines) > MOST_NAMED:
            shown.append(self.tr("and {0} more").format(len(lines) - MOST_NAMED))
        text.setText("\n".join(shown))
        for part in (title, text):
            part.setVisible(bool(lines))

    def _fill(self, classes: Sequence[LabeledGroup], sides: Sequence[LabeledGroup]) -> None:
        while (item := self.grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        head = (
            self.tr("Class"), self.tr("Cells"), self.tr("Patients"), self.tr("Cells of each patient"),
            self.tr("Missing"),
        )  # fmt: skip
        asked = (self.tr("Of these"), "", "", "", "")
        both = [asked, *map(self._row, sides)] if classes and sides else [*map(self._row, sides)]
        for row, texts in enumerate((head, *map(self._row, classes), *both)):
            for column, text in enumerate(texts):
                role = "caption" if texts in {head, asked} else "muted" if column == 3 else ""
                one = label(text, role, wrap=column >= 3)
                right = column in {1, 2}
                one.setAlignment(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
                self.grid.addWidget(one, row, column)

    def _row(self, one: LabeledGroup) -> tuple[str, ...]:
        per = [str(n) for n in one.per_patient[:MOST_PATIENTS]]
        more = ["…"] if len(one.per_patient) > MOST_PATIENTS else []
        lacks = words.missing(one.group) or self.tr("nothing")
        group = one.group
        return words.group_word(group.word), str(group.cells), str(group.patients), " · ".join(per + more), lacks
