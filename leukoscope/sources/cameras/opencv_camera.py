"""Cameras and streams through OpenCV."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.domain.frames import Pixels
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.cameras.answers import address, unplayed
from leukoscope.sources.cameras.camera import CameraInfo, CameraSetting, SettingName, depth_of, to_rgb
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.motion_jpeg import decoded
from leukoscope.sources.cameras.usb_settings import UsbSettings
from leukoscope.sources.cameras.windows_privacy import cameras_are_denied
from leukoscope.sources.ffmpeg_options import STREAM_OPTIONS, opened_with

OPEN_TIMEOUT_MS, READ_TIMEOUT_MS = 5000, 5000
"""After so long a network camera counts as gone."""
TORN = 25
"""So many torn pictures one after the other are a lost camera."""


class OpenCvCamera:
    """A USB camera or a network stream.

    Parameters
    ----------
    info
        Which one.
    device
        Path of the device, index, or URL.
    backend
        OpenCV's number of the interface that the index is counted in.

    Raises
    ------
    CameraError
        When it cannot be opened.
    """

    def __init__(self, info: CameraInfo, device: str | int, backend: int = cv2.CAP_ANY) -> None:
        self._info = info
        if info.kind is CameraKind.URL:
            address(info.id)
            timeouts = [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                OPEN_TIMEOUT_MS,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                READ_TIMEOUT_MS,
            ]
            with opened_with(STREAM_OPTIONS):
                self._capture = cv2.VideoCapture(str(device), cv2.CAP_FFMPEG, timeouts)
        else:
            self._capture = cv2.VideoCapture(device, backend)
        if not self._capture.isOpened():
            self._capture.release()
            raise _refusal(info)
        self._settings = UsbSettings(self._capture) if info.kind is CameraKind.USB else None
        self._bits = 8
        self._packets = info.kind is CameraKind.URL and self._take_packets()

    @property
    def info(self) -> CameraInfo:
        """Which one it is."""
        return self._info

    @property
    def um_per_px(self) -> float | None:
        """Such cameras know no scale."""
        return None

    @property
    def stage(self) -> StagePosition | None:
        """Such cameras know of no stage."""
        return None

    def settings(self) -> tuple[CameraSetting, ...]:
        """What a USB camera tells of itself; streams and files have nothing to set."""
        return self._settings.settings() if self._settings is not None else ()

    def change(self, name: SettingName, value: float) -> None:
        """Set something; cameras that refuse keep what they have."""
        if self._settings is not None:
            self._settings.change(name, value)

    def read(self) -> Pixels:
        """The next picture."""
        pixels = self._next()
        if pixels is None:
            raise CameraError(_loss(self._info), f"no picture from {self._info.kind} camera", cause=Cause.UNREACHABLE)
        return pixels

    def _take_packets(self) -> bool:
        """Take Motion JPEG as it comes.

        OpenCV itself would go on giving pictures of the stream's first size: after a change at the camera they are
        squeezed, and every length in them is wrong. Streams of other codecs end at such a change.
        """
        code = int(self._capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little")
        return code == b"MJPG" and bool(self._capture.set(cv2.CAP_PROP_FORMAT, -1))

    def _next(self) -> Pixels | None:
        """The next picture; a packet that came torn is passed over."""
        for _ in range(TORN):
            good, raw = self._capture.read()
            if not good or raw is None:
                return None
            picture = decoded(np.asarray(raw, np.uint8).tobytes()) if self._packets else self._as_rgb(np.asarray(raw))
            if picture is not None:
                return picture
        return None

    def _as_rgb(self, raw: NDArray[np.generic]) -> Pixels:
        # OpenCV does not tell how deep a camera is: the most bits seen so far, so that brightness does not jump back.
        self._bits = max(self._bits, depth_of(raw))
        return to_rgb(raw, bgr=True, bits=self._bits)

    def close(self) -> None:
        """Let the device go."""
        self._capture.release()


def _refusal(info: CameraInfo) -> CameraError:
    """Why it cannot be opened, as far as it can be told; OpenCV itself only says that it did not."""
    detail = f"OpenCV cannot open {info.kind} camera"
    if info.kind is CameraKind.URL:
        return unplayed(info.id)
    if cameras_are_denied():
        message = (
            "Windows lets no program use a camera; switch on “Let desktop apps access your camera” in Settings, "
            "Privacy & security, Camera."
        )
        return CameraError(message, f"{detail}: denied in the registry", cause=Cause.UNREACHABLE)
    message = f"“{info.name}” cannot be opened; close other programs that use it, and check that you may use cameras."
    return CameraError(message, detail, cause=Cause.UNREACHABLE)


def _loss(info: CameraInfo) -> str:
    if info.kind is CameraKind.URL:
        return "The network camera has stopped sending; check its cable and power. It is tried again by itself."
    return f"“{info.name}” sends no pictures any more; check its plug. It is tried again by itself."
