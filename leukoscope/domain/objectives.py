"""Objectives of the lab's microscope, and how large a pixel is under each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from leukoscope.domain.errors import SettingsError

SMALLEST_UM_PER_PX, LARGEST_UM_PER_PX = 0.005, 5.0
"""What no light microscope and camera leave: 0.005 is a 100x objective with 0.5 µm pixels, 5.0 a magnifying glass."""


class ScaleWay(StrEnum):
    """How a scale became known."""

    MEASURED = "measured"
    """On a picture of a stage micrometer."""
    COMPUTED = "computed"
    """From the camera's pixels and the magnification."""


@dataclass(frozen=True)
class Objective:
    """One objective with the camera behind it.

    Parameters
    ----------
    name
        What a person calls it, "100x oil".
    um_per_px
        Micrometers of the specimen for one pixel of the camera.
    way
        How that became known.
    """

    name: str
    um_per_px: float
    way: ScaleWay = ScaleWay.MEASURED


def measured_scale(length_um: float, length_px: float) -> float:
    """Scale from a line over a stage micrometer.

    Parameters
    ----------
    length_um
        What the line spans on the micrometer, in micrometers.
    length_px
        Its length in pixels.

    Returns
    -------
    float
        Micrometers for one pixel.

    Raises
    ------
    SettingsError
        When the line is shorter than 20 pixels (its ends are known to about one) or the scale cannot be true.
    """
    if length_px < 20:
        raise SettingsError("Draw a longer line over the stage micrometer; the longer it is, the better the scale.")
    return _credible(length_um / length_px)


def computed_scale(pixel_um: float, magnification: float, adapter: float = 1.0) -> float:
    """Scale from the camera's pixels, the objective and the camera adapter.

    Parameters
    ----------
    pixel_um
        Side of a pixel of the sensor, in micrometers, binning included.
    magnification
        Of the objective, 100 for 100x.
    adapter
        Of the camera adapter, 0.5 for 0.5x.

    Returns
    -------
    float
        Micrometers for one pixel: pixel / (magnification * adapter).

    Raises
    ------
    SettingsError
        When a number is not above zero, or the scale cannot be true.
    """
    if not (pixel_um > 0 and magnification > 0 and adapter > 0):
        raise SettingsError("Pixel size, objective and adapter must be more than zero.")
    return _credible(pixel_um / (magnification * adapter))


def _credible(um_per_px: float) -> float:
    if math.isfinite(um_per_px) and SMALLEST_UM_PER_PX <= um_per_px <= LARGEST_UM_PER_PX:
        return um_per_px
    raise SettingsError(
        f"A pixel of {um_per_px:.3g} µm cannot be right for a microscope; check the length and the units."
    )


def with_objective(objectives: tuple[Objective, ...], one: Objective) -> tuple[Objective, ...]:
    """The list with ``one`` in the place of its namesake, or at the end."""
    if any(other.name == one.name for other in objectives):
        return tuple(one if other.name == one.name else other for other in objectives)
    return (*objectives, one)
