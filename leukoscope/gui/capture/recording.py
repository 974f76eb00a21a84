"""The button that records what is seen, and the file that it asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QAbstractButton, QFileDialog

from leukoscope.domain.errors import CameraError
from leukoscope.gui.capture.automatic_capture import AutomaticCapture
from leukoscope.gui.places import start_of

if TYPE_CHECKING:
    from leukoscope.domain.frames import Pixels


class Recording(QObject):
    """Begins and ends a video.

    Parameters
    ----------
    button
        Is checked while a video is written.
    taking
        Writes it.
    pixels
        What is seen now; ``None`` while no camera shows anything.

    Signals
    -------
    told(str)
        Why no video can be written.
    """

    told = Signal(str)

    def __init__(self, button: QAbstractButton, taking: AutomaticCapture, pixels: Callable[[], Pixels | None]) -> None:
        super().__init__(button)
        self._button, self._taking, self._pixels = button, taking, pixels
        button.clicked.connect(self._clicked)

    def _clicked(self, on: bool) -> None:
        if not on:
            self._taking.stop_recording()
            return
        over = self._button.window()
        name = str(Path(start_of(over)) / f"leukoscope-{datetime.now():%Y-%m-%d-%H%M%S}.avi")
        where, _ = QFileDialog.getSaveFileName(over, self.tr("Record"), name, self.tr("Video (*.avi *.mp4)"))
        self.begin(Path(where)) if where else self._button.setChecked(False)

    def begin(self, path: Path) -> None:
        """Write what is seen to a video."""
        pixels = self._pixels()
        if pixels is None:
            return
        try:
            self._taking.start_recording(path, pixels)
        except CameraError as error:
            self._button.setChecked(False)
            self.told.emit(error.message)
            return
        self._button.setChecked(True)
        self._button.setText(self.tr("End recording"))

    def show_ended(self) -> None:
        """The video is over."""
        self._button.setChecked(False)
        self._button.setText(self.tr("Record…"))
