"""Room to scroll where a page is higher than the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget


def scrolled(widget: QWidget, *, from_top: bool = False) -> QScrollArea:
    """A widget with room to scroll where it is higher than the page; ``from_top`` leaves spare room below it."""
    inner = QWidget()
    inner.setObjectName("scrolled")
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(widget)
    if from_top:
        column.addStretch(1)
    area = QScrollArea()
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    fill(area, inner)
    return area


def fill(area: QScrollArea, inner: QWidget) -> None:
    """Let a widget take the width of the area, and the height that its texts take at that width."""
    # Else its least height is that of the narrowest page, whose texts take more lines: blank room, and a scroll bar.
    inner.setMinimumHeight(1)
    area.setWidgetResizable(True)
    area.setWidget(inner)
