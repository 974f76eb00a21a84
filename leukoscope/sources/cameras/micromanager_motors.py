"""The stage and the focus drive of a Micro-Manager configuration."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from leukoscope.domain.stage import StagePosition
from leukoscope.sources.cameras.motors import AWAY_UM, no_answer, not_reached

if TYPE_CHECKING:
    from pymmcore_plus import CMMCorePlus


class MicroManagerMotors:
    """The XY stage that is the configuration's, and the focus drive where it has one.

    Parameters
    ----------
    core
        With the configuration loaded.
    """

    def __init__(self, core: CMMCorePlus) -> None:
        self._core = core

    def position(self) -> StagePosition:
        """Where the stage stands."""
        try:
            x_um, y_um = self._core.getXYPosition()
        except RuntimeError as error:
            raise no_answer(error) from error
        return StagePosition(float(x_um), float(y_um))

    def move(self, to: StagePosition) -> None:
        """Move the stage; Micro-Manager waits as long as its configuration says."""
        try:
            self._core.setXYPosition(to.x_um, to.y_um)
            self._core.waitForDevice(self._core.getXYStageDevice())
        except RuntimeError as error:
            raise no_answer(error) from error
        stands = self.position()
        if math.hypot(stands.x_um - to.x_um, stands.y_um - to.y_um) > AWAY_UM:
            raise not_reached(to, stands)

    def focus_um(self) -> float | None:
        """Where the focus drive stands."""
        try:
            return float(self._core.getPosition()) if self._core.getFocusDevice() else None
        except RuntimeError as error:
            raise no_answer(error) from error

    def focus(self, z_um: float) -> None:
        """Move the focus drive."""
        try:
            self._core.setPosition(z_um)
            self._core.waitForDevice(self._core.getFocusDevice())
        except RuntimeError as error:
            raise no_answer(error) from error
