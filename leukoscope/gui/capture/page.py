"""Capture: the live picture instead of the eyepiece; freeze, take, judged."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from leukoscope.domain.errors import CameraError
from leukoscope.domain.frames import Pixels
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.capture.automatic_capture import AutomaticCapture
from leukoscope.gui.capture.camera_settings import exposure_ms
from leukoscope.gui.capture.camera_view import CameraView
from leukoscope.gui.capture.live_judging import LiveJudging
from leukoscope.gui.capture.live_panel import LivePanel
from leukoscope.gui.capture.live_transform import LiveTransform
from leukoscope.gui.capture.recording import Recording
from leukoscope.gui.capture.unattended import Unattended
from leukoscope.gui.language import said
from leukoscope.gui.page import Page
from leukoscope.gui.pixels import to_image

if TYPE_CHECKING:
    from leukoscope.imaging.view_transform import ViewTransform
    from leukoscope.sources.cameras.camera import SettingName
    from leukoscope.sources.cameras.reader import CameraReader, Shot
    from leukoscope.workflow.asked import AskedBy

# What needs OpenCV is imported when a camera is wanted: the window is to be there at once.
LOOK_EVERY_MS = 250
"""How often the camera's health is looked at."""


class CapturePage(Page):
    """Shows a camera and takes Frames from it.

    Signals
    -------
    taken(object, object, object, object)
        Pixels, FrameOrigin and µm/px or None of a Frame that was taken; and who asked for it, where that was earlier.
    told(str)
        A sentence about what has just ended.
    camera_told(str)
        Which camera runs, and how many pictures a second it gives; empty when none does.
    label_wanted(object)
        Pixels of a picture of a slide's label, whose code shall be read; ``None`` where none has come yet.
    seen(object, float, object)
        Pixels of the next picture, when it came in seconds of a monotonic clock, and its exposure in ms or ``None``.
    """

    name, icon = "live", "live"
    needs_case = True

    taken = Signal(object, object, object, object)
    told = Signal(str)
    camera_told = Signal(str)
    label_wanted = Signal(object)
    seen = Signal(object, float, object)
    _came = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._reader: CameraReader | None = None
        self._leaving: CameraReader | None = None
        self._camera_id = ""
        self._shown: Shot | None = None
        self._pixels: Pixels | None = None
        self._waiting = self.frozen = False
        self.frames_shown = 0
        self.view, self.panel = CameraView(), LivePanel()
        self.canvas, self.empty = self.view.canvas, self.view.empty
        self.judging = LiveJudging(bridge, self.canvas, self)
        self.automatic = AutomaticCapture(self)
        self.unattended = Unattended(bridge, self.panel, self.automatic, lambda: self._shown)
        self.recording = Recording(self.panel.record, self.automatic, lambda: self._pixels)
        self.transform = LiveTransform(self.panel, lambda: self._shown)
        panel = self.panel
        self.source, self.start_stop, self.state = panel.source, panel.start_stop, panel.state
        self.focus, self.histogram, self.freeze, self.take = panel.focus, panel.histogram, panel.freeze, panel.take
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out()
        self._connect()
        self._show_state()

    # Building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.view, 1)
        row.addWidget(self.panel)

    def _connect(self) -> None:
        panel, automatic = self.panel, self.automatic
        self._came.connect(self._show_newest, Qt.ConnectionType.QueuedConnection)
        self._timer.timeout.connect(self._show_state)
        self.source.wanted.connect(self.start)
        self.start_stop.clicked.connect(self._start_or_stop)
        self.empty.clicked.connect(self._start_or_stop)
        self.freeze.clicked.connect(self.hold)
        self.take.clicked.connect(self.take_frame)
        self.transform.changed.connect(self._show_transformed)
        panel.label.clicked.connect(lambda: self.label_wanted.emit(self._pixels))
        for button, look in ((panel.fit, self.canvas.fit), (panel.actual, self.canvas.actual)):
            button.clicked.connect(look)
        panel.grid.toggled.connect(self.canvas.show_grid)
        panel.settings.changed.connect(self._change)
        panel.judge.toggled.connect(lambda on: self.judging.switch(on and self.running))
        self.recording.told.connect(self.told)
        self.judging.changed.connect(panel.judged.setText)
        self.judging.ended.connect(lambda: panel.judge.setChecked(False))
        self.unattended.wanted.connect(self._take_for)
        automatic.ended.connect(self._ended)

    # Cameras ---------------------------------------------------------------------------------------------------

    def list_cameras(self) -> None:
        """Say which cameras there are; the chosen one stays."""
        self.source.fill(self._bridge.bench.settings.current.window.get("camera", ""))

    def _start_or_stop(self) -> None:
        if self._reader is not None:
            self.stop()
        else:
            self.start(self.source.camera_id)

    def start(self, camera_id: str) -> None:
        """Show a camera."""
        from leukoscope.workflow.capture import watch_camera

        self.stop()
        try:
            self._reader = watch_camera(camera_id, self._arrived, self._leaving)
        except CameraError as error:
            self._say(self.tr("This camera cannot be used"), said(error.message))
            return
        self._camera_id = camera_id
        self.source.show_running(camera_id)
        self._bridge.bench.settings.remember(camera=camera_id)
        self.focus.forget()
        self._timer.start()
        self._show_state()
        self.setFocus()  # Enter takes and Space holds from here on; on the button just pressed they would stop it.

    def stop(self) -> None:
        """Let the camera go."""
        self._timer.stop()
        self.panel.judge.setChecked(False)
        self.unattended.switch_off()
        if self._reader is not None:
            # Not waited for: a camera that hangs must not hold up the window.
            self._reader.end()
            self._leaving = self._reader
        self._reader = self._shown = self._pixels = None
        self.panel.settings.show_settings(())
        self.canvas.set_image(None)
        self.hold(False)
        self.histogram.show_figures(None)
        self._show_state()

    def close_camera(self) -> None:
        """The program ends: wait a moment for the camera to be let go."""
        self.stop()
        if self._leaving is not None:
            self._leaving.close()

    @property
    def reader(self) -> CameraReader | None:
        """Reads the camera that runs."""
        return self._reader

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
        self._shown, self._pixels = shot, self.transform.current.apply(shot.pixels)
        self.frames_shown += 1
        image = to_image(self._pixels)
        scale = shot.um_per_px or self._bridge.bench.settings.current.um_per_px
        if first or not self.canvas.refresh_image(image):
            self.canvas.set_image(image, scale)
        figures = live_figures(self._pixels)
        self.focus.show_value(figures.sharpness)
        self.histogram.show_figures(figures)
        self.judging.show(self._pixels, shot.at, scale)
        self.automatic.look(self._pixels, shot.at, figures.sharpness)
        self.seen.emit(self._pixels, shot.at, exposure_ms(self._reader))
        if first:
            self._show_state()

    def hold(self, frozen: bool) -> None:
        """Hold the picture, or let it go on."""
        self.frozen = frozen and self._shown is not None
        self.freeze.setChecked(self.frozen)
        self.freeze.setText(self.tr("Go on") if self.frozen else self.tr("Freeze"))
        self.freeze.show_icon("play" if self.frozen else "pause")

    def take_frame(self) -> None:
        """Put what is seen into the case; the picture goes on."""
        self._take_for(None)

    def _take_for(self, by: AskedBy | None) -> None:
        if self._shown is not None and self._pixels is not None:
            self._tell_taken(self._shown, self._pixels, by)
            self.hold(False)

    def take_shot(self, shot: Shot, by: AskedBy | None) -> None:
        """Take a picture of the running camera that need not be the one that is seen."""
        self._tell_taken(shot, self.transform.current.apply(shot.pixels), by)

    def _tell_taken(self, shot: Shot, pixels: Pixels, by: AskedBy | None) -> None:
        from leukoscope.workflow.capture import origin_of

        origin = origin_of(self._camera_id, datetime.now().astimezone(), exposure_ms(self._reader), shot.stage)
        self.taken.emit(pixels, origin, shot.um_per_px, by)

    def _change(self, name: SettingName, value: float) -> None:
        if self._reader is not None:
            self._reader.change(name, value)

    # How it is seen --------------------------------------------------------------------------------------------

    def view_transform(self) -> ViewTransform:
        """How pictures are turned, mirrored and whitened before they are taken."""
        return self.transform.current

    def _show_transformed(self) -> None:
        """The picture that is held is seen in another way too."""
        shot = self._shown
        if shot is None:
            return
        self._pixels = self.transform.current.apply(shot.pixels)
        self.judging.forget()
        self.canvas.set_image(to_image(self._pixels), shot.um_per_px or self._bridge.bench.settings.current.um_per_px)

    # By itself -------------------------------------------------------------------------------------------------

    def record_to(self, path: Path) -> None:
        """Write what is seen to a video."""
        self.recording.begin(path)

    def _ended(self, what: str, sentence: str) -> None:
        if what == "record":
            self.recording.show_ended()
        else:
            self.panel.lapse.setChecked(False)
        self.told.emit(sentence)

    def foot(self) -> QWidget | None:
        """The strip with what has been taken."""
        return self.view.strip

    # State -----------------------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        reader, there = self._reader, self._shown is not None
        self.start_stop.setText(self.tr("Stop") if reader else self.tr("Start"))
        self.start_stop.show_icon("stop" if reader else "play")
        self.panel.enable(there=there, running=reader is not None)
        self.panel.scan.setEnabled(there and reader is not None and reader.has_motors)
        self.view.light.show_since(self.automatic.recording_since)
        self.view.show_live(there)
        self.panel.clipped.setText(self.histogram.words)
        self.panel.sharp.setText(self.focus.words)
        self.camera_told.emit(self._camera_words())
        if reader is None:
            self._say(
                self.tr("No camera is running"),
                self.tr("Choose a camera and start it. The demo smear is always there to practice with."),
                self.tr("Start camera"),
            )
            return
        self.panel.settings.show_settings(reader.settings)
        sentence = said(reader.sentence)
        if not there:
            self._say(self.tr("Waiting for the camera"), sentence or self.tr("It is being opened."))
            return
        live = self.tr("Held. Enter takes it.") if self.frozen else self.automatic.words or self.tr("Live.")
        self.state.setText(sentence or live)

    def _camera_words(self) -> str:
        if self._reader is None:
            return ""
        name, rate = self.source.currentText(), self.automatic.rate
        return self.tr("{0}: {1} pictures/s").format(name, f"{rate:.0f}") if rate else name

    def _say(self, title: str, sentence: str, button: str = "") -> None:
        self.empty.set_words(title, sentence, button)
        self.state.setText("" if button else sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space holds, Enter takes."""
        if event.key() == Qt.Key.Key_Space:
            self.hold(not self.frozen)
            self._show_state()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.take_frame()
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
