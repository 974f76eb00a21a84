"""Examples on the page Quality: the laboratory's own atlas, by class, of cells that people decided and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel
from leukoscope.gui import class_words, verdicts
from leukoscope.gui.review.cell_card import SIDE, CellCard, day
from leukoscope.gui.review.thumbnails import Thumbnails
from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.gui.widgets.empty_state import EmptyState, Waiting
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.scroll_area import scrolled
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leukoscope.workflow.similar.service import KeptExample

GAP = 20
ORDER = (*CELL_CLASSES, *(one.value for one in Label))
"""Classes in the order in which people count, then bare verdicts."""


def heading(said: PersonLabel) -> str:
    """What a group of examples is called."""
    return class_words.heading(said.code) if said.code is not None else verdicts.word(said.label)


class ExamplesPart(QWidget):
    """A grid for each class.

    Signals
    -------
    remove_wanted(int)
        Keep the cell of this key as an example no longer.
    begin_wanted()
        Go where cells are kept.
    """

    remove_wanted = Signal(int)
    begin_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thumbnails, self.message = Thumbnails(self), MessageBar()
        self.cards: dict[int, CellCard] = {}
        self._grids: list[tuple[QGridLayout, list[CellCard]]] = []
        self._columns = 0
        self.empty = EmptyState(
            "quality",
            self.tr("No example yet"),
            self.tr("Press K on a cell that you have named: it is kept here, as an example of its class."),
            self.tr("Go to the cells"),
        )
        self._inside, self._stack = QWidget(), QStackedWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._area = scrolled(self._inside)
        for one in (Waiting(), self.empty, self._area):
            self._stack.addWidget(one)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 0, 24, 24)
        whole.setSpacing(8)
        about = self.tr("Cells of the laboratory’s own cases, as people decided them. No patient is named here.")
        whole.addWidget(label(about, "muted", wrap=True))
        whole.addWidget(self.message)
        whole.addWidget(self._stack, 1)
        self.empty.clicked.connect(self.begin_wanted)

    def focus_target(self) -> QWidget:
        """The first card's button, or what the empty part offers."""
        buttons = (card.findChild(IconButton) for card in self.cards.values())
        return next((one for one in buttons if one is not None), self.empty.button)

    def show_examples(self, examples: Sequence[KeptExample], *, why_not: str = "") -> None:
        """Show all; ``why_not`` says why who works here may remove none."""
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self.cards, self._grids = {}, []
        groups: dict[str, list[KeptExample]] = {}
        for one in examples:
            groups.setdefault(one.example.cell.said.word, []).append(one)
        for word in sorted(groups, key=ORDER.index):
            self._add_group(groups[word], why_not)
        self._column.addStretch(1)
        self._columns = 0
        self._arrange()
        self._stack.setCurrentWidget(self._area if examples else self.empty)

    def _add_group(self, examples: Sequence[KeptExample], why_not: str) -> None:
        group = QWidget()
        grid = QGridLayout(group)
        grid.setContentsMargins(0, 0, 0, 8)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP)
        said = examples[0].example.cell.said
        title = self.tr("{0}: {1}").format(heading(said), len(examples))
        self._column.addWidget(label(title, "heading"))
        self._column.addWidget(group)
        self._grids.append((grid, [self._card(one, why_not) for one in examples]))

    def _card(self, one: KeptExample, why_not: str) -> CellCard:
        known = one.example.cell
        card = CellCard(self.thumbnails)
        somebody = self.tr("a person")
        lines = (
            self.tr("Decided: {0}").format(known.by or somebody),
            self.tr("Kept: {0}").format(one.example.kept_by or somebody),
            day(one.example.kept_at),
        )
        card.show_cell(one.frame, one.cell, known.said, lines)
        remove = IconButton("remove", why_not or self.tr("Keep this cell as an example no longer"))
        remove.setEnabled(not why_not)
        remove.clicked.connect(lambda _checked=False, cell_id=known.id: self.remove_wanted.emit(cell_id))
        card.foot.addWidget(remove)
        self.cards[known.id] = card
        return card

    # How it is laid out ----------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        columns = max(1, (self._area.viewport().width() + GAP) // (SIDE + GAP))
        if columns == self._columns:
            return
        self._columns = columns
        for grid, cards in self._grids:
            for place, card in enumerate(cards):
                grid.addWidget(card, place // columns, place % columns, Qt.AlignmentFlag.AlignTop)
            for column in range(grid.columnCount()):
                grid.setColumnStretch(column, 0)
            grid.setColumnStretch(columns, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as there is room for."""
        super().resizeEvent(event)
        self._arrange()
