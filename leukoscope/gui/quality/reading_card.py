"""Reading cells once more: one cell in its surroundings, and a key for each class; nothing else is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QWidget

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.labels import named
from leukoscope.gui import class_words, verdicts
from leukoscope.gui.quality.card import Card
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.class_keys import DEFAULT_KEYS

if TYPE_CHECKING:
    from leukoscope.workflow.reread_service import Told

SIDE, IN_ROW = 360, 4


class ReadingCard(Card):
    """Shows a cell and takes its name.

    Signals
    -------
    answered(object)
        A PersonLabel.
    next_wanted()
        In practice: what was told has been read.
    leave_wanted()
        Stop for now; what is answered is kept.
    """

    answered = Signal(object)
    next_wanted = Signal()
    leave_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.bar = label("", "heading", wrap=True), QProgressBar()
        self.picture, self.told = QLabel(), label("", "", wrap=True)
        self.buttons: dict[str, QPushButton] = {}
        self.next = PushButton(self.tr("Next cell"), "primary", "next")
        self.leave = PushButton(self.tr("Go on later"), "flat", "previous")
        self._keys: dict[str, str] = {}
        self._lay_out()
        self.set_class_keys(DEFAULT_KEYS)
        self.next.clicked.connect(self.next_wanted)
        self.leave.clicked.connect(self.leave_wanted)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.wait()

    def _lay_out(self) -> None:
        self.bar.setTextVisible(False)
        self.picture.setFixedSize(SIDE, SIDE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setAccessibleName(self.tr("The cell to name"))
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, code in enumerate(CELL_CLASSES):
            button = PushButton("")
            button.clicked.connect(lambda _on=False, code=code: self._name(code))
            self.buttons[code] = button
            grid.addWidget(button, place // IN_ROW, place % IN_ROW)
        for part in (self.title, self.bar, self.message):
            self.column.addWidget(part)
        self.column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self.column.addLayout(grid)
        self.column.addWidget(self.told)
        self.add_row(self.next, self.leave)
        self.column.addStretch(1)

    # What it shows ---------------------------------------------------------------------------------------------

    def set_class_keys(self, keys: Mapping[str, str]) -> None:
        """Which key names which class: code -> key, empty for none."""
        self._keys = {key: code for code, key in keys.items() if key}
        for code, button in self.buttons.items():
            word = class_words.class_word(code)
            button.setText(f"{keys[code]}  {word}".strip())
            button.setAccessibleName(word)

    def show_cell(self, picture: QPixmap, done: int, total: int, *, practice: bool) -> None:
        """Show a cell."""
        words = (
            self.tr("Practice, cell {0} of {1}: what is the one in the middle?")
            if practice
            else (self.tr("Cell {0} of {1}: what is the one in the middle?"))
        )
        self.title.setText(words.format(done + 1, total))
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.setAccessibleName(self.title.text())
        ratio = self.devicePixelRatioF()
        scaled = picture.scaled(
            round(SIDE * ratio), round(SIDE * ratio), Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
        scaled.setDevicePixelRatio(ratio)
        self.picture.setPixmap(scaled)
        self.told.clear()
        self.next.hide()
        self._enable(True)
        if self.isVisible():
            self.setFocus()

    def show_told(self, told: Told) -> None:
        """In practice: what had been decided, and what the program says."""
        answer = told.answer
        earlier = class_words.class_word(answer.earlier.code) if answer.earlier.code else (
            verdicts.word(answer.earlier.label).lower()
        )  # fmt: skip
        program = class_words.class_word(told.program) if told.program else self.tr("no class")
        text = self.tr("You: {0}. {1} had decided: {2}. The program: {3}, {4}.")
        now = class_words.class_word(answer.said.code) if answer.said.code else ""
        self.told.setText(text.format(now, answer.by, earlier, program, verdicts.word(told.verdict).lower()))
        self.next.show()
        self.next.setFocus()

    def wait(self) -> None:
        """The answer is being kept, or the next cell fetched."""
        self._enable(False)

    def _enable(self, able: bool) -> None:
        for button in self.buttons.values():
            button.setEnabled(able)

    # What a person does ----------------------------------------------------------------------------------------

    def _name(self, code: str) -> None:
        if self.buttons[code].isEnabled():
            self.wait()
            self.answered.emit(named(code))

    def event(self, event: QEvent) -> bool:
        """The keys of the classes are this card's while it has the keyboard."""
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.text().upper() in self._keys:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A class is named by its key."""
        code = self._keys.get(event.text().upper())
        if code is None:
            super().keyPressEvent(event)
        else:
            self._name(code)
