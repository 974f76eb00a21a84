"""Recording of live pictures to a video file, in a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
from pathlib import Path

import cv2

from leukoscope.domain.errors import CameraError
from leukoscope.domain.frames import Pixels
from leukoscope.system.durable import PRIVATE_FILE, sync_file

logger = logging.getLogger(__name__)

WAITING = 30
"""So many pictures may wait to be written; a slower disk loses pictures, not the live view."""
SUFFIXES = (".avi", ".mp4")


class Recorder:
    """Writes pictures of one size to a video.

    Parameters
    ----------
    path
        AVI (Motion JPEG, every picture for itself) or MP4; an existing file is replaced.
    rate
        Pictures a second that players show.
    size
        Width and height in pixels.

    Raises
    ------
    CameraError
        When the file cannot be written.
    """

    def __init__(self, path: Path, rate: float, size: tuple[int, int]) -> None:
        if path.suffix.lower() not in SUFFIXES:
            raise CameraError("A recording is written as AVI or MP4; give the file such an ending.", path.suffix)
        code = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix.lower() == ".avi" else "mp4v"))
        self._path, self._size = path, size
        self._writer = cv2.VideoWriter(str(path), code, min(max(rate, 1.0), 240.0), size)
        if not self._writer.isOpened():
            raise CameraError(f"“{path.name}” cannot be written; choose another folder.", "VideoWriter")
        self._queue: queue.Queue[Pixels | None] = queue.Queue(WAITING)
        self.written = self.lost = 0
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def add(self, pixels: Pixels) -> None:
        """Write a picture; one for which there is no time is lost and counted.

        Raises
        ------
        CameraError
            When it has another size: a video has one size, so the recording is over.
        """
        if (pixels.shape[1], pixels.shape[0]) != self._size:
            raise CameraError("The picture has another size now, so the recording has ended.", str(pixels.shape))
        try:
            self._queue.put_nowait(pixels)
        except queue.Full:
            self.lost += 1

    def close(self) -> Path:
        """Write what waits and end the file.

        Raises
        ------
        CameraError
            When nothing could be written: the disk is full, or no picture came.
        """
        self._queue.put(None)
        self._thread.join()
        self._writer.release()
        if not self.written or not self._path.is_file() or not self._path.stat().st_size:
            raise CameraError(f"“{self._path.name}” holds no picture; check the disk and record again.", "empty video")
        try:
            self._path.chmod(PRIVATE_FILE)
            sync_file(self._path)
        except OSError as error:
            message = f"“{self._path.name}” may not be whole; check the disk and record again."
            raise CameraError(message, repr(error)) from error
        return self._path

    def _run(self) -> None:
        while (pixels := self._queue.get()) is not None:
            self._writer.write(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
            self.written += 1
