"""The row of buttons that label a cell: a verdict, or what the cell is, each with its key."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named
from leukoscope.gui import class_marks, class_words, verdicts
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.text import line
from leukoscope.workflow.class_keys import DEFAULT_KEYS

VERDICT_KEYS = ((Label.LEUKEMIC, "L"), (Label.HEALTHY, "H"), (Label.UNSURE, "U"))
IN_ROW = 4


class _Key(QToolButton):
    """A second click that comes too soon was meant for the cell before: another one is shown by now."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Do nothing."""
        event.accept()


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
        self.set_class_keys(DEFAULT_KEYS)
        appearance().changed.connect(self._draw)

    def _lay_out(self) -> None:
        verdict_row = QHBoxLayout()
        verdict_row.setSpacing(2)
        for label, key in VERDICT_KEYS:
            button = self._button(PersonLabel(label))
            button.setText(f"{verdicts.word(label)} {key}")
            self._explain(button, verdicts.word(label).lower(), key)
            button.setIcon(verdicts.shape_icon(label))
            button.setIconSize(verdicts.ICON_SIZE)
            verdict_row.addWidget(button, 1)
        grid = QGridLayout()
        grid.setSpacing(4)
        for place, code in enumerate(CELL_CLASSES):
            button = self._button(named(code))
            button.setIconSize(class_marks.ICON_SIZE)
            grid.addWidget(button, place // IN_ROW, place % IN_ROW)
        self._draw()
        inner = QVBoxLayout()
        inner.setContentsMargins(12, 10, 12, 10)
        inner.setSpacing(6)
        inner.addLayout(verdict_row)
        inner.addLayout(grid)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        column.addLayout(inner)

    def set_class_keys(self, keys: Mapping[str, str]) -> None:
        """Show which key names which class: code -> key, empty for none."""
        for code in CELL_CLASSES:
            button, key = self.buttons[named(code)], keys[code]
            button.setText(f"{key} {class_words.short_word(code)}".strip())
            self._explain(button, class_words.class_word(code), key)

    def _explain(self, button: QToolButton, word: str, key: str) -> None:
        text = self.tr("Label this cell “{0}” (key {1})") if key else self.tr("Label this cell “{0}”")
        button.setToolTip(text.format(word, key))
        button.setAccessibleName(button.toolTip())

    def said_at(self, on_screen: QPoint) -> PersonLabel | None:
        """The label whose button lies at a point of the screen."""
        for said, button in self.buttons.items():
            if button.isVisible() and button.isEnabled() and button.rect().contains(button.mapFromGlobal(on_screen)):
                return said
        return None

    def _button(self, said: PersonLabel) -> QToolButton:
        button = _Key()
        button.setCheckable(True)
        button.setProperty("role", "key")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
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
