"""Exposure, gain, white balance, size and rate of a USB camera, each driver's figures in one unit."""

from __future__ import annotations

import math
import sys
from typing import Protocol

import cv2

from leukoscope.sources.cameras.camera import AUTOMATIC, CameraSetting, SettingName

SIZES = ((2592, 1944), (1920, 1080), (1600, 1200), (1280, 1024), (1280, 720), (640, 480))
"""Asked for; a camera takes the nearest that it has."""
RATES = (60, 30, 25, 15, 10, 5)
"""Pictures a second that are asked for; a camera takes the nearest that it has."""
KELVIN = (2800.0, 6500.0)
"""Color temperatures that UVC cameras know, from lamp to daylight."""
SPAN = 16.0
"""OpenCV tells no ranges: exposure and gain go from a sixteenth to sixteen times what they were at first."""


class Capture(Protocol):
    """The part of OpenCV's VideoCapture that is used here."""

    def get(self, propId: int, /) -> float:  # noqa: N803
        """A property's value; 0 or -1 where the driver knows it not."""
        ...

    def set(self, propId: int, value: float, /) -> bool:  # noqa: N803
        """Set a property; whether the driver took it."""
        ...


def exposure_ms(value: float, system: str) -> float | None:
    """A driver's figure for the exposure, in milliseconds; ``None`` where it means nothing.

    Video4Linux counts in 100 µs (V4L2_CID_EXPOSURE_ABSOLUTE), Windows in powers of two of a second
    (CameraControl_Exposure).
    """
    if system == "win32":
        return 1e3 * 2.0**value if -20 < value < 6 and value != 0 else None
    return value / 10 if value > 0 else None


def exposure_figure(ms: float, system: str) -> float:
    """The driver's figure for an exposure in milliseconds."""
    return float(round(math.log2(ms / 1e3))) if system == "win32" else float(max(1, round(10 * ms)))


class UsbSettings:
    """What a USB camera tells of itself.

    Parameters
    ----------
    capture
        The opened camera.
    system
        ``sys.platform``: drivers differ in their units.
    """

    def __init__(self, capture: Capture, system: str = sys.platform) -> None:
        self._capture, self._system = capture, system
        self._first: dict[SettingName, float] = {}
        # Video4Linux: 3 is automatic, 1 by hand (V4L2_EXPOSURE_APERTURE_PRIORITY, V4L2_EXPOSURE_MANUAL).
        self._auto, self._by_hand = (3.0, 1.0) if system.startswith("linux") else (1.0, 0.0)

    def settings(self) -> tuple[CameraSetting, ...]:
        """What can be set, and how it is set now."""
        found = [one for one in (self._exposure(), self._gain(), self._white()) if one is not None]
        return (*found, self._size(), self._rate())

    def _exposure(self) -> CameraSetting | None:
        value = exposure_ms(self._capture.get(cv2.CAP_PROP_EXPOSURE), self._system)
        if value is None:
            return None
        first = self._first.setdefault(SettingName.EXPOSURE, value)
        automatic = self._capture.get(cv2.CAP_PROP_AUTO_EXPOSURE) == self._auto
        return CameraSetting(
            SettingName.EXPOSURE, value, first / SPAN, max(first * SPAN, value), "ms", automatic=automatic
        )

    def _gain(self) -> CameraSetting | None:
        value = float(self._capture.get(cv2.CAP_PROP_GAIN))
        if value <= 0:
            return None
        first = self._first.setdefault(SettingName.GAIN, value)
        return CameraSetting(SettingName.GAIN, value, first / SPAN, first * SPAN)

    def _white(self) -> CameraSetting | None:
        value = float(self._capture.get(cv2.CAP_PROP_WB_TEMPERATURE))
        if value <= 0:
            return None
        automatic = self._capture.get(cv2.CAP_PROP_AUTO_WB) > 0
        return CameraSetting(SettingName.WHITE_BALANCE, value, *KELVIN, "K", automatic=automatic)

    def _size(self) -> CameraSetting:
        width, height = (int(self._capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        sizes = sorted({*SIZES, (width, height)}, reverse=True)
        words = tuple(f"{w} × {h}" for w, h in sizes)
        return CameraSetting(
            SettingName.RESOLUTION, float(sizes.index((width, height))), 0.0, len(sizes) - 1.0, "", words
        )

    def _rate(self) -> CameraSetting:
        now = round(self._capture.get(cv2.CAP_PROP_FPS))
        rates = sorted({*RATES, *([now] if now > 0 else [])}, reverse=True)
        place = float(rates.index(now)) if now > 0 else float(rates.index(30))
        words = tuple(f"{rate} / s" for rate in rates)
        return CameraSetting(SettingName.RATE, place, 0.0, len(rates) - 1.0, "", words)

    def change(self, name: SettingName, value: float) -> None:
        """Set something; cameras that refuse keep what they have."""
        for one in self.settings():
            if one.name is not name:
                continue
            if value == AUTOMATIC:
                self._let_it(name)
                return
            value = min(max(value, one.low), one.high)
            if one.choices:
                self._choose(name, one.choices[round(value)])
            else:
                self._put(name, value)

    def _let_it(self, name: SettingName) -> None:
        if name is SettingName.EXPOSURE:
            self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, self._auto)
        elif name is SettingName.WHITE_BALANCE:
            self._capture.set(cv2.CAP_PROP_AUTO_WB, 1.0)

    def _choose(self, name: SettingName, words: str) -> None:
        if name is SettingName.RATE:
            self._capture.set(cv2.CAP_PROP_FPS, float(words.partition(" ")[0]))
            return
        width, height = (int(side) for side in words.split(" × "))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)

    def _put(self, name: SettingName, value: float) -> None:
        if name is SettingName.EXPOSURE:
            self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, self._by_hand)
            self._capture.set(cv2.CAP_PROP_EXPOSURE, exposure_figure(value, self._system))
        elif name is SettingName.WHITE_BALANCE:
            self._capture.set(cv2.CAP_PROP_AUTO_WB, 0.0)
            self._capture.set(cv2.CAP_PROP_WB_TEMPERATURE, round(value))
        else:
            self._capture.set(cv2.CAP_PROP_GAIN, value)
