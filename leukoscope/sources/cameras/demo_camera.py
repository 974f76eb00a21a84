"""The demo smear as a camera: the stage drifts over a drawn field, focus comes and goes, the sensor is noisy."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from leukoscope.domain.frames import Pixels
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.cameras.camera import AUTOMATIC, CameraInfo, CameraSetting, SettingName
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.demo import FIELD_UM_PER_PX, HEALTHY_BLOOD, LEUKEMIC_BLOOD, demo_field

WIDTH, HEIGHT = 1280, 1024
RATE = 30.0
"""Pictures a second."""
WORLD = 2.0
"""The stage moves over so many pictures' widths."""
LEUKOCYTES = 38
"""On all of it: about ten in sight."""
STAGE_PERIOD_S, REST_S = 24.0, 6.0
"""The stage moves for a while and rests for a while."""
FOCUS_PERIOD_S = 17.0
BLUR_PX_PER_UM = 1.0
"""Sigma of the defocus for a micrometer that the focus is away."""
NOISES = 8
"""Noise pictures used in turn: drawing a new one takes longer than a picture may."""

NORMAL_MS = 20.0
"""Exposure at which the glass is nearly white."""
NEUTRAL_K = 5000.0
"""Color temperature of its lamp: set so, the glass is white."""
_SHRINK = (1, 2)
"""Its resolutions: the whole sensor, and two by two pixels read as one."""
_RATES = (RATE, 15.0, 5.0)

DEMO = CameraInfo("demo:1", "Demo smear", CameraKind.DEMO)


class DemoCamera:
    """Gives pictures of the drawn smear at ``RATE``.

    Parameters
    ----------
    clock
        Seconds, monotonic.
    wait
        Waits for so many seconds; a test gives one that does not.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], object] | None = None
    ) -> None:
        self._clock = clock
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._world = _world()
        self._noise = _noise()
        self._start = clock()
        self._count, self._seconds = 0, 0.0
        self._set = {
            SettingName.EXPOSURE: NORMAL_MS,
            SettingName.GAIN: 1.0,
            SettingName.WHITE_BALANCE: NEUTRAL_K,
            SettingName.RESOLUTION: 0.0,
            SettingName.RATE: 0.0,
        }
        self._automatic: set[SettingName] = set()
        self.motors = DemoMotors(self)
        """Who moves it holds it: it drifts no longer, and its focus stays."""

    @property
    def info(self) -> CameraInfo:
        """The demo smear."""
        return DEMO

    @property
    def um_per_px(self) -> float | None:
        """The demo smear's own scale."""
        return FIELD_UM_PER_PX * _SHRINK[round(self._set[SettingName.RESOLUTION])]

    @property
    def stage(self) -> StagePosition | None:
        """Where its drawn stage stood for the last picture."""
        left, top = self._corner_at(self._seconds)
        return StagePosition((left + WIDTH / 2) * FIELD_UM_PER_PX, (top + HEIGHT / 2) * FIELD_UM_PER_PX)

    def settings(self) -> tuple[CameraSetting, ...]:
        """All that can be set on a camera."""
        sizes = tuple(f"{WIDTH // shrink} × {HEIGHT // shrink}" for shrink in _SHRINK)
        rates = tuple(f"{rate:.0f} / s" for rate in _RATES)
        exposure, gain, white, size, rate = (self._set[name] for name in SettingName)
        by_itself = self._automatic
        return (
            CameraSetting(
                SettingName.EXPOSURE, exposure, 1.0, 4 * NORMAL_MS, "ms", automatic=SettingName.EXPOSURE in by_itself
            ),
            CameraSetting(SettingName.GAIN, gain, 1.0, 4.0, "×"),
            CameraSetting(
                SettingName.WHITE_BALANCE, white, 2800, 8900, "K", automatic=SettingName.WHITE_BALANCE in by_itself
            ),
            CameraSetting(SettingName.RESOLUTION, size, 0.0, len(sizes) - 1.0, "", sizes),
            CameraSetting(SettingName.RATE, rate, 0.0, len(rates) - 1.0, "", rates),
        )

    def change(self, name: SettingName, value: float) -> None:
        """Set one of them."""
        for one in self.settings():
            if one.name is not name:
                continue
            if value != AUTOMATIC:
                self._automatic.discard(name)
                self._set[name] = min(max(value, one.low), one.high)
            elif one.automatic is not None:
                self._automatic.add(name)
        if SettingName.WHITE_BALANCE in self._automatic:
            self._set[SettingName.WHITE_BALANCE] = NEUTRAL_K
        if SettingName.EXPOSURE in self._automatic:
            self._set[SettingName.EXPOSURE] = NORMAL_MS / self._set[SettingName.GAIN]

    def read(self) -> Pixels:
        """The next picture, at its time."""
        late = self._clock() - (self._start + self._seconds)
        if late < 0:
            self._wait(-late)
        elif late > 1:
            self._seconds += late
        self._count += 1
        self._seconds += 1 / _RATES[round(self._set[SettingName.RATE])]
        return self.frame_at(self._seconds, self._count)

    def _corner_at(self, seconds: float) -> tuple[int, int]:
        """Left and top of what the camera sees of the drawn field, in pixels of the whole sensor."""
        if self.motors.place is not None:
            here = self.motors.place
            return round(here.x_um / FIELD_UM_PER_PX - WIDTH / 2), round(here.y_um / FIELD_UM_PER_PX - HEIGHT / 2)
        x, y = stage(seconds)
        return round(x * (self._world.shape[1] - WIDTH)), round(y * (self._world.shape[0] - HEIGHT))

    def frame_at(self, seconds: float, number: int) -> Pixels:
        """What the camera sees after so many seconds."""
        left, top = self._corner_at(seconds)
        seen = self._seen(left, top)
        sigma = blur(seconds) if self.motors.z_um is None else abs(self.motors.z_um) * BLUR_PX_PER_UM
        if sigma > 0.3:
            seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma), np.uint8)
        light = self._set[SettingName.EXPOSURE] / NORMAL_MS * self._set[SettingName.GAIN]
        if light != 1.0:
            seen = np.asarray(cv2.convertScaleAbs(seen, alpha=light), np.uint8)
        if self._set[SettingName.WHITE_BALANCE] != NEUTRAL_K:
            # Set warmer than the lamp is, the picture turns blue, and the other way round.
            tint = self._set[SettingName.WHITE_BALANCE] / NEUTRAL_K
            levels = np.arange(256, dtype=np.float32)[:, None] * np.array([tint, 1.0, 1 / tint], np.float32)
            seen = np.asarray(cv2.LUT(seen, np.clip(levels, 0, 255).astype(np.uint8)[None]), np.uint8)
        noisy: Pixels = np.asarray(cv2.add(seen, self._noise[number % NOISES], dtype=cv2.CV_8U), np.uint8)
        shrink = _SHRINK[round(self._set[SettingName.RESOLUTION])]
        if shrink == 1:
            return noisy
        size = WIDTH // shrink, HEIGHT // shrink
        return np.asarray(cv2.resize(noisy, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _seen(self, left: int, top: int) -> Pixels:
        """The drawn field; beyond its edge it is seen as in a mirror: whoever drives there sees cells too."""
        height, width = self._world.shape[:2]
        if 0 <= left <= width - WIDTH and 0 <= top <= height - HEIGHT:
            return self._world[top : top + HEIGHT, left : left + WIDTH]
        rows, columns = _mirrored(top, HEIGHT, height), _mirrored(left, WIDTH, width)
        return np.ascontiguousarray(self._world[rows][:, columns])

    def close(self) -> None:
        """Wake a reader that waits."""
        self._closed.set()


class DemoMotors:
    """Stage and focus of the demo microscope: at once where they are sent; sharpest at 0 µm.

    Parameters
    ----------
    camera
        That they move.
    """

    def __init__(self, camera: DemoCamera) -> None:
        self._camera = camera
        self.place: StagePosition | None = None
        self.z_um: float | None = None

    def position(self) -> StagePosition:
        """Where the stage stands."""
        return self._camera.stage or StagePosition(0.0, 0.0)

    def move(self, to: StagePosition) -> None:
        """Move the stage."""
        self.place, self.z_um = to, self.z_um or 0.0

    def focus_um(self) -> float | None:
        """Where the focus stands."""
        return self.z_um or 0.0

    def focus(self, z_um: float) -> None:
        """Move the focus."""
        self.z_um = z_um


def _mirrored(start: int, count: int, size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    there = np.arange(start, start + count) % (2 * size)
    return np.minimum(there, 2 * size - 1 - there)


def stage(seconds: float) -> tuple[float, float]:
    """Where the stage is, 0..1 in both directions: smooth on its way, then at rest."""
    round_trip, within = divmod(seconds, STAGE_PERIOD_S + REST_S)
    part = min(within / STAGE_PERIOD_S, 1.0)
    angle = 2 * math.pi * (part - math.sin(2 * math.pi * part) / (2 * math.pi)) + 0.7 * round_trip
    return 0.5 - 0.5 * math.cos(angle), 0.5 + 0.5 * math.sin(angle * 0.7)


def blur(seconds: float) -> float:
    """Sigma of the defocus in pixels: sharp for most of the time."""
    return 5.0 * max(0.0, math.sin(2 * math.pi * seconds / FOCUS_PERIOD_S) - 0.8) / 0.2


@lru_cache(maxsize=1)
def _world() -> Pixels:
    """A field larger than a picture."""
    size = round(WIDTH * WORLD), round(HEIGHT * WORLD)
    return demo_field(3, *size, leukocytes=LEUKOCYTES, kinds=(*LEUKEMIC_BLOOD, *HEALTHY_BLOOD)).pixels


@lru_cache(maxsize=1)
def _noise() -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int16]], ...]:
    rng = np.random.default_rng(5)
    return tuple(
        np.asarray(np.rint(2.0 * rng.standard_normal((HEIGHT, WIDTH, 3), np.float32)), np.int16) for _ in range(NOISES)
    )
