"""The image on the Review page: read in a worker thread, or the sentence why it cannot be shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSplitter, QWidget

from leukoscope.domain.cases import CaseFrame
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.pixels import to_image
from leukoscope.gui.review.layout import stacked
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.empty_state import EmptyState


class ShownImage(QObject):
    """Puts images on the canvas; when another one is wanted meanwhile, the newest wins.

    Signals
    -------
    shown()
        The image is on the canvas.
    """

    shown = Signal()

    def __init__(self, bridge: Bridge, canvas: ImageCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._canvas = bridge, canvas
        self.broken = EmptyState("warning", self.tr("This image cannot be shown"), "")
        self.stack = stacked(canvas, self.broken)
        self.row = QSplitter(Qt.Orientation.Horizontal)
        self.row.setHandleWidth(3)
        self.row.setChildrenCollapsible(False)
        self.row.addWidget(self.stack)
        self._wish = 0
        self._coming = False

    def put_beside(self, widget: QWidget) -> None:
        """Give a second image room, while it is to be seen."""
        self.row.addWidget(widget)

    def divide(self) -> None:
        """Give both images half of the room."""
        self.row.setSizes([self.row.width() // 2] * 2)

    @property
    def is_there(self) -> bool:
        """Whether the image is shown or on its way."""
        return self._coming or self._canvas.has_image

    @property
    def has_image(self) -> bool:
        """Whether it is on the canvas."""
        return self._canvas.has_image

    def focus(self) -> None:
        """Give the keyboard to the canvas."""
        self._canvas.setFocus()

    def show(self, frame: CaseFrame | None) -> None:
        """Show another image, or none."""
        self._wish += 1
        wish = self._wish
        self._coming = False
        self._canvas.set_image(None)
        if frame is None:
            return
        if not frame.width:
            self._show_broken(said(frame.error or "") or self.tr("It could not be read."))
            return
        self.stack.setCurrentWidget(self._canvas)
        self._coming = True

        def arrived(image: QImage) -> None:
            if wish == self._wish:
                self._coming = False
                self._canvas.set_image(image, frame.um_per_px)
                self.shown.emit()

        self._bridge.read_in_pool(
            lambda bench: to_image(bench.cases.frame(frame).pixels),
            arrived,
            owner=self,
            failed=lambda sentence: self._show_broken(sentence) if wish == self._wish else None,
            priority=1,
        )

    def _show_broken(self, sentence: str) -> None:
        self._coming = False
        self.broken.set_words(self.tr("This image cannot be shown"), sentence)
        self.stack.setCurrentWidget(self.broken)
