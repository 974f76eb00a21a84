"""What each figure of a model means: the two usual orders, or one line for each class; and which of several outputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.side_names import listed_names, meaning_of
from leukoscope.gui.class_words import class_word
from leukoscope.gui.places import start_of
from leukoscope.gui.widgets.buttons import ComboBox, PushButton, Segmented
from leukoscope.gui.widgets.text import ElidedLabel, label

if TYPE_CHECKING:
    from leukoscope.inference.heads import Head

USUAL = ("healthy,leukemic", "leukemic,healthy")
OTHERS = "others"
MOST = 60
"""Classes that are asked for; published networks of blood cells have up to 21."""


class ClassStep(QWidget):
    """Asks what a model's figures mean.

    Signals
    -------
    changed()
        Something was said otherwise.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.order = Segmented(self.tr("Classes"))
        self.order.set_choices(
            [
                (USUAL[0], self.tr("0 healthy, 1 leukemic")),
                (USUAL[1], self.tr("0 leukemic, 1 healthy")),
                (OTHERS, self.tr("More or other classes")),
            ]
        )
        self.names, self.output = QLineEdit(), ComboBox()
        self.meanings: list[ComboBox] = []
        self._from_folder = PushButton(self.tr("From a folder…"), "", "folder")
        self._names_row, self._hint, self._rows = QWidget(), label("", "small", wrap=True), QGridLayout()
        self._output_title = label(self.tr("Output"))
        self._figures = 0
        self.grid = QGridLayout(self)
        self._lay_out()
        self.order.chosen.connect(self._chosen)
        self.names.textChanged.connect(self._named)
        self.output.currentIndexChanged.connect(self._output_chosen)
        self._from_folder.clicked.connect(self._choose_folder)
        self.show_heads(())

    def _lay_out(self) -> None:
        self.names.setPlaceholderText(self.tr("Benign, Early, Pre, Pro, or what class_indices prints"))
        self.names.setAccessibleName(self.tr("Names of the classes"))
        self.names.setToolTip(self.tr("In the order of the model's figures, as it was trained with them"))
        self._from_folder.setToolTip(
            self.tr("The folder that it was trained on: Keras numbers its folders in the order of the alphabet")
        )
        self.output.setAccessibleName(self.tr("Output"))
        self.output.setToolTip(self.tr("Which of the model's outputs says what a cell is"))
        row = QHBoxLayout(self._names_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.names, 1)
        row.addWidget(self._from_folder)
        self._rows.setHorizontalSpacing(16)
        self._rows.setVerticalSpacing(6)
        self._rows.setColumnStretch(3, 1)
        self._rows.setColumnMinimumWidth(1, 160)
        grid, left = self.grid, Qt.AlignmentFlag.AlignLeft
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label(self.tr("What its outputs mean")), 0, 0)
        grid.addWidget(self.order, 0, 1, left)
        grid.addWidget(self._output_title, 1, 0)
        grid.addWidget(self.output, 1, 1, left)
        grid.addWidget(self._names_row, 2, 1)
        grid.addWidget(self._hint, 3, 1)
        grid.addLayout(self._rows, 4, 1)

    # What a person said ------------------------------------------------------------------------------------------

    @property
    def classes(self) -> tuple[str, ...]:
        """What each figure means, in order; an empty text for one that nobody has said."""
        if self.order.choice != OTHERS:
            return tuple(self.order.choice.split(","))
        return tuple(one.currentData() for one in self.meanings)

    @property
    def lacks(self) -> str:
        """What is still to be said, in one sentence; empty for nothing."""
        if self.order.choice != OTHERS:
            if self._figures > 2:
                words = self.tr("The model gives {0} figures: choose “More or other classes” and say what each means.")
                return words.format(self._figures)
            return ""
        if len(self.meanings) < 2:
            return self.tr("Write down the names of the model's classes, in the order of its figures.")
        wanted = 2 if self._figures == 1 else self._figures
        if wanted not in {0, len(self.meanings)}:
            words = self.tr("{0} classes are named, but the model gives figures for {1}.")
            return words.format(len(self.meanings), wanted)
        if "" in self.classes:
            return self.tr("Choose for each class what it means.")
        return ""

    @property
    def wanted_output(self) -> str:
        """Name of the output that is meant; empty for the only one that fits."""
        return str(self.output.currentData() or "")

    def focus_lacking(self) -> None:
        """Bring the keyboard to what is still to be said."""
        open_one = next((one for one in self.meanings if not one.currentData()), None)
        asks = self.order.choice == OTHERS
        (self.order if not asks else open_one or self.names).setFocus()

    # What is known of the file -----------------------------------------------------------------------------------

    def show_heads(self, heads: Sequence[Head]) -> None:
        """Ask only what the file leaves open; none where nothing is known of it."""
        with QSignalBlocker(self.output):
            self.output.clear()
            self.output.addItem(self.tr("The only one that fits"), "")
            for head in heads:
                words = self.tr("{0}, {1} figures").format(head.name, head.figures) if head.figures > 1 else head.name
                self.output.addItem(words, head.name)
        self.output.setVisible(len(heads) > 1)
        self._output_title.setVisible(len(heads) > 1)
        self._heads = tuple(heads)
        self._set_figures()

    def _output_chosen(self) -> None:
        self._set_figures()
        self.changed.emit()

    def _set_figures(self) -> None:
        heads = {head.name: head for head in self._heads}
        chosen = self._heads[0] if len(self._heads) == 1 else heads.get(self.wanted_output)
        self._figures = chosen.figures if chosen is not None else 0
        if self._figures > 2 and self.order.choice != OTHERS:
            self.order.choose(OTHERS)
        self._show_rows()

    # Names and their meanings ------------------------------------------------------------------------------------

    def _chosen(self) -> None:
        self._show_rows()
        self.changed.emit()

    def _named(self) -> None:
        self._show_rows()
        self.changed.emit()

    def _show_rows(self) -> None:
        """One line for each class: its number, its name, and what the name proposes."""
        asks = self.order.choice == OTHERS
        self._names_row.setVisible(asks)
        self._hint.setVisible(asks)
        names = listed_names(self.names.text()) if asks else ()
        count = min(MOST, max(len(names), self._figures if self._figures > 2 else 0)) if asks else 0
        said = {self._name_of(row): one.currentData() for row, one in enumerate(self.meanings)}
        _clear(self._rows)
        self.meanings = []
        for row in range(count):
            name = names[row] if row < len(names) else ""
            self._add_row(row, name, said.get(name) or meaning_of(name))
        self._names = names
        self._hint.setText(self._hint_words(names))

    def _name_of(self, row: int) -> str:
        return self._names[row] if row < len(self._names) else ""

    _heads: tuple[Head, ...] = ()
    _names: tuple[str, ...] = ()

    def _hint_words(self, names: Sequence[str]) -> str:
        if not names and self._figures > 2:
            words = self.tr("The model gives {0} figures. Names propose what each means; or choose it yourself below.")
            return words.format(self._figures)
        if not names:
            return self.tr("In the order of its figures. What each means is proposed from its name.")
        return self.tr("Proposed from the names: look whether it is right.")

    def _add_row(self, row: int, name: str, meaning: str) -> None:
        number, shown, combo = label(str(row), "muted"), ElidedLabel(name), ComboBox()
        shown.setMinimumWidth(160)
        shown.setToolTip(name)
        combo.addItem(self.tr("Choose…"), "")
        combo.addItem(self.tr("healthy"), "healthy")
        combo.addItem(self.tr("leukemic"), "leukemic")
        combo.addItem(self.tr("neither (other)"), "other")
        for code in CELL_CLASSES:
            combo.addItem(class_word(code), code)
        combo.setCurrentIndex(max(0, combo.findData(meaning)))
        combo.setAccessibleName(self.tr("What class {0} means").format(f"{row} {name}".strip()))
        combo.currentIndexChanged.connect(self.changed)
        self._rows.addWidget(number, row, 0)
        self._rows.addWidget(shown, row, 1)
        self._rows.addWidget(combo, row, 2)
        self.meanings.append(combo)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder that it was trained on"), start_of(self))
        if chosen:
            self.take_folder(Path(chosen))

    def take_folder(self, folder: Path) -> None:
        """Take the names of a folder's folders, in the order in which Keras numbers them."""
        found = sorted(one.name for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
        self.names.setText(str(found[:MOST]))


def _clear(grid: QGridLayout) -> None:
    while grid.count():
        item = grid.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            # At once: a new combo box takes its place, and the keyboard must not go to the former one.
            widget.hide()
            widget.deleteLater()
