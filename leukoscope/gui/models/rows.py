"""A few rows of texts in columns, under headings that are quieter than they."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from leukoscope.gui.widgets.text import label


class Rows(QWidget):
    """Columns as wide as their texts, on the left; a person can mark the texts and copy them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = QGridLayout(self)
        self._table.setContentsMargins(0, 0, 0, 0)
        self._table.setHorizontalSpacing(20)
        self._table.setVerticalSpacing(4)
        self.texts: tuple[tuple[str, ...], ...] = ()

    def show_rows(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show these rows, or nothing where there are none."""
        while (item := self._table.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.texts = tuple(tuple(row) for row in rows)
        for place, row in enumerate([headings, *self.texts] if self.texts else []):
            for column, text in enumerate(row):
                shown = label(text, "muted" if place == 0 else "")
                shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self._table.addWidget(shown, place, column)
        self._table.setColumnStretch(len(headings), 1)
        self.setVisible(bool(self.texts))
