"""A second image of the same case beside the first one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseFrame
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.widgets.buttons import CheckBox, IconButton
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.canvas_items import CellBox
from leukoscope.gui.widgets.text import ElidedLabel


class BesidePane(QWidget):
    """The image with a thin bar of its own: which one, the one before and after, and whether zoom goes together.

    Signals
    -------
    stepped(int)
        +1 or -1: the next image or the one before is wanted.
    linked(bool)
        Whether both images have one zoom.
    closed()
        A person wants it away.
    """

    stepped = Signal(int)
    linked = Signal(bool)
    closed = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = ImageCanvas()
        self.canvas.setAccessibleName(self.tr("Second image"))
        self.image = ShownImage(bridge, self.canvas, self)
        self.name = ElidedLabel("", "heading")
        self.link = CheckBox(self.tr("One zoom"))
        self.link.setToolTip(self.tr("Zoom both images together"))
        self.link.setChecked(True)
        self.link.toggled.connect(self.linked)
        bar = QFrame()
        bar.setObjectName("bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(4)
        for icon, tip, by in (
            ("previous", self.tr("The image before, on this side"), -1),
            ("next", self.tr("The next image, on this side"), 1),
        ):
            button = IconButton(icon, tip)
            button.clicked.connect(lambda _checked=False, by=by: self.stepped.emit(by))
            row.addWidget(button)
        close = IconButton("close", self.tr("Show one image only"))
        close.clicked.connect(self.closed)
        row.addWidget(self.name, 1)
        row.addWidget(self.link)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.image.row, 1)
        self.image.shown.connect(self._boxed)
        self._boxes: Sequence[CellBox] = ()
        self.hide()

    def show_frame(self, frame: CaseFrame, words: str, boxes: Sequence[CellBox]) -> None:
        """Show another image; its boxes come with it."""
        self.name.setText(words)
        self._boxes = boxes
        self.image.show(frame)

    def show_boxes(self, boxes: Sequence[CellBox]) -> None:
        """Show its boxes as they are now."""
        self._boxes = boxes
        self._boxed()

    def _boxed(self) -> None:
        if self.canvas.has_image:
            self.canvas.set_boxes(self._boxes)
