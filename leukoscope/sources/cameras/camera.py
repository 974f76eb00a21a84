"""What every camera is to the rest of the program."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import CameraError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.cameras.kinds import CameraKind

DEMO_CONFIG = "demo"
"""After ``mm:``: the configuration of Micro-Manager's own demonstration devices."""


@dataclass(frozen=True)
class CameraInfo:
    """A camera that can be opened.

    Parameters
    ----------
    id
        Stays the same when the camera is plugged in again: ``demo:1``, ``usb:NAME``, ``mm:CONFIG``, a URL, a file.
    name
        What a person calls it.
    kind
        How it is reached.
    """

    id: str
    name: str
    kind: CameraKind


class SettingName(StrEnum):
    """What can be set on a camera."""

    EXPOSURE = "exposure"
    GAIN = "gain"
    WHITE_BALANCE = "white-balance"
    """Color temperature of the light, in kelvin."""
    RESOLUTION = "resolution"
    RATE = "rate"
    """Pictures a second."""


AUTOMATIC = -1.0
"""Wanted instead of a value: the camera sets this by itself."""


@dataclass(frozen=True)
class CameraSetting:
    """Something that can be set on a camera.

    Parameters
    ----------
    name
        What it is.
    value
        As it is now; for ``choices`` the number of the one in use, from 0.
    low, high
        The range it can have.
    unit
        Of value and range; empty for a factor.
    choices
        Words for 0, 1, ...; empty for a figure.
    automatic
        Whether the camera sets it by itself; ``None`` where it cannot.
    """

    name: SettingName
    value: float
    low: float
    high: float
    unit: str = ""
    choices: tuple[str, ...] = ()
    automatic: bool | None = None


class Camera(Protocol):
    """An opened camera; used by one thread only."""

    @property
    def info(self) -> CameraInfo:
        """Which one it is."""
        ...

    @property
    def um_per_px(self) -> float | None:
        """Its scale, where it knows one."""
        ...

    @property
    def stage(self) -> StagePosition | None:
        """Where the stage stood for the last picture, where it knows that."""
        ...

    def settings(self) -> tuple[CameraSetting, ...]:
        """What can be set, and how it is set now."""
        ...

    def change(self, name: SettingName, value: float) -> None:
        """Set something, ``AUTOMATIC`` to let the camera do it.

        A value out of its range becomes the nearest in it, what the camera has not does nothing.
        """
        ...

    def read(self) -> Pixels:
        """Wait for the next picture; raises CameraError when there is none any more. May block for long."""
        ...

    def close(self) -> None:
        """Let the camera go; may block."""
        ...


class FixedCamera:
    """What cameras share that know no scale and are set elsewhere, or not at all.

    Parameters
    ----------
    info
        Which one.
    """

    def __init__(self, info: CameraInfo) -> None:
        self._info = info

    @property
    def info(self) -> CameraInfo:
        """Which one it is."""
        return self._info

    @property
    def um_per_px(self) -> float | None:
        """No scale is known."""
        return None

    @property
    def stage(self) -> StagePosition | None:
        """Nothing is known of a stage."""
        return None

    def settings(self) -> tuple[CameraSetting, ...]:
        """There is nothing to set here."""
        return ()

    def change(self, name: SettingName, value: float) -> None:
        """Nothing can be set."""


def depth_of(raw: NDArray[np.generic]) -> int:
    """How many bits the samples of a picture need, 8 to 16; a dark picture of a deep camera needs few."""
    return max(8, int(raw.max()).bit_length()) if raw.dtype == np.uint16 and raw.size else 8


def to_rgb(raw: NDArray[np.generic], *, bgr: bool, bits: int | None = None) -> Pixels:
    """Bring whatever a camera gives to RGB uint8.

    Parameters
    ----------
    raw
        Shape (height, width), (height, width, 1), (height, width, 3) or (height, width, 4); uint8 or uint16.
    bgr
        Whether blue comes first.
    bits
        How many bits each sample of uint16 has, 8 to 16; larger ones become white. ``None`` goes by the largest sample,
        which is right for one picture and flickers in a film.

    Returns
    -------
    ndarray
        Shape (height, width, 3), uint8, RGB, contiguous and of its own memory.

    Raises
    ------
    CameraError
        For anything else.
    """
    if raw.ndim not in {2, 3} or min(raw.shape[:2], default=0) < 1 or raw.dtype not in (np.uint8, np.uint16):
        raise CameraError(
            "The camera sends pictures of an unknown kind; choose another format in its own program.",
            f"{raw.shape} {raw.dtype}",
        )
    planes = raw[:, :, None] if raw.ndim == 2 else raw
    if planes.dtype == np.uint16:
        shift = min(max(bits or depth_of(planes), 8), 16) - 8
        planes = np.minimum(np.right_shift(planes.astype(np.uint16), shift), 255)
    channels = planes.shape[2]
    if channels in {1, 2}:
        planes = np.repeat(planes[:, :, :1], 3, axis=2)
    elif channels >= 3:
        planes = planes[:, :, 2::-1] if bgr else planes[:, :, :3]
    return np.array(planes, np.uint8, order="C")
