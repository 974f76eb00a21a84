"""The live picture with what lies over and below it, and the invitation where no camera runs."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from leukoscope.gui.capture.recording_light import RecordingLight
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.empty_state import EmptyState


class CameraView(QWidget):
    """Shows a picture, or what to do to see one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas, self.empty = ImageCanvas(), EmptyState("live", "", "")
        self.light = RecordingLight(self.canvas)
        self.strip: QWidget | None = None
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.canvas)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.stack, 1)

    def put_below(self, widget: QWidget) -> None:
        """Give a strip its room under the picture."""
        self.strip = widget
        self._column.addWidget(widget)

    def show_live(self, there: bool) -> None:
        """Show the picture, or the invitation while there is none."""
        self.stack.setCurrentWidget(self.canvas if there else self.empty)
