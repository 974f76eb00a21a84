"""The row of buttons that label a cell: a verdict, or what the cell is, each with its key."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named
from leukoscope.gui import class_marks, verdicts
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.text import line

VERDICT_KEYS = ((Label.LEUKEMIC, "L"), (Label.HEALTHY, "H"), (Label.UNSURE, "U"))
KEYED = tuple(one for one in CELL_CLASSES.values() if one.key)
"""Classes that have a key, in the order of a bench counter."""
IN_ROW = 5


class LabelKeys(QWidget):
    """Shows a person's label, and lets it be changed.

    Signals
    -------
    chosen(object)
        A PersonLabel; ``None`` takes it back.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cell: CaseCell | None = None
        self.buttons: dict[PersonLabel, QToolButton] = {}
        self._lay_out()
        appearance().changed.connect(self._draw)

    def _lay_out(self) -> None:
        verdict_row = QHBoxLayout()
        verdict_row.setSpacing(6)
        for label, key in VERDICT_KEYS:
            word = verdicts.word(label)
            button = self._button(PersonLabel(label), f"{word}  {key}", word.lower(), key)
            button.setIcon(verdicts.shape_icon(label))
            button.setIconSize(verdicts.ICON_SIZE)
            verdict_row.addWidget(button, 1)
        grid = QGridLayout()
        grid.setSpacing(4)
        for place, one in enumerate(KEYED):
            text = f"{one.key} {class_marks.short_word(one.code)}"
            button = self._button(named(one.code), text, verdicts.class_word(one.code), one.key)
            button.setIconSize(class_marks.ICON_SIZE)
            grid.addWidget(button, place // IN_ROW, place % IN_ROW)
        self._draw()
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 10, 16, 10)
        inner.setSpacing(6)
        inner.addLayout(verdict_row)
        inner.addLayout(grid)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        column.addLayout(inner)

    def _button(self, said: PersonLabel, text: str, word: str, key: str) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setProperty("role", "key")
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setToolTip(self.tr("Label this cell “{0}” (key {1})").format(word, key))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(lambda _checked=False, said=said: self._clicked(said))
        self.buttons[said] = button
        return button

    def _draw(self) -> None:
        for said, button in self.buttons.items():
            if said.code is not None:
                button.setIcon(class_marks.glyph_icon(said.code))

    def show_cell(self, cell: CaseCell) -> None:
        """Mark what a person said of a cell; one that was taken out takes no label."""
        self._cell = cell
        decided = cell.decision.said if cell.decision else None
        for said, button in self.buttons.items():
            button.setChecked(said == decided)
            button.setEnabled(cell.removed is None)

    def _clicked(self, said: PersonLabel) -> None:
        cell = self._cell
        if cell is None:
            return
        self.show_cell(cell)
        decided = cell.decision.said if cell.decision else None
        self.chosen.emit(None if decided == said else said)
