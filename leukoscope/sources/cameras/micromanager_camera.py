"""Cameras that Micro-Manager drives, through pymmcore-plus, which is installed as an extra."""

from __future__ import annotations

import importlib.util
import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leukoscope.domain.errors import CameraError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.stage import StagePosition, stage_position
from leukoscope.sources.cameras.camera import DEMO_CONFIG, CameraInfo, CameraSetting, SettingName, to_rgb
from leukoscope.sources.cameras.micromanager_motors import MicroManagerMotors

if TYPE_CHECKING:
    from pymmcore_plus import CMMCorePlus

logger = logging.getLogger(__name__)

PICTURE_S, LOOK_S = 10.0, 0.004
"""A camera that gives no picture for so long is lost; how often it is asked for one."""
LONGEST_MS = 1000.0
"""Longest exposure that can be set: a live picture is to move."""


def installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("pymmcore_plus") is not None


class MicroManagerCamera:
    """The camera of a Micro-Manager configuration.

    Parameters
    ----------
    info
        Which one.
    config
        Path of a configuration file of Micro-Manager's hardware wizard, or ``demo``.

    Raises
    ------
    CameraError
        When the extra is missing, the file is, or a device of it cannot be opened.
    """

    def __init__(self, info: CameraInfo, config: str) -> None:
        if not installed():
            raise CameraError(
                "Micro-Manager is not installed here; ask whoever set this computer up for the extra “micro-manager”.",
                "no pymmcore_plus",
            )
        if config != DEMO_CONFIG and not Path(config).is_file():
            raise CameraError(f"The Micro-Manager configuration “{Path(config).name}” is not there any more.", config)
        # Beside a window it would tell its news through Qt, for which it wants a package that we do not have.
        os.environ["PYMM_SIGNALS_BACKEND"] = "psygnal"
        from pymmcore_plus import CMMCorePlus

        self._info = info
        self._core: CMMCorePlus = CMMCorePlus()
        self._closed = threading.Event()
        self._stage: StagePosition | None = None
        self._stage_said = False
        try:
            self._core.loadSystemConfiguration("MMConfig_demo.cfg" if config == DEMO_CONFIG else config)
            if not self._core.getCameraDevice():
                raise CameraError(f"“{info.name}” names no camera; choose another configuration.", "no camera device")
            self._core.startContinuousSequenceAcquisition(0)
        except CameraError:
            self._let_go()
            raise
        except (RuntimeError, OSError, ValueError) as error:
            self._let_go()
            sentence = f"“{info.name}” cannot be opened; switch the microscope on and close Micro-Manager."
            raise CameraError(sentence, repr(error)) from error

    @property
    def info(self) -> CameraInfo:
        """Which one it is."""
        return self._info

    @property
    def um_per_px(self) -> float | None:
        """As the configuration's pixel size for the objective in use says; ``None`` where it says nothing."""
        size = float(self._core.getPixelSizeUm())
        return size if size > 0 else None

    @property
    def stage(self) -> StagePosition | None:
        """Where the stage stood when the last picture was read; ``None`` without a stage that answers."""
        return self._stage

    @property
    def motors(self) -> MicroManagerMotors | None:
        """Stage and focus of the configuration, where it has a stage."""
        return MicroManagerMotors(self._core) if self._core.getXYStageDevice() else None

    def settings(self) -> tuple[CameraSetting, ...]:
        """Exposure; what else a device has is set in Micro-Manager."""
        value = float(self._core.getExposure())
        return (CameraSetting(SettingName.EXPOSURE, value, 0.1, max(LONGEST_MS, value), "ms"),)

    def change(self, name: SettingName, value: float) -> None:
        """Set the exposure."""
        if name is SettingName.EXPOSURE:
            (one,) = self.settings()
            self._core.setExposure(min(max(value, one.low), one.high))

    def read(self) -> Pixels:
        """The newest picture; older ones that wait are dropped."""
        end = time.monotonic() + PICTURE_S
        try:
            while not self._core.getRemainingImageCount():
                if time.monotonic() > end or self._closed.wait(LOOK_S):
                    raise CameraError(f"“{self._info.name}” sends no pictures any more; check its cable.", "no image")
            # Micro-Manager packs blue, green, red and nothing into one number; this unpacks them as RGB.
            raw = self._core.fixImage(np.asarray(self._core.getLastImage()))
            self._core.clearCircularBuffer()
            self._stage = self._stage_now()
            bits = int(self._core.getImageBitDepth())
        except (RuntimeError, IndexError) as error:
            sentence = f"“{self._info.name}” sends no pictures any more; check its cable. It is tried again by itself."
            raise CameraError(sentence, repr(error)) from error
        return to_rgb(raw, bgr=False, bits=bits)

    def _stage_now(self) -> StagePosition | None:
        """Position of the stage; one that does not answer takes no picture away, and is noted once."""
        try:
            if not self._core.getXYStageDevice():
                return None
            x_um, y_um = self._core.getXYPosition()
        except RuntimeError as error:
            if not self._stage_said:
                logger.warning("the stage says no position: %r", error)
            self._stage_said = True
            return None
        return stage_position(x_um, y_um)

    def close(self) -> None:
        """Let the devices go."""
        self._closed.set()
        self._let_go()

    def _let_go(self) -> None:
        """Free the devices; one that fails at that too is only noted, what was wrong before is what counts."""
        try:
            if self._core.isSequenceRunning():
                self._core.stopSequenceAcquisition()
            self._core.reset()
        except (RuntimeError, OSError) as error:
            logger.warning("Micro-Manager does not let its devices go: %r", error)
