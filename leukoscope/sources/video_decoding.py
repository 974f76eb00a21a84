"""Pictures of streams and of video files, decoded in the process for foreign files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources import decoding
from leukoscope.sources.decoded_image import OnSize
from leukoscope.sources.ffmpeg_options import FILE_OPTIONS, opened_with

THREADS = 2
"""Of a film's decoder: each reserves memory."""
USUAL_S = 1 / 25
"""Between two pictures, where the film does not say."""


def image_of(data: bytes, name: str) -> Pixels:
    """One JPEG picture of a stream, as it lies in it.

    Raises
    ------
    ImageError
        When it is none.
    """
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if raw is None:
        raise ImageError(f"“{name}” is damaged or incomplete.", "a torn picture", cause=Cause.BROKEN)
    return _rgb(np.asarray(raw))


def _rgb(raw: NDArray[Any]) -> Pixels:
    """Blue, green, red in the order of the rest of the program."""
    return np.asarray(cv2.cvtColor(raw, cv2.COLOR_BGR2RGB), np.uint8)


class Player:
    """Plays one video file at a time."""

    def __init__(self) -> None:
        self._path, self._seconds = "", USUAL_S
        self._capture: cv2.VideoCapture | None = None

    def is_open(self, path: str) -> bool:
        """Whether this film is open."""
        return bool(path) and self._capture is not None and path == self._path

    def open(self, path: str, name: str, on_size: OnSize) -> float:
        """Open a film at its beginning.

        Returns
        -------
        float
            Seconds between two pictures.

        Raises
        ------
        ImageError
            When it is none that can be played, or its pictures are too large.
        """
        self._close()
        with opened_with(FILE_OPTIONS):
            capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, THREADS])
        if not capture.isOpened():
            capture.release()
            message = f"“{Path(path).name}” cannot be played; choose a video file, for example MP4 or AVI."
            raise ImageError(message, "OpenCV cannot open the film", cause=Cause.UNKNOWN_KIND)
        width, height = (int(capture.get(one)) for one in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if not 0 < width * height <= decoding.MAX_PIXELS:
            capture.release()
            sentence = (
                f"The pictures of “{name}” have {width * height / 1e6:.0f} megapixels, more than the "
                f"{decoding.MAX_PIXELS / 1e6:.0f} that can be opened; save it smaller."
            )
            raise ImageError(sentence, f"{width}x{height}", cause=Cause.UNKNOWN_KIND)
        on_size(width, height)
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._capture, self._path = capture, path
        self._seconds = 1.0 / rate if 1 <= rate <= 240 else USUAL_S
        return self._seconds

    def next(self, path: str, name: str, on_size: OnSize) -> Pixels:
        """The next picture, the first again after the last; a film that is not open is opened.

        Raises
        ------
        ImageError
            When it cannot be opened, or holds no picture.
        """
        if not self.is_open(path):
            self.open(path, name, on_size)
        assert self._capture is not None
        good, raw = self._capture.read()
        if not good or raw is None:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            good, raw = self._capture.read()
        if not good or raw is None:
            message = f"“{name}” holds no picture that can be shown; choose another video file."
            raise ImageError(message, "no picture", cause=Cause.BROKEN)
        return _rgb(np.asarray(raw))

    def _close(self) -> None:
        if self._capture is not None:
            self._capture.release()
        self._capture, self._path = None, ""
