"""The row above the cells: which group, which cells, in which order and how large."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from leukoscope.gui import verdicts
from leukoscope.gui.review.cell_limits import LimitsButton
from leukoscope.gui.review.cell_list import CellList
from leukoscope.gui.review.cell_orders import filter_box, sort_box
from leukoscope.gui.widgets.buttons import Segmented

ALL = "all"


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
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.groups)
        row.addStretch(0)
        row.addWidget(self.filter, 1)
        row.addWidget(self.limits)
        row.addWidget(self.sort, 1)
        row.addWidget(size)
        row.addLayout(self.tools)

    def count(self, model: CellList) -> None:
        """Say how many cells each group has."""
        labels = [(ALL, QCoreApplication.translate("CellGallery", "All {0}").format(model.total))]
        labels += [(one.value, f"{verdicts.word(one)} {model.count(one)}") for one in verdicts.ORDER]
        shorts = [labels[0][1], *(str(model.count(one)) for one in verdicts.ORDER)]
        self.groups.set_choices(labels, shorts=shorts)
        for one in verdicts.ORDER:
            self.groups.set_icon(one.value, verdicts.shape_icon(one), verdicts.ICON_SIZE)
