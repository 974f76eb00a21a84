"""What the gallery says of its choice: how many of how many cells are shown, and what to do where there is none."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.gui.language import said
from leukoscope.gui.review.cell_list import CellList
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.cell_choice import Filter


def _text(text: str) -> str:
    return QCoreApplication.translate("CellGallery", text)


class ChoiceStrip(QWidget):
    """The line above the cells; hidden while all of them are shown.

    Signals
    -------
    all_wanted()
        Every cell shall be shown.
    """

    all_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown = label("", "muted")
        self.show_all = PushButton(_text("Show all cells"), "flat")
        self.show_all.clicked.connect(self.all_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 2)
        row.addWidget(self.shown)
        row.addWidget(self.show_all)
        row.addStretch(1)

    def say(self, model: CellList) -> None:
        """Say how many cells are shown."""
        shown, gone = model.rowCount(), model.filter_by is Filter.REMOVED
        text = _text("{0} of {1} removed") if gone else _text("{0} of {1} cells")
        self.shown.setText(text.format(shown, model.removed if gone else model.total))
        self.setVisible(is_limited(model) and shown > 0)


class NoCells(QWidget):
    """Stands where no cell is shown.

    Signals
    -------
    all_wanted()
        Every cell shall be shown.
    """

    all_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = label("", "muted", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.show_all = PushButton(_text("Show all cells"))
        self.show_all.clicked.connect(self.all_wanted)
        middle = QVBoxLayout(self)
        middle.setSpacing(8)
        middle.addStretch(1)
        middle.addWidget(self.words)
        middle.addWidget(self.show_all, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addStretch(1)

    def say(self, model: CellList, no_cells: str) -> None:
        """Say why no cell is shown; ``no_cells`` is why the case has none."""
        self.show_all.setVisible((is_limited(model) or model.group is not None) and model.total > 0)
        if self.show_all.isVisibleTo(self):
            self.words.setText(_text("No cell of this case is in this choice: choose another one, or show all."))
        else:
            self.words.setText(said(no_cells) or _text("Cells appear here as they are found."))


def is_limited(model: CellList) -> bool:
    """Whether a filter or limits keep cells away."""
    return model.filter_by is not Filter.ALL or not model.limits.is_open
