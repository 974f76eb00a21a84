"""All ways of feeding a model that were tried, and three cells as the network sees them under the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from leukoscope.gui.models.feeding_words import (
    NOTHING,
    around_words,
    figures_words,
    samples_words,
    swapped_words,
    tried_on_words,
)
from leukoscope.gui.pixels import to_pixmap
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.domain.frames import Pixels
    from leukoscope.inference.proposal.tried import Proposal, Tried

CELLS, CELL_SIDE = 3, 128
"""How many cells are shown, and how large."""
ROWS_SHOWN, ROW_HEIGHT = 6, 32


class TriedWays(QWidget):
    """Shows a Proposal; the way that a person chooses in it is the one that is imported."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._proposal: Proposal | None = None
        self.caption, self.warning = label("", "muted", wrap=True), label("", "wrong", wrap=True)
        self.table = QTableWidget(0, 4)
        self.cells = tuple(QLabel() for _ in range(CELLS))
        self._seen = QWidget()
        self._build_table()
        self._lay_out()
        self.table.currentCellChanged.connect(lambda row, *_rest: self._show_way(row))
        self.forget()

    def _build_table(self) -> None:
        self.table.setHorizontalHeaderLabels(
            (self.tr("Around the cell"), self.tr("Samples"), self.tr("AUROC"), self.tr("95 % interval"))
        )
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setHighlightSections(False)
        for narrow in (2, 3):
            head.setSectionResizeMode(narrow, QHeaderView.ResizeMode.ResizeToContents)
        side = self.table.verticalHeader()
        side.hide()
        side.setDefaultSectionSize(ROW_HEIGHT)
        self.table.setAccessibleName(self.tr("Ways of feeding the model, the proposed one first"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        pictures.setSpacing(16)
        for number, one in enumerate(self.cells, 1):
            one.setFixedSize(QSize(CELL_SIDE, CELL_SIDE))
            one.setAccessibleName(self.tr("Cell {0} as the network sees it").format(number))
            pictures.addWidget(one)
        pictures.addStretch(1)
        seen = QVBoxLayout(self._seen)
        seen.setContentsMargins(0, 0, 0, 0)
        seen.setSpacing(8)
        seen.addWidget(label(self.tr("Three of the cells as the network sees them, fed so"), "caption"))
        seen.addLayout(pictures)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (self.caption, self.table, self.warning, self._seen):
            column.addWidget(widget)

    @property
    def proposal(self) -> Proposal | None:
        """What is shown; ``None`` for nothing."""
        return self._proposal

    @property
    def chosen(self) -> Tried | None:
        """The way that is chosen; ``None`` where nothing was tried."""
        row = self.table.currentRow()
        return self._proposal.tried[row] if self._proposal is not None and row >= 0 else None

    def forget(self) -> None:
        """Show nothing."""
        self._proposal = None
        self.table.setRowCount(0)
        self.hide()

    def show_proposal(self, proposal: Proposal) -> None:
        """Show all ways, the proposed one chosen."""
        self._proposal = None
        self.caption.setText(tried_on_words(proposal))
        self.table.setRowCount(len(proposal.tried))
        for row, way in enumerate(proposal.tried):
            figures = figures_words(way) if proposal.is_tried else (NOTHING, NOTHING)
            for column, text in enumerate((around_words(way.feeding), samples_words(way.feeding), *figures)):
                item = QTableWidgetItem(text)
                item.setToolTip(text if column < 2 else "")
                self.table.setItem(row, column, item)
        rows = min(ROWS_SHOWN, len(proposal.tried))
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + rows * ROW_HEIGHT + 2 * self.table.frameWidth())
        self._proposal = proposal
        self.show()
        self.table.setCurrentCell(0, 0)
        self._show_way(0)

    def _show_way(self, row: int) -> None:
        if self._proposal is None or row < 0:
            return
        # The rule's room brings the store with it, which is open by the time that anything was tried.
        from leukoscope.workflow.own_model.activation import speaks_against

        way = self._proposal.tried[row]
        trial = self._proposal.trial_of(way)
        against = trial is not None and speaks_against(trial)
        plainly = self.tr(
            "Fed so, it does not tell leukemic from healthy cells. It can be imported, and judges only when you "
            "write down why."
        )
        self.warning.setText(swapped_words(self._proposal) or plainly)
        self.warning.setVisible(against)
        self._seen.setVisible(bool(way.seen))
        for number, picture in enumerate(self.cells):
            self._show_cell(picture, way.seen[number] if number < len(way.seen) else None)

    def _show_cell(self, picture: QLabel, pixels: Pixels | None) -> None:
        picture.setVisible(pixels is not None)
        if pixels is None:
            return
        # Each sample of a small input as a square: what is lost in it is to be seen.
        ratio = self.devicePixelRatioF()
        side = round(CELL_SIDE * ratio)
        pixmap = to_pixmap(pixels).scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
        pixmap.setDevicePixelRatio(ratio)
        picture.setPixmap(pixmap)
