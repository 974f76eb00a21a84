"""Recording to a video file."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import CameraError
from leukoscope.sources.cameras.recorder import Recorder


def test_a_recording_holds_the_pictures_in_order(tmp_path: Path) -> None:
    path = tmp_path / "Aufnahme ü.avi"
    recorder = Recorder(path, 25.0, (160, 120))
    for number in range(10):
        recorder.add(np.full((120, 160, 3), 20 * number, np.uint8))
    with pytest.raises(CameraError, match="another size"):
        recorder.add(np.zeros((10, 10, 3), np.uint8))
    assert recorder.close() == path
    assert (recorder.written, recorder.lost) == (10, 0)
    assert os.name == "nt" or path.stat().st_mode & 0o077 == 0, "for this user only"
    video = cv2.VideoCapture(str(path))
    levels = []
    while (answer := video.read())[0]:
        levels.append(float(np.asarray(answer[1]).mean()))
    assert levels == pytest.approx([20.0 * number for number in range(10)], abs=3)


def test_what_cannot_be_recorded_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="AVI or MP4"):
        Recorder(tmp_path / "film.txt", 25.0, (160, 120))
    with pytest.raises(CameraError, match="another folder"):
        Recorder(tmp_path / "missing" / "film.avi", 25.0, (160, 120))
    empty = Recorder(tmp_path / "empty.avi", 25.0, (160, 120))
    with pytest.raises(CameraError, match="no picture"):
        empty.close()
