"""In which order cells stand, and which are shown: the choices above the gallery, and how far an order is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from leukoscope.domain.progress import Progress
from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.cell_choice import Filter, Sort


def sort_box() -> ComboBox:
    """The orders."""
    translate = QCoreApplication.translate
    return _box(
        translate("CellGallery", "Order of cells"),
        "sort",
        (
            (Sort.READING, translate("CellGallery", "Reading order")),
            (Sort.DOUBT, translate("CellGallery", "Most doubtful first")),
            (Sort.SPREAD, translate("CellGallery", "Largest disagreement first")),
            (Sort.USEFUL, translate("CellGallery", "Most useful next")),
            (Sort.LEUKEMIC_FIRST, translate("CellGallery", "Leukemic first")),
            (Sort.HEALTHY_FIRST, translate("CellGallery", "Healthy first")),
            (Sort.NOVELTY, translate("CellGallery", "Most unusual first")),
            (Sort.LARGEST, translate("CellGallery", "Largest first")),
            (Sort.SMALLEST, translate("CellGallery", "Smallest first")),
        ),
    )


def filter_box() -> ComboBox:
    """Which cells."""
    translate = QCoreApplication.translate
    return _box(
        translate("CellGallery", "Which cells"),
        "cells",
        (
            (Filter.ALL, translate("CellGallery", "All cells")),
            (Filter.UNDECIDED, translate("CellGallery", "Not labeled by a person")),
            (Filter.DECIDED, translate("CellGallery", "Labeled by a person")),
            (Filter.DISAGREE, translate("CellGallery", "Models disagree")),
            (Filter.UNLIKE, translate("CellGallery", "Unlike the training data")),
            (Filter.QUALITY, translate("CellGallery", "Image quality in doubt")),
            (Filter.AT_BORDER, translate("CellGallery", "Cut off by the edge")),
            (Filter.CLUSTER, translate("CellGallery", "Clusters of cells")),
            (Filter.DRAWN, translate("CellGallery", "Drawn by a person")),
            (Filter.REMOVED, translate("CellGallery", "Removed by a person")),
        ),
    )


def _box(name: str, sign: str, items: Sequence[tuple[StrEnum, str]]) -> ComboBox:
    box = ComboBox()
    for one, text in items:
        box.addItem(text, one)
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.sign = sign
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    # As wide as its longest text where there is room, else as narrow as eight letters.
    box.setMaximumWidth(max(box.fontMetrics().horizontalAdvance(text) for _, text in items) + 56)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box


class RankingNote(QWidget):
    """How far the program is in finding out which cells teach most; hidden while it does not.

    Signals
    -------
    stop_wanted()
        Stay with the order that is shown.
    """

    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text, self.bar = label("", "muted"), QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.stop = PushButton(self.tr("Stop"), "flat", "stop")
        self.stop.clicked.connect(self.stop_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 2)
        row.addWidget(self.text)
        row.addWidget(self.bar)
        row.addWidget(self.stop)
        row.addStretch(1)
        self.hide()

    def show_step(self, progress: Progress | None) -> None:
        """Show how many cells are compared."""
        words = self.tr("Finding out which cells teach most")
        if progress is not None:
            words = self.tr("Comparing cells: {0} of {1}").format(progress.done, progress.total)
        self.text.setText(words)
        self.bar.setAccessibleName(words)
        self.bar.setRange(0, progress.total if progress is not None else 0)
        self.bar.setValue(progress.done if progress is not None else 0)
        self.show()

    def end(self) -> None:
        """The order is known, or given up."""
        self.hide()
