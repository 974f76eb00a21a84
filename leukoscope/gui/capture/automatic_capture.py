"""Pictures taken without a hand on the mouse: at rest and in focus, by the clock, or as a video."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from leukoscope.domain.errors import CameraError
from leukoscope.gui.language import said

if TYPE_CHECKING:
    from leukoscope.domain.frames import Pixels
    from leukoscope.imaging.tracking import Small
    from leukoscope.sources.cameras.recorder import Recorder
    from leukoscope.workflow.auto_take import AutoTake, TimeLapse

RATE_SHOWN = 25.0
"""Pictures a second of a recording before the camera's own rate is known."""


class AutomaticCapture(QObject):
    """Looks at each picture that is shown, and says when one should be taken.

    Signals
    -------
    wanted()
        The picture that is seen now should be taken.
    ended(str, str)
        Recording or time-lapse is over: which, and a sentence.
    """

    wanted = Signal()
    ended = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._auto: AutoTake | None = None
        self._before: Small | None = None
        self._lapse: TimeLapse | None = None
        self._lapsed = 0
        self._recorder: Recorder | None = None
        self._began = 0.0
        self._first: tuple[float, int] | None = None
        self._rate, self._measured = RATE_SHOWN, False
        self.words = ""

    # Switches --------------------------------------------------------------------------------------------------

    def switch_auto(self, on: bool) -> None:
        """Take each time the stage comes to rest, or no more."""
        from leukoscope.workflow.auto_take import AutoTake

        self._auto, self._before = (AutoTake() if on else None), None

    def start_lapse(self, every_s: float, pictures: int, at: float) -> None:
        """Take a picture every so many seconds, the first at once."""
        from leukoscope.workflow.auto_take import TimeLapse

        self._lapse, self._lapsed = TimeLapse(every_s, pictures, at), 0

    def stop_lapse(self) -> None:
        """No more pictures by the clock."""
        if self._lapse is not None:
            self._lapse, self.words = None, ""

    def start_recording(self, path: Path, pixels: Pixels) -> None:
        """Write pictures of this size to a video; raises CameraError."""
        from leukoscope.sources.cameras.recorder import Recorder

        self._recorder = Recorder(path, self._rate, (pixels.shape[1], pixels.shape[0]))
        self._began = time.monotonic()

    def stop_recording(self, why: str = "") -> None:
        """End the video; ``why`` is said before what it holds."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        try:
            path = recorder.close()
        except CameraError as error:
            self.ended.emit("record", error.message)
            return
        sentence = said(why) + " " if why else ""
        sentence += self.tr("“{0}” holds {1} pictures.").format(path.name, recorder.written)
        if recorder.lost:
            sentence += " " + self.tr("{0} were left out: the disk was too slow.").format(recorder.lost)
        self.ended.emit("record", sentence)

    @property
    def rate(self) -> float:
        """Pictures a second; 0 while it is not known yet."""
        return self._rate if self._first is not None and self._measured else 0.0

    @property
    def recording(self) -> bool:
        """Whether a video is written."""
        return self._recorder is not None

    @property
    def recording_since(self) -> float | None:
        """When the video was begun, by the monotonic clock; ``None`` while none is written."""
        return self._began if self._recorder is not None else None

    def stop(self) -> None:
        """The camera rests: end all."""
        self.switch_auto(False)
        self.stop_lapse()
        self.stop_recording()
        self._first, self._measured = None, False

    # Pictures --------------------------------------------------------------------------------------------------

    def look(self, pixels: Pixels, at: float, sharpness: float) -> None:
        """A new picture is seen."""
        self._measure_rate(at)
        if self._recorder is not None:
            try:
                self._recorder.add(pixels)
            except CameraError as error:
                self.stop_recording(error.message)
        if self._auto is not None and self._at_rest(self._auto, pixels, at, sharpness):
            self.wanted.emit()
        elif self._lapse is not None:
            self._by_the_clock(self._lapse, at)

    def _measure_rate(self, at: float) -> None:
        if self._first is None or at - self._first[0] > 10:
            self._first = at, 0
        start, count = self._first
        self._first = start, count + 1
        if at - start > 1:
            self._rate, self._measured = count / (at - start), True

    def _at_rest(self, auto: AutoTake, pixels: Pixels, at: float, sharpness: float) -> bool:
        from leukoscope.imaging.tracking import shift_between, small_gray

        small = small_gray(pixels)
        shift = None if self._before is None else shift_between(self._before, small, pixels.shape[1])
        self._before = small
        return auto.look(at, shift, sharpness, pixels.shape[1])

    def _by_the_clock(self, lapse: TimeLapse, at: float) -> None:
        if lapse.due(at, self._lapsed):
            self._lapsed += 1
            self.wanted.emit()
        if self._lapsed >= lapse.pictures:
            self._lapse, self.words = None, ""
            self.ended.emit("lapse", self.tr("All {0} pictures are taken.").format(lapse.pictures))
            return
        left = lapse.seconds_left(at, self._lapsed)
        self.words = self.tr("Picture {0} of {1} in {2:.0f} s").format(self._lapsed + 1, lapse.pictures, left)
