"""The row above the cells: which group, which cells, in which order and how large."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from leukoscope.gui import verdicts
from leukoscope.gui.review.cell_limits import LimitsButton
from leukoscope.gui.review.cell_list import CellList
from leukoscope.gui.review.cell_orders import filter_box, sort_box
from leukoscope.gui.widgets.buttons import Segmented

ALL = "all"
NARROW = 600
"""Below this width, in device-independent pixels."""
SHORT, USUAL, WHOLE = 52, 100, 150
"""Widths of each of the two choices: the least in a narrow row, the least else, and what most of their words need."""

ROUNDING = 4
"""Pixels by which the width of the same words differs, as they stand in long or short texts."""


class GalleryBar(QWidget):
    """Holds the choices of the gallery.

    Parameters
    ----------
    size
        Changes how large cells are drawn.
    """

    def __init__(self, size: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.groups = Segmented(QCoreApplication.translate("CellGallery", "Group of cells"))
        self.sort, self.filter, self.limits = sort_box(), filter_box(), LimitsButton()
        self.tools = QHBoxLayout()
        self._size, self._narrow = size, False
        self._model: CellList | None = None
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.groups)
        row.addStretch(0)
        row.addWidget(self.filter, 1)
        row.addWidget(self.limits)
        row.addWidget(self.sort, 1)
        row.addWidget(size)
        row.addLayout(self.tools)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow row keeps the counts: the slider goes (Ctrl and the wheel do it too), and the choices shorten."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        for box in (self.filter, self.sort):
            box.setMinimumWidth(SHORT if narrow else USUAL)
        if narrow != self._narrow:
            self._narrow = narrow
            self._size.setVisible(not narrow)
            if self._model is not None:
                self.count(self._model)
        self._share_out()

    def _share_out(self) -> None:
        """The groups have their words only where the two choices keep theirs: their signs say it too."""
        row = self._row
        others = sum(
            item.sizeHint().width()
            for at in range(row.count())
            if (item := row.itemAt(at)) is not None and item.widget() not in {self.groups, self.filter, self.sort}
        )
        gaps = row.spacing() * (row.count() - 1) + row.contentsMargins().left() + row.contentsMargins().right()
        words = self.groups.sizeHint().width()
        fits = words + 2 * WHOLE + others + gaps <= self.width()
        self.groups.setMaximumWidth((words if fits else self.groups.minimumSizeHint().width()) + ROUNDING)

    def count(self, model: CellList) -> None:
        """Say how many cells each group has."""
        self._model = model
        labels = [(ALL, QCoreApplication.translate("CellGallery", "All {0}").format(model.total))]
        labels += [(one.value, f"{verdicts.word(one)} {model.count(one)}") for one in verdicts.ORDER]
        shorts = [
            str(model.total) if self._narrow else labels[0][1],
            *(str(model.count(one)) for one in verdicts.ORDER),
        ]
        self.groups.set_choices(labels, shorts=shorts)
        for one in verdicts.ORDER:
            self.groups.set_icon(one.value, verdicts.shape_icon(one), verdicts.ICON_SIZE)
        self._share_out()
