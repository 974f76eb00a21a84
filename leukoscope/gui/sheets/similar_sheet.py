"""The lab's own decided cells that look most like the one in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.progress import Progress
from leukoscope.gui.quality.card import WorkBar
from leukoscope.gui.review.cell_card import CellCard, day
from leukoscope.gui.review.thumbnails import Thumbnails, ThumbnailSource
from leukoscope.gui.sheets.overlay import Sheet
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.text import label, line

if TYPE_CHECKING:
    from leukoscope.workflow.similar.service import SimilarCells

SHOWN = 5


class SimilarSheet(Sheet):
    """The cell in view on the left, its nearest on the right, each with who said what of it.

    Signals
    -------
    read_wanted()
        Read the decided cells that cannot be compared with yet.
    stop_wanted()
        Stop reading.
    keep_wanted()
        Keep the cell in view as an example.
    """

    read_wanted = Signal()
    stop_wanted = Signal()
    keep_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(self.tr("Similar cells"), parent)
        self.column.setContentsMargins(24, 16, 24, 24)
        self.thumbnails = Thumbnails(self)
        self.mine, self.cards = CellCard(self.thumbnails), [CellCard(self.thumbnails) for _ in range(SHOWN)]
        self.state, self.message, self.work = label("", "muted", wrap=True), MessageBar(), WorkBar()
        self.read = PushButton(self.tr("Read the others too"), "", "again")
        self.keep = PushButton(self.tr("Keep as example"), "", "check")
        self._lay_out()
        self.read.clicked.connect(self.read_wanted)
        self.work.stop.clicked.connect(self.stop_wanted)
        self.keep.clicked.connect(self.keep_wanted)

    def _lay_out(self) -> None:
        own = QVBoxLayout()
        own.setSpacing(6)
        own.addWidget(label(self.tr("In view"), "caption"))
        own.addWidget(self.mine)
        own.addStretch(1)
        others = QHBoxLayout()
        others.setSpacing(16)
        for card in self.cards:
            others.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
        others.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(label(self.tr("Nearest of the cells that people decided"), "caption"))
        right.addLayout(others)
        right.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(20)
        both.addLayout(own)
        both.addWidget(line(vertical=True))
        both.addLayout(right, 1)
        self.column.addLayout(both)
        self.column.addWidget(self.state)
        self.column.addWidget(self.work)
        self.column.addWidget(self.message)
        row = QHBoxLayout()
        row.addWidget(self.keep)
        row.addWidget(self.read)
        row.addStretch(1)
        self.column.addLayout(row)

    def set_source(self, source: ThumbnailSource) -> None:
        """Say where pictures come from."""
        self.thumbnails.set_source(source)

    # What it shows ---------------------------------------------------------------------------------------------

    def begin(self, frame: CaseFrame, cell: CaseCell) -> None:
        """Show the cell in view while its nearest are looked for."""
        decision = cell.decision
        self.mine.show_cell(
            frame, cell, decision.said if decision else None, [decision.by, day(decision.at)] if decision else []
        )
        for card in self.cards:
            card.hide()
        self.message.hide()
        self.read.hide()
        self.keep.setEnabled(decision is not None)
        self.keep.setToolTip("" if decision is not None else self.tr("Say first what this cell is"))
        self.state.setText("")
        self.work.begin(self.tr("Looking for similar cells"))
        self.enter()

    def show_found(self, found: SimilarCells) -> None:
        """Show the nearest."""
        self.work.hide()
        for card, one in zip(self.cards, found.nearest, strict=False):
            known = one.known
            far = self.tr("Distance {0}").format(f"{one.distance:.3f}")
            card.show_cell(one.frame, one.cell, known.said, [far, known.by or self.tr("a person"), day(known.at)])
        for number, card in enumerate(self.cards):
            card.setVisible(number < len(found.nearest))
        self.state.setText(self._words(found))
        self.read.setVisible(bool(found.unread))
        self.setFocus()

    def _words(self, found: SimilarCells) -> str:
        if not found.compared and not found.unread:
            return self.tr("There is no cell to compare with yet: name cells in a case, and mark the case as reviewed.")
        words = self.tr(
            "Compared with {0} decided cells of reviewed and signed cases; 0 is the same, 1 has nothing alike."
        )
        said = words.format(f"{found.compared:,}")
        if found.unread:
            said += " " + self.tr("{0} more have not been read yet.").format(f"{found.unread:,}")
        return said

    def show_step(self, progress: Progress) -> None:
        """Show how far the reading is."""
        text = self.tr("Reading decided cells: {0} of {1}").format(progress.done, progress.total)
        if self.work.isHidden():
            self.work.begin(text)
        self.read.hide()
        self.work.show_step(text, progress.done, progress.total)

    def show_building(self, progress: Progress) -> None:
        """Show how far the index is that cells are looked up in."""
        text = self.tr("The index of decided cells is being built: {0} of {1}").format(progress.done, progress.total)
        if self.work.isHidden():
            self.work.begin(text)
        self.read.hide()
        self.work.show_step(text, progress.done, progress.total)

    def show_not_compared(self) -> None:
        """Building the index was stopped."""
        self.work.hide()
        self.message.tell(self.tr("Stopped: the cell was not compared. Press S again to go on."))

    def show_trouble(self, sentence: str) -> None:
        """What went wrong."""
        self.work.hide()
        self.message.warn(sentence)

    def show_stopped(self) -> None:
        """Reading was stopped; what was read stays."""
        self.work.hide()
        self.read.show()
        self.message.tell(self.tr("Stopped. What was read until now is compared with."))
