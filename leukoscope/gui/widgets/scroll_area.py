"""Room to scroll where a page is higher than the window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget


class ScrolledContent(QWidget):
    """What is scrolled: as wide as the area, and as high as its texts are at that width.

    Qt takes a widget's least height for one of its least width, where texts take more lines: there would be blank room
    below, and a scroll bar without need.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scrolled")

    def minimumSizeHint(self) -> QSize:
        """No height of its own where the width tells it: the scroll area asks for that."""
        least, layout = super().minimumSizeHint(), self.layout()
        return QSize(least.width(), 1) if layout is not None and layout.hasHeightForWidth() else least


def scrolled(widget: QWidget, *, from_top: bool = False) -> QScrollArea:
    """A widget with room to scroll where it is higher than the page; ``from_top`` leaves spare room below it."""
    inner = ScrolledContent()
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(widget)
    if from_top:
        column.addStretch(1)
    area = QScrollArea()
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    area.setWidget(inner)
    return area
