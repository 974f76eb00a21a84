"""Where on the glass an image was taken: the position of the microscope's stage."""

from __future__ import annotations

import math
from dataclasses import dataclass

FARTHEST_UM = 1e6
"""No stage of a microscope travels a meter: a coordinate beyond is none."""


@dataclass(frozen=True)
class StagePosition:
    """Position of the center of an image, in the coordinates of the stage; only differences mean something.

    Parameters
    ----------
    x_um, y_um
        In micrometers; x grows to the right, y downwards.
    """

    x_um: float
    y_um: float


def stage_position(x_um: float, y_um: float) -> StagePosition | None:
    """The position, or ``None`` where the figures cannot be one: not finite, or farther than ``FARTHEST_UM``."""
    if not (math.isfinite(x_um) and math.isfinite(y_um)) or max(abs(x_um), abs(y_um)) > FARTHEST_UM:
        return None
    return StagePosition(float(x_um), float(y_um))
