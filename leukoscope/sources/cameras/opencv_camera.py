"""Cameras, streams and video files through OpenCV."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import cv2

from leukoscope.domain.errors import CameraError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.cameras.camera import CameraInfo, CameraKind, CameraSetting, SettingName, to_rgb

OPEN_TIMEOUT_MS, READ_TIMEOUT_MS = 5000, 5000
"""After so long a network camera counts as gone."""

_PROPERTIES = {SettingName.EXPOSURE: cv2.CAP_PROP_EXPOSURE, SettingName.GAIN: cv2.CAP_PROP_GAIN}
_BY_HAND = 1
"""Video4Linux's word for exposure that is set by hand (V4L2_EXPOSURE_MANUAL)."""
_SIZES = ((2592, 1944), (1920, 1080), (1600, 1200), (1280, 1024), (1280, 720), (640, 480))
"""Asked for; a camera takes the nearest that it has."""


class OpenCvCamera:
    """A USB camera, a network stream or a video file.

    Parameters
    ----------
    info
        Which one.
    device
        Path of the device or file, index, or URL.

    Raises
    ------
    CameraError
        When it cannot be opened.
    """

    def __init__(self, info: CameraInfo, device: str | int) -> None:
        self._info = info
        if info.kind is CameraKind.URL:
            timeouts = [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                OPEN_TIMEOUT_MS,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                READ_TIMEOUT_MS,
            ]
            self._capture = cv2.VideoCapture(str(device), cv2.CAP_FFMPEG, timeouts)
        else:
            self._capture = cv2.VideoCapture(device)
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraError(_refusal(info), f"OpenCV cannot open {info.kind} camera")
        self._first: dict[SettingName, float] = {}
        self._seconds = 0.0
        if info.kind is CameraKind.VIDEO:
            rate = self._capture.get(cv2.CAP_PROP_FPS)
            self._seconds = 1.0 / rate if 1 <= rate <= 240 else 1 / 25
        self._due = time.monotonic()
        self._closed = threading.Event()

    @property
    def info(self) -> CameraInfo:
        """Which one it is."""
        return self._info

    @property
    def um_per_px(self) -> float | None:
        """Such cameras know no scale."""
        return None

    def settings(self) -> tuple[CameraSetting, ...]:
        """What a USB camera tells of itself; streams and files have nothing to set.

        OpenCV knows no ranges: exposure and gain go from a sixteenth to sixteen times what they were at first.
        """
        if self._info.kind is not CameraKind.USB:
            return ()
        found = []
        for name, code in _PROPERTIES.items():
            value = float(self._capture.get(code))
            if value > 0:
                first = self._first.setdefault(name, value)
                found.append(CameraSetting(name, value, first / 16, first * 16))
        width, height = (int(self._capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        sizes = sorted({*_SIZES, (width, height)}, reverse=True)
        words = tuple(f"{w} × {h}" for w, h in sizes)
        place = float(sizes.index((width, height)))
        return (*found, CameraSetting(SettingName.RESOLUTION, place, 0.0, len(sizes) - 1.0, "", words))

    def change(self, name: SettingName, value: float) -> None:
        """Set something; cameras that refuse keep what they have."""
        for one in self.settings():
            if one.name is not name:
                continue
            value = min(max(value, one.low), one.high)
            if name is SettingName.RESOLUTION:
                width, height = (int(side) for side in one.choices[round(value)].split(" × "))
                self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
                self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
            else:
                if name is SettingName.EXPOSURE:
                    self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _BY_HAND)
                self._capture.set(_PROPERTIES[name], value)

    def read(self) -> Pixels:
        """The next picture; a video file starts again at its end."""
        if self._seconds:
            self._due = max(self._due + self._seconds, time.monotonic() - self._seconds)
            self._closed.wait(max(0.0, self._due - time.monotonic()))
        good, raw = self._capture.read()
        if not good and self._info.kind is CameraKind.VIDEO:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            good, raw = self._capture.read()
        if not good or raw is None:
            raise CameraError(_loss(self._info), f"no picture from {self._info.kind} camera")
        return to_rgb(raw, bgr=True)

    def close(self) -> None:
        """Let the device go."""
        self._closed.set()
        self._capture.release()


def _refusal(info: CameraInfo) -> str:
    if info.kind is CameraKind.URL:
        return "The network camera does not answer; check its address, and that it is switched on."
    if info.kind is CameraKind.VIDEO:
        return f"“{Path(info.id).name}” cannot be played; choose a video file, for example MP4 or AVI."
    return f"“{info.name}” cannot be opened; close other programs that use it, and check that you may use cameras."


def _loss(info: CameraInfo) -> str:
    if info.kind is CameraKind.URL:
        return "The network camera has stopped sending; check its cable. It is tried again by itself."
    return f"“{info.name}” sends no pictures any more; check its plug. It is tried again by itself."
