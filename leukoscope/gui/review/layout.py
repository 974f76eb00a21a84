"""How the Review page is divided: image over gallery, inspector beside them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget


class ImagePane(QWidget):
    """The bar over the image, with room for a strip below it."""

    def __init__(self, bar: QWidget, picture: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(bar)
        self._column.addWidget(picture, 1)

    def put_below_image(self, widget: QWidget) -> None:
        """Give a strip its room under the image."""
        self._column.addWidget(widget)


def splitter(orientation: Qt.Orientation, large: QWidget, small: QWidget) -> QSplitter:
    """Two parts that a person can divide anew; the first one grows with the window."""
    result = QSplitter(orientation)
    result.addWidget(large)
    result.addWidget(small)
    result.setStretchFactor(0, 1)
    result.setStretchFactor(1, 0)
    result.setHandleWidth(3)
    result.setChildrenCollapsible(False)
    return result


def stacked(*parts: QWidget) -> QStackedWidget:
    """Parts of which one is shown."""
    result = QStackedWidget()
    for part in parts:
        result.addWidget(part)
    return result
