"""Decided cells as files for an engineer: which layout, how far it is, and where they went."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from leukoscope.domain.progress import Progress
from leukoscope.gui.quality.card import Card, WorkBar
from leukoscope.gui.widgets.buttons import CheckBox, PushButton, Segmented
from leukoscope.gui.widgets.text import label

BELOW_WORDS = 25
"""Where the words of a check box begin, in device-independent pixels."""


class CellExportCard(Card):
    """Asks what an export of cells needs.

    Signals
    -------
    wanted(str, bool)
        Layout (``folder``, ``coco`` or ``yolo``), and whether the locked patients leave too.
    """

    wanted = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = Segmented(self.tr("Layout of the files"))
        self.locked = CheckBox(self.tr("The locked patients too"))
        self.save = PushButton(self.tr("Save cells as files…"), "", "folder")
        self.work = WorkBar()
        self.about = label("", "muted", wrap=True)
        self._lay_out()
        self.form.chosen.connect(self._choose)
        self.save.clicked.connect(lambda: self.wanted.emit(self.form.choice, self.locked.isChecked()))
        self._choose("folder")

    def _lay_out(self) -> None:
        about = self.tr(
            "What people decided in reviewed and signed cases, as new files under pseudonyms: no name, number, date or "
            "file name of a case is in them."
        )
        self.begin(self.tr("For an engineer: cells as files"), about)
        titles = self.tr("Folder of cells"), "COCO", "YOLO"
        self.form.set_choices(list(zip(("folder", "coco", "yolo"), titles, strict=True)))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label(self.tr("Layout")), 0, 0)
        grid.addWidget(self.form, 0, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.about, 1, 1)
        grid.addWidget(self.locked, 2, 1)
        # A check box has one line only, and this page has to fit into 960 pixels.
        counts = label(self.tr("This counts as a look at them."), "muted", wrap=True)
        counts.setContentsMargins(BELOW_WORDS, 0, 0, 0)
        grid.addWidget(counts, 3, 1)
        self.column.addLayout(grid)
        self.add_row(self.save)
        self.column.addWidget(self.work)

    def _choose(self, form: str) -> None:
        self.form.choose(form)
        if form == "folder":
            said = self.tr("Cells cut out, for python -m training, and for teaching on another day.")
        else:
            said = self.tr("Whole images with boxes and classes of all cells in them.")
        self.about.setText(said)

    def set_busy(self, busy: bool) -> None:
        """Cells are being written, or no longer."""
        for part in (self.form, self.locked, self.save):
            part.setEnabled(not busy)
        if busy:
            self.message.hide()
            self.work.begin(self.tr("Looking for decided cells"))
        else:
            self.work.hide()

    def show_step(self, progress: Progress) -> None:
        """Show how far it is."""
        text = self.tr("{0} of {1} written").format(progress.done, progress.total)
        self.work.show_step(text, progress.done, progress.total)
