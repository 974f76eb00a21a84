"""Fields of a control slide from the camera: a live picture, taken field by field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.domain.errors import CameraError
from leukoscope.gui.capture.camera_choice import CameraChoice
from leukoscope.gui.language import said
from leukoscope.gui.pixels import to_image
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.domain.frames import FrameOrigin, Pixels
    from leukoscope.imaging.view_transform import ViewTransform
    from leukoscope.sources.cameras.reader import CameraReader, Shot

LEAST, USUAL = 3, 5
PICTURE_HEIGHT = 300
LOOK_EVERY_MS = 250
"""How often the camera's health is looked at."""


class ControlCamera(QWidget):
    """Shows a camera and takes fields from it.

    Signals
    -------
    measure_wanted()
        Measure the fields that were taken.
    """

    measure_wanted = Signal()
    _came = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader: CameraReader | None = None
        self._leaving: CameraReader | None = None
        self._shown: Shot | None = None
        self._pixels: Pixels | None = None
        self._waiting, self._busy = False, False
        self.fields: list[tuple[Pixels, FrameOrigin]] = []
        self.look: Callable[[], ViewTransform] | None = None
        self.source, self.canvas = CameraChoice(), ImageCanvas()
        self.start_stop = PushButton("", "", "live")
        self.take = PushButton(self.tr("Take this field"), "", "add")
        self.again = PushButton(self.tr("Begin again"), "flat", "undo")
        self.measure = PushButton("", "primary", "count")
        self.state = label("", "muted", wrap=True)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._lay_out()
        self._timer.timeout.connect(self._show_state)
        self._came.connect(self._show_newest, Qt.ConnectionType.QueuedConnection)
        self.source.wanted.connect(self.start)
        self.start_stop.clicked.connect(lambda: self.stop() if self.running else self.start(self.source.camera_id))
        self.take.clicked.connect(self.take_field)
        self.again.clicked.connect(self.forget)
        self.measure.clicked.connect(self.measure_wanted)
        self._show_state()

    def _lay_out(self) -> None:
        self.canvas.setFixedHeight(PICTURE_HEIGHT)
        self.canvas.hide()
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, widgets in ((first, (self.source, self.start_stop)), (second, (self.take, self.again, self.measure))):
            row.setSpacing(8)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
        self.source.setMinimumWidth(220)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(first)
        column.addWidget(self.canvas)
        column.addWidget(self.state)
        column.addLayout(second)

    # The camera ------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a camera is read."""
        return self._reader is not None

    def start(self, camera_id: str) -> None:
        """Show a camera."""
        from leukoscope.workflow.capture import watch_camera

        self.stop()
        try:
            self._reader = watch_camera(camera_id, self._arrived, self._leaving)
        except CameraError as error:
            self._show_state()
            self.state.setText(said(error.message))
            return
        self.source.show_running(camera_id)
        self._timer.start()
        self._show_state()

    def stop(self) -> None:
        """Let the camera go; what was taken stays."""
        self._timer.stop()
        if self._reader is not None:
            # Not waited for: a camera that hangs must not hold up the window.
            self._reader.end()
            self._leaving = self._reader
        self._reader = self._shown = self._pixels = None
        self._show_state()

    def close_camera(self) -> None:
        """The program ends: wait a moment for the camera to be let go."""
        self.stop()
        if self._leaving is not None:
            self._leaving.close()

    def _arrived(self) -> None:
        """In the camera's thread: one wish at a time, so that a slow window never falls behind."""
        if not self._waiting:
            self._waiting = True
            self._came.emit()

    def _show_newest(self) -> None:
        self._waiting = False
        shot = self._reader.newest() if self._reader is not None else None
        if shot is None or shot is self._shown:
            return
        first = self._shown is None
        # As the cases are taken: turned and with the white balance that was set on the page Capture.
        self._shown, self._pixels = shot, self.look().apply(shot.pixels) if self.look is not None else shot.pixels
        image = to_image(self._pixels)
        if first or not self.canvas.refresh_image(image):
            self.canvas.set_image(image, shot.um_per_px)
        if first:
            self._show_state()

    # Fields ----------------------------------------------------------------------------------------------------

    def take_field(self) -> None:
        """Keep what is seen for the run."""
        if self._pixels is None:
            return
        from leukoscope.workflow.capture import origin_of

        origin = origin_of(self.source.camera_id, datetime.now().astimezone())
        self.fields.append((self._pixels.copy(), origin))
        self._show_state()

    def forget(self) -> None:
        """Forget the fields that were taken."""
        self.fields.clear()
        self._show_state()

    def set_busy(self, busy: bool) -> None:
        """Whether a control slide is being measured just now."""
        self._busy = busy
        self._show_state()

    def _show_state(self) -> None:
        n = len(self.fields)
        self.start_stop.setText(self.tr("Stop camera") if self.running else self.tr("Start camera"))
        self.start_stop.show_icon("stop" if self.running else "live")
        self.canvas.setVisible(self._shown is not None)
        self.take.setEnabled(self._pixels is not None and not self._busy)
        self.again.setVisible(n > 0)
        self.measure.setEnabled(n >= LEAST and not self._busy)
        self.measure.setText(self.tr("Measure {0} fields").format(n) if n >= LEAST else self.tr("Measure the fields"))
        sentence = said(self._reader.sentence) if self._reader is not None else ""
        if sentence or (self.running and self._shown is None):
            self.state.setText(sentence or self.tr("Waiting for the camera"))
        elif self.running or n:
            taken = self.tr("{0} of {1} fields are taken; move the slide between two.")
            self.state.setText(taken.format(n, USUAL))
        else:
            self.state.setText(self.tr("Start the camera, then take three fields at least, better five."))

    def hideEvent(self, event: QHideEvent) -> None:
        """Out of sight: the camera rests."""
        super().hideEvent(event)
        if self.running and not event.spontaneous():
            self.stop()
