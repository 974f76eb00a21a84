"""How cells are fed: what a person knows of it, on which cells the rest is tried, and what came of that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from leukoscope.domain.cuts import CELL_IMAGE_SIDE, Cutting
from leukoscope.domain.feeding import PRESETS, SCALINGS, Feeding, Normalization
from leukoscope.gui.models.feeding_words import around_words, range_words
from leukoscope.gui.models.tried_ways import TriedWays
from leukoscope.gui.places import start_of
from leukoscope.gui.widgets.buttons import ComboBox, PushButton, Segmented
from leukoscope.gui.widgets.styled_size import measure_when_styled
from leukoscope.gui.widgets.text import label

DRAWN, FOLDER = "drawn", "folder"
AROUND = (
    Feeding(),
    Feeding(crop=CELL_IMAGE_SIDE),
    Feeding(Cutting.KEPT),
    Feeding(Cutting.KEPT, crop=CELL_IMAGE_SIDE),
    Feeding(Cutting.MEAN),
    Feeding(Cutting.MEAN, crop=CELL_IMAGE_SIDE),
    Feeding(Cutting.WHOLE),
)
"""What a person can say that the network sees around the cell; other sizes are options of the command."""


class FeedingStep(QWidget):
    """Asks on what the ways are tried, and shows them.

    Signals
    -------
    changed()
        Something was said otherwise: what was tried before holds no longer.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = Segmented(self.tr("Cells to try it on"))
        self.cells.set_choices([(DRAWN, self.tr("Drawn cells")), (FOLDER, self.tr("Labeled cells in a folder"))])
        self.folder, self.around, self.samples = QLineEdit(), ComboBox(), ComboBox()
        self._choose = PushButton(self.tr("Choose folder…"), "", "folder")
        self._folder_row, self._hint = QWidget(), label("", "small", wrap=True)
        self.grid = QGridLayout()
        self.ways = TriedWays()
        self._fill()
        self._lay_out()
        self._choose.clicked.connect(self._choose_folder)
        self.cells.chosen.connect(self._say_what_cells)
        self.folder.textChanged.connect(self.changed)
        for combo in (self.around, self.samples):
            combo.currentIndexChanged.connect(self.changed)
        self.changed.connect(self.ways.forget)
        self._show_cells()

    def _fill(self) -> None:
        unknown = self.tr("Not known: try all")
        self.around.addItem(unknown, {})
        for one in AROUND:
            self.around.addItem(around_words(one), {"cut_out": one.cut_out, "canvas": one.canvas, "crop": one.crop})
        self.samples.addItem(unknown, {})
        for scaling in SCALINGS:
            self.samples.addItem(range_words(scaling), {"scaling": scaling})
        presets = {
            "caffe": self.tr("As Keras feeds VGG and ResNet (caffe)"),
            "torch": self.tr("As Keras feeds DenseNet (torch)"),
            "tf": self.tr("As Keras feeds Inception and MobileNet (tf)"),
        }
        for name, words in presets.items():
            self.samples.addItem(words, _numbers(PRESETS[name]))
        for combo, words in ((self.around, self.tr("Around the cell")), (self.samples, self.tr("Samples"))):
            combo.setAccessibleName(words)
            combo.setToolTip(self.tr("Choose only what you know of its training; the rest is tried"))
            measure_when_styled(combo, self._make_equally_wide)

    def _make_equally_wide(self) -> None:
        wide = max(self.around.sizeHint().width(), self.samples.sizeHint().width())
        for combo in (self.around, self.samples):
            combo.setMinimumWidth(wide)

    def _lay_out(self) -> None:
        self.folder.setPlaceholderText(self.tr("A folder with one folder for each class"))
        self.folder.setAccessibleName(self.tr("Folder of labeled cells"))
        row = QHBoxLayout(self._folder_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.folder, 1)
        row.addWidget(self._choose)
        grid = self.grid
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        left = Qt.AlignmentFlag.AlignLeft
        grid.addWidget(label(self.tr("Cells to try it on")), 0, 0)
        grid.addWidget(self.cells, 0, 1, left)
        grid.addWidget(self._folder_row, 1, 1)
        grid.addWidget(self._hint, 2, 1)
        grid.addWidget(label(self.tr("Around the cell")), 3, 0)
        grid.addWidget(self.around, 3, 1, left)
        grid.addWidget(label(self.tr("Samples")), 4, 0)
        grid.addWidget(self.samples, 4, 1, left)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(self.tr("How cells are fed"), "heading"))
        why = self.tr(
            "The same network says anything when it is fed otherwise than in its training. Choose what you know; the "
            "program tries the rest and proposes a way."
        )
        column.addWidget(label(why, "muted", wrap=True))
        column.addLayout(grid)
        column.addWidget(self.ways)

    @property
    def labeled(self) -> Path | None:
        """The folder of labeled cells; ``None`` for drawn ones."""
        return Path(self.folder.text().strip()) if self.cells.choice == FOLDER else None

    @property
    def lacks_folder(self) -> bool:
        """Whether cells of a folder were asked for, and none is named."""
        return self.cells.choice == FOLDER and not self.folder.text().strip()

    @property
    def pinned(self) -> Mapping[str, Any]:
        """What a person has said, by the names that a Feeding has."""
        return {**self.around.currentData(), **self.samples.currentData()}

    def set_asking(self, asking: bool) -> None:
        """Whether anything can be changed."""
        asked: tuple[QWidget, ...] = (self.cells, self._folder_row, self.around, self.samples, self.ways.table)
        for one in asked:
            one.setEnabled(asking)

    def _say_what_cells(self) -> None:
        self._show_cells()
        self.changed.emit()

    def _show_cells(self) -> None:
        own = self.cells.choice == FOLDER
        self._folder_row.setVisible(own)
        if own:
            words = self.tr(
                "At least 4 pictures of each side, in folders that are named leukemic and healthy, by classes of "
                "cells, or as published sets name them. Take cells that the network was not trained on."
            )
        else:
            words = self.tr("Drawn cells only show which ways fail. Labeled cells of your own find the right one.")
        self._hint.setText(words)

    def _choose_folder(self) -> None:
        title = self.tr("Folder of labeled cells")
        name = QFileDialog.getExistingDirectory(self, title, start_of(self, self.folder.text()))
        if name:
            self.folder.setText(name)


def _numbers(preset: Normalization) -> Mapping[str, Any]:
    return {
        "color": preset.color,
        "scaling": preset.scaling,
        "mean": preset.mean,
        "deviation": preset.deviation,
    }
