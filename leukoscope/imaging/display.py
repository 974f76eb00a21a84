"""Pixels as they are shown, where a person has changed the display."""

from __future__ import annotations

import cv2
import numpy as np

from leukoscope.domain.display import DisplayChange, Gains
from leukoscope.domain.frames import Pixels
from leukoscope.imaging.view_transform import STRONGEST_GAIN

REACH = 4
"""Pixels to each side of the place that is made neutral: one alone would have the camera's noise."""
DARKEST_GLASS = 80
"""Level of the brightest channel below which a place is no empty glass."""


def as_shown(pixels: Pixels, change: DisplayChange) -> Pixels:
    """Pixels through the table of a change.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    change
        How they are shown.

    Returns
    -------
    Pixels
        The same array where nothing is changed, else of its own memory.
    """
    return pixels if change.is_neutral else np.asarray(cv2.LUT(pixels, change.table()[None]), np.uint8)


def white_at(pixels: Pixels, row: int, column: int) -> Gains | None:
    """Factors that make a place neutral, its brightest channel unchanged.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB, as they are kept.
    row, column
        The place, in pixels.

    Returns
    -------
    tuple of float or None
        For red, green and blue, 1 to ``STRONGEST_GAIN``; ``None`` where it is too dark to be empty glass, or outside.
    """
    height, width = pixels.shape[:2]
    if not (0 <= row < height and 0 <= column < width):
        return None
    around = pixels[max(row - REACH, 0) : row + REACH + 1, max(column - REACH, 0) : column + REACH + 1]
    glass = np.median(around.reshape(-1, 3), axis=0)
    if glass.max() < DARKEST_GLASS:
        return None
    red, green, blue = np.clip(glass.max() / np.maximum(glass, 1.0), 1.0, STRONGEST_GAIN)
    return float(red), float(green), float(blue)
