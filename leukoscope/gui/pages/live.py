"""Capture: the live picture instead of the eyepiece; freeze, take, judged."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent, QTransform
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QInputDialog, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.domain.errors import CameraError
from leukoscope.domain.frames import FrameOrigin, Pixels
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.pixels import from_image, to_image
from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.empty_state import EmptyState
from leukoscope.gui.widgets.live_meters import FocusMeter, Histogram
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.sources.cameras.reader import CameraReader, Shot

# What needs OpenCV is imported when a camera is wanted: the window is to be there at once.
LOOK_EVERY_MS = 250
"""How often the camera's health is looked at."""
FILE, ADDRESS = "file…", "address…"
SIDE = 260


class LivePage(QWidget):
    """Shows a camera and takes Frames from it.

    Signals
    -------
    taken(object, object, object)
        Pixels, FrameOrigin and µm/px or None of a Frame that a person took.
    """

    taken = Signal(object, object, object)
    _came = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._bridge = bridge
        self._reader: CameraReader | None = None
        self._camera_id = ""
        self._shown: Shot | None = None
        self._waiting = self.frozen = False
        self._turn = QTransform()
        self.source = ComboBox()
        self.canvas = ImageCanvas()
        self.focus, self.histogram = FocusMeter(), Histogram()
        self.empty = EmptyState("live", "", "")
        self.state, self.clipped = label("", "muted", wrap=True), label("", "small", wrap=True)
        self.freeze = PushButton(self.tr("Freeze"), "", "stop")
        self.take = PushButton(self.tr("Take"), "primary", "add")
        self.start_stop = PushButton(self.tr("Start"), "", "next")
        self.rotate, self.mirror = PushButton(self.tr("Rotate")), PushButton(self.tr("Mirror"))
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY_MS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out()
        self._connect()
        self._show_state()

    # Building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.source.setAccessibleName(self.tr("Camera"))
        self.source.setMinimumWidth(SIDE - 32)
        self.freeze.setCheckable(True)
        self.freeze.setToolTip(self.tr("Hold the picture, or let it go on (Space)"))
        self.take.setToolTip(self.tr("Put this picture into the case; it is judged at once (Enter)"))
        side = QVBoxLayout()
        side.setContentsMargins(16, 16, 16, 16)
        side.setSpacing(8)
        side.addWidget(label(self.tr("Camera"), "heading"))
        side.addWidget(self.source)
        side.addWidget(self.start_stop)
        side.addSpacing(8)
        side.addWidget(label(self.tr("Focus"), "heading"))
        side.addWidget(self.focus)
        side.addSpacing(8)
        side.addWidget(label(self.tr("Light"), "heading"))
        side.addWidget(self.histogram)
        side.addWidget(self.clipped)
        turns = QHBoxLayout()
        turns.addWidget(self.rotate)
        turns.addWidget(self.mirror)
        side.addSpacing(8)
        side.addLayout(turns)
        side.addStretch(1)
        side.addWidget(self.state)
        side.addWidget(self.freeze)
        side.addWidget(self.take)
        panel = QWidget()
        panel.setObjectName("panel")
        panel.setLayout(side)
        panel.setFixedWidth(SIDE)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.canvas)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._stack, 1)
        row.addWidget(panel)

    def _connect(self) -> None:
        self._came.connect(self._show_newest, Qt.ConnectionType.QueuedConnection)
        self._look.timeout.connect(self._show_state)
        self.source.activated.connect(lambda _row: self._chosen())
        self.start_stop.clicked.connect(self._start_or_stop)
        self.empty.clicked.connect(self._start_or_stop)
        self.freeze.clicked.connect(self.hold)
        self.take.clicked.connect(self.take_picture)
        self.rotate.clicked.connect(lambda: self._turned(QTransform().rotate(90)))
        self.mirror.clicked.connect(lambda: self._turned(QTransform().scale(-1, 1)))

    # Cameras ---------------------------------------------------------------------------------------------------

    def list_cameras(self) -> None:
        """Say which cameras there are; the chosen one stays."""
        from leukoscope.workflow.capture import camera_list

        before = self.source.currentData() or self._bridge.bench.settings.window.get("camera", "")
        self.source.clear()
        for info in camera_list():
            self.source.addItem(info.name, info.id)
        if before and self.source.findData(before) < 0 and before not in {FILE, ADDRESS}:
            self.source.addItem(before, before)
        self.source.addItem(self.tr("Video file…"), FILE)
        self.source.addItem(self.tr("Network camera…"), ADDRESS)
        self.source.setCurrentIndex(max(self.source.findData(before), 0))

    def _chosen(self) -> None:
        wanted = str(self.source.currentData())
        if wanted == FILE:
            wanted, _ = QFileDialog.getOpenFileName(self, self.tr("Video file"))
        elif wanted == ADDRESS:
            question = self.tr("Address of the camera, for example rtsp://…")
            wanted, good = QInputDialog.getText(self, self.tr("Network camera"), question)
            wanted = wanted.strip() if good else ""
        if wanted:
            self.start(wanted)
        else:
            self.source.setCurrentIndex(max(self.source.findData(self._camera_id), 0))

    def _start_or_stop(self) -> None:
        if self._reader is not None:
            self.stop()
        else:
            self.start(str(self.source.currentData() or "demo:1"))

    def start(self, camera_id: str) -> None:
        """Show a camera."""
        from leukoscope.workflow.capture import watch_camera

        self.stop()
        try:
            self._reader = watch_camera(camera_id, self._arrived)
        except CameraError as error:
            self._say(self.tr("This camera cannot be used"), error.message)
            return
        self._camera_id = camera_id
        if self.source.findData(camera_id) < 0:
            self.source.insertItem(0, camera_id, camera_id)
        self.source.setCurrentIndex(self.source.findData(camera_id))
        bench = self._bridge.bench
        bench.save_settings(window={**bench.settings.window, "camera": camera_id})
        self.focus.forget()
        self._look.start()
        self._show_state()

    def stop(self) -> None:
        """Let the camera go."""
        self._look.stop()
        if self._reader is not None:
            self._reader.close()
        self._reader = self._shown = None
        self.hold(False)
        self.histogram.show_figures(None)
        self._show_state()

    @property
    def running(self) -> bool:
        """Whether a camera is read."""
        return self._reader is not None

    # Pictures --------------------------------------------------------------------------------------------------

    def _arrived(self) -> None:
        """In the camera's thread: one wish at a time, so that a slow window never falls behind."""
        if not self._waiting:
            self._waiting = True
            self._came.emit()

    def _show_newest(self) -> None:
        self._waiting = False
        shot = self._reader.newest() if self._reader is not None and not self.frozen else None
        if shot is None or shot is self._shown:
            return
        from leukoscope.imaging.live import live_figures

        first = self._shown is None
        self._shown = shot
        image = to_image(shot.pixels)
        if not self._turn.isIdentity():
            image = image.transformed(self._turn)
        scale = shot.um_per_px or self._bridge.bench.settings.um_per_px
        if first or not self.canvas.refresh_image(image):
            self.canvas.set_image(image, scale)
        figures = live_figures(shot.pixels)
        self.focus.show_value(figures.sharpness)
        self.histogram.show_figures(figures)
        if first:
            self._show_state()

    def hold(self, frozen: bool) -> None:
        """Hold the picture, or let it go on."""
        self.frozen = frozen and self._shown is not None
        self.freeze.setChecked(self.frozen)
        self.freeze.setText(self.tr("Go on") if self.frozen else self.tr("Freeze"))

    def take_picture(self) -> None:
        """Put what is seen into the case; the picture goes on."""
        shot = self._shown
        if shot is None:
            return
        from leukoscope.workflow.capture import origin_of

        pixels: Pixels = shot.pixels
        if not self._turn.isIdentity():
            pixels = from_image(to_image(pixels).transformed(self._turn))
        origin: FrameOrigin = origin_of(self._camera_id, datetime.now().astimezone())
        self.taken.emit(pixels, origin, shot.um_per_px)
        self.hold(False)

    def _turned(self, by: QTransform) -> None:
        self._turn = self._turn * by
        self._shown = None
        self._show_newest()

    # State -----------------------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        reader, there = self._reader, self._shown is not None
        self.start_stop.setText(self.tr("Stop") if reader else self.tr("Start"))
        self.freeze.setEnabled(there)
        self.take.setEnabled(there)
        self._stack.setCurrentWidget(self.canvas if there else self.empty)
        self.clipped.setText(self.histogram.words)
        if reader is None:
            self._say(
                self.tr("No camera is running"),
                self.tr("Choose a camera and start it. The demo smear is always there to practice with."),
                self.tr("Start camera"),
            )
            return
        sentence = said(reader.sentence)
        if not there:
            self._say(self.tr("Waiting for the camera"), sentence or self.tr("It is being opened."))
        self.state.setText(sentence or (self.tr("Held. Enter takes it.") if self.frozen else self.tr("Live.")))

    def _say(self, title: str, sentence: str, button: str = "") -> None:
        self.empty.set_words(title, sentence, button)
        self.state.setText("" if button else sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space holds, Enter takes."""
        if event.key() == Qt.Key.Key_Space:
            self.hold(not self.frozen)
            self._show_state()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.take_picture()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Look which cameras there are."""
        super().showEvent(event)
        if self._bridge.is_open and not self.running:
            self.list_cameras()

    def hideEvent(self, event: QHideEvent) -> None:
        """Another page: the camera rests, so that the processor is free for judging."""
        super().hideEvent(event)
        if self.running and not event.spontaneous():
            self.stop()
