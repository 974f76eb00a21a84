"""How far people agree: a card for each pair with kappa and confusion, and one for several on the same cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from leukoscope.gui.quality.card import Card
from leukoscope.gui.quality.confusion_matrix import ConfusionMatrix
from leukoscope.gui.widgets.scroll_area import scrolled
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.control.agreement import Kappa
    from leukoscope.workflow.reread.figures import Figures, PairFigures


class AgreementView(QWidget):
    """Shows figures of people."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inner = QWidget()
        self._cards = QVBoxLayout(self._inner)
        self._cards.setContentsMargins(0, 0, 8, 0)
        self._cards.setSpacing(12)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(self._inner))

    def show_figures(self, figures: Figures) -> None:
        """Show them all."""
        while (item := self._cards.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for group in figures.groups:
            card = Card()
            title = self.tr("{0} and who had decided, on the same cells").format(", ".join(group.readers))
            card.column.addWidget(label(title, "heading", wrap=True))
            card.column.addLayout(self._table(((self.tr("Fleiss’ kappa"), self._kappa(group.kappa)),)))
            self._cards.addWidget(card)
        for pair in figures.pairs:
            self._cards.addWidget(self._pair(pair))
        self._cards.addStretch(1)

    def _pair(self, pair: PairFigures) -> Card:
        card = Card()
        title = (
            self.tr("{0} against themselves").format(pair.reader)
            if pair.reader == pair.earlier
            else self.tr("{0} against {1}").format(pair.reader, pair.earlier)
        )
        card.column.addWidget(label(title, "heading", wrap=True))
        share = QLocale().toString(100 * pair.same / pair.cells, "f", 0)
        rows = (
            (self.tr("Named alike"), self.tr("{0} of {1} cells ({2} %)").format(pair.same, pair.cells, share)),
            (self.tr("Cohen’s kappa, classes"), self._kappa(pair.classes)),
            (self.tr("Cohen’s kappa, leukemic or healthy"), self._kappa(pair.verdicts)),
        )
        card.column.addLayout(self._table(rows))
        if pair.confusion:
            words = {word for both in pair.confusion for word in both}
            caption = self.tr("Earlier class (rows), class now (columns)")
            card.column.addWidget(label(caption, "caption", wrap=True))
            matrix = ConfusionMatrix(pair.confusion, words, "")
            matrix.setAccessibleName(caption)
            card.column.addWidget(matrix, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _table(self, rows: tuple[tuple[str, str], ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (name, text) in enumerate(rows):
            grid.addWidget(label(name, "muted"), row, 0)
            grid.addWidget(label(text, "", wrap=True), row, 1)
        return grid

    def _kappa(self, kappa: Kappa) -> str:
        if kappa.n == 0:
            return self.tr("no cell")
        if kappa.value != kappa.value:
            return self.tr("not known: all {0} cells were named alike").format(kappa.n)
        value, low, high = (QLocale().toString(one, "f", 2) for one in (kappa.value, kappa.low, kappa.high))
        return self.tr("{0} ({1} to {2}), {3} cells").format(value, low, high, kappa.n)
