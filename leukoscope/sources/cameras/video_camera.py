"""A video file that is played like a camera; it is opened and decoded in a process with limits."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from leukoscope.domain.errors import CameraError, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.cameras.camera import CameraInfo, FixedCamera
from leukoscope.sources.decoder import Decoder
from leukoscope.sources.ffmpeg_options import check_video


class VideoCamera(FixedCamera):
    """A video file, at its own pace; it starts again at its end.

    Parameters
    ----------
    info
        Which one.
    path
        Of the file.

    Raises
    ------
    CameraError
        When it cannot be played.
    """

    def __init__(self, info: CameraInfo, path: Path) -> None:
        check_video(path)
        super().__init__(info)
        self._path = path
        self._decoder, self._closed = Decoder(), threading.Event()
        try:
            self._seconds = self._decoder.open_video(path, path.name)
        except ImageError as error:
            self._decoder.close()
            raise CameraError(error.message, error.detail, cause=error.cause) from error
        self._due = time.monotonic()

    def read(self) -> Pixels:
        """The next picture, when it is due."""
        self._due = max(self._due + self._seconds, time.monotonic() - self._seconds)
        self._closed.wait(max(0.0, self._due - time.monotonic()))
        try:
            return self._decoder.next_of_video(self._path, self._path.name)
        except ImageError as error:
            raise CameraError(error.message, error.detail, cause=error.cause) from error

    def close(self) -> None:
        """Let the file go."""
        self._closed.set()
        self._decoder.close()
