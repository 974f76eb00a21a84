"""The keys of the cell classes: one for each, set in place, refused with a sentence where something else has it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.gui import class_marks, class_words
from leukoscope.gui.actions import reserved_keys
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.class_keys import DEFAULT_KEYS, KeyFault, KeyRefusal, changed_keys, refusal

IN_ROW = 2
WIDTH = 48


class KeyEdit(QLineEdit):
    """Holds one key: the next one that is typed takes its place."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses what stands here, as the Tab key does."""
        super().mousePressEvent(event)
        self.selectAll()


class ClassKeysTable(QWidget):
    """Shows which key names which class, and lets it be changed.

    Signals
    -------
    chosen(object)
        What the settings shall keep: code -> key, for classes whose key is not the bench counter's.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = dict(DEFAULT_KEYS)
        self.edits: dict[str, QLineEdit] = {}
        self._signs: dict[str, QLabel] = {}
        self.refused = label("", "wrong", wrap=True)
        self.refused.hide()
        self.reset = PushButton(self.tr("As on a bench counter"), "", "undo")
        self.reset.setToolTip(self.tr("Give every class its first key again"))
        self.reset.clicked.connect(self._reset)
        self._lay_out()
        appearance().changed.connect(self._draw)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        rows = -(-len(CELL_CLASSES) // IN_ROW)
        for place, code in enumerate(CELL_CLASSES):
            row, left = place % rows, 4 * (place // rows)
            self._signs[code] = sign = label("")
            sign.setFixedWidth(class_marks.SIDE)
            name = label(class_words.class_word(code))
            name.setBuddy(edit := self._edit(code))
            for beside, widget in enumerate((sign, name, edit)):
                grid.addWidget(widget, row, left + beside)
            grid.setColumnMinimumWidth(left + 3, 24)
        grid.setColumnStretch(4 * IN_ROW, 1)
        below = QHBoxLayout()
        below.addWidget(self.reset)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(grid)
        column.addWidget(self.refused)
        column.addLayout(below)
        self._draw()

    def _edit(self, code: str) -> QLineEdit:
        edit = KeyEdit()
        edit.setMaxLength(1)
        edit.setFixedWidth(WIDTH)
        edit.setAlignment(Qt.AlignmentFlag.AlignCenter)
        edit.setAccessibleName(self.tr("Key for “{0}”").format(class_words.class_word(code)))
        edit.textEdited.connect(lambda text: self._typed(code, text))
        self.edits[code] = edit
        return edit

    def _draw(self) -> None:
        for code, sign in self._signs.items():
            sign.setPixmap(class_marks.glyph_pixmap(code, class_marks.SIDE, self.devicePixelRatioF()))

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Show the keys in force: code -> key, empty for none."""
        self._keys = dict(keys)
        for code, edit in self.edits.items():
            if edit.text() != keys[code]:
                edit.setText(keys[code])
            if edit.hasFocus():
                edit.selectAll()
        self.reset.setEnabled(self._keys != DEFAULT_KEYS)

    def _typed(self, code: str, text: str) -> None:
        key = text.strip().upper()
        refused = refusal(self._keys, code, key, reserved_keys())
        self.refused.setText(self._sentence(refused) if refused is not None else "")
        self.refused.setVisible(refused is not None)
        if refused is not None:
            self.show_keys(self._keys)
        else:
            self.chosen.emit(changed_keys(self._keys, code, key))

    def _reset(self) -> None:
        self.refused.hide()
        self.chosen.emit({})

    def _sentence(self, refused: KeyRefusal) -> str:
        if refused.fault is KeyFault.OF_CLASS:
            text = self.tr("The key {0} names “{1}”; give that class another key first.")
            return text.format(refused.key, class_words.class_word(refused.other))
        if refused.fault is KeyFault.OF_ACTION:
            return self.tr("The key {0} is for “{1}”; choose another one.").format(refused.key, refused.other)
        return self.tr("A key is one letter or one digit; choose another one.")
