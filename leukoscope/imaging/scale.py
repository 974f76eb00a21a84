"""Scale of a field from its red cells, the ruler that every smear carries."""

from __future__ import annotations

import weakref
from collections.abc import MutableMapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Frame, Pixels
from leukoscope.imaging.background import estimate_background, optical_density

RED_CELL_UM = 7.5
"""Diameter of a normal red cell on a smear, in micrometers (6.2 to 8.2; Turgeon, Clinical Hematology)."""

_LOOK = 2048
"""At most so many pixels in the middle of a frame are looked at, in each direction."""
_WORK = 640
"""Long side, in pixels, of the copy that red cells are measured on."""
_MIN_DIAMETER, _MAX_DIAMETER = 8.0, 260.0
"""Diameters, in pixels of that copy, that can be told from noise and from the whole picture."""

_known: MutableMapping[Frame, RedCells | None] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class RedCells:
    """What the red cells of one image say.

    Parameters
    ----------
    diameter
        Typical diameter, in pixels.
    count
        How many stand behind it; 1 where all overlap and only circles within them could be measured.
    """

    diameter: float
    count: int

    @property
    def um_per_px(self) -> float:
        """Micrometers for one pixel, if they are of normal size."""
        return RED_CELL_UM / self.diameter


def field_um_per_px(frame: Frame) -> float | None:
    """Micrometers for one pixel: the calibration when there is one, else what the case says, else red cell size.

    Parameters
    ----------
    frame
        A frame with its background.

    Returns
    -------
    float or None
        ``None`` when it is not calibrated and shows no measurable red cells.
    """
    if frame.um_per_px is not None:
        return frame.um_per_px
    if frame.estimated_um_per_px is not None:
        return frame.estimated_um_per_px
    # Every cell of a field asks for the same frame's scale.
    if frame not in _known:
        _known[frame] = measure_red_cells(frame.pixels)
    seen = _known[frame]
    return None if seen is None else seen.um_per_px


def measure_red_cells(pixels: Pixels) -> RedCells | None:
    """Typical diameter of the red cells in a field.

    Single red cells are round pieces of the foreground without nuclear stain; where all overlap, the
    widest circles that fit into the foreground stand in.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.

    Returns
    -------
    RedCells or None
        ``None`` when fewer than two are seen.
    """
    height, width = pixels.shape[:2]
    top, left = max(0, (height - _LOOK) // 2), max(0, (width - _LOOK) // 2)
    middle = pixels[top : top + _LOOK, left : left + _LOOK]
    factor: float = min(1.0, _WORK / max(middle.shape[:2]))
    if factor < 1:
        size = max(1, round(middle.shape[1] * factor)), max(1, round(middle.shape[0] * factor))
        middle = np.asarray(cv2.resize(middle, size, interpolation=cv2.INTER_AREA), np.uint8)
    density = optical_density(middle, estimate_background(middle))
    density = np.asarray(cv2.GaussianBlur(density, (0, 0), 1.0), np.float32)
    red = red_cell_mask(density)
    round_ones = _round_pieces(red)
    singles = len(round_ones)
    if singles < 3:
        round_ones += _inscribed(red)
    if len(round_ones) < 2:
        return None
    return RedCells(float(np.median(round_ones)) / factor, singles if singles >= 3 else 1)


def red_cell_mask(density: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Pixels of red cells, pale centers included and the surroundings of nuclei left out.

    Parameters
    ----------
    density
        Shape (height, width, 3), float32, from :func:`leukoscope.imaging.background.optical_density`; smoothed.

    Returns
    -------
    ndarray
        Shape (height, width), uint8, 0 or 1.
    """
    red, green, blue = cv2.split(density)
    nuclear = ((red + green - 2 * blue) > 0.2).astype(np.uint8)
    foreground = ((green > 0.06) & (green > red)).astype(np.uint8)
    filled = _fill_small_holes(foreground)
    filled[cv2.dilate(nuclear, np.ones((5, 5), np.uint8)) > 0] = 0
    return filled


def _fill_small_holes(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Close the pale centers: holes that touch no border and are smaller than a tenth of the foreground or round."""
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    filled = mask.copy()
    if hierarchy is None:
        return filled
    for contour, links in zip(contours, hierarchy[0], strict=True):
        if links[3] < 0:
            continue
        hole, outer = cv2.contourArea(contour), cv2.contourArea(contours[links[3]])
        if hole < 0.45 * outer and _roundness(contour) > 0.6:
            cv2.drawContours(filled, [contour], -1, 1, cv2.FILLED)
    return filled


def _roundness(contour: NDArray[np.generic]) -> float:
    """Area over the area of the smallest circle around it, 0..1."""
    _, radius = cv2.minEnclosingCircle(np.asarray(contour))
    return float(cv2.contourArea(np.asarray(contour)) / (np.pi * max(radius, 1.0) ** 2))


def _round_pieces(red: NDArray[np.uint8]) -> list[float]:
    height, width = red.shape
    contours, _ = cv2.findContours(red, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    diameters = []
    for contour in contours:
        x, y, w, h = cv2.boundingRect(contour)
        if x <= 1 or y <= 1 or x + w >= width - 1 or y + h >= height - 1 or w < _MIN_DIAMETER:
            continue
        diameter = float(np.sqrt(4 * cv2.contourArea(np.asarray(contour)) / np.pi))
        if _MIN_DIAMETER <= diameter <= _MAX_DIAMETER and _roundness(contour) > 0.75:
            diameters.append(diameter)
    if not diameters:
        return []
    # Platelets and dirt are round too, but much smaller than the red cells.
    largest = float(np.percentile(diameters, 90))
    return [d for d in diameters if d > 0.6 * largest]


def _inscribed(red: NDArray[np.uint8]) -> list[float]:
    """Diameters of the widest circles in the foreground; none where it is a sheet and not cells."""
    if red.all():
        return []  # no place is at a distance from the nearest gap when there is none: the transform gives infinity
    distance = cv2.distanceTransform(red, cv2.DIST_L2, 5)
    highest = float(distance.max())
    if not _MIN_DIAMETER <= 2 * highest <= _MAX_DIAMETER:
        return []
    window = max(3, int(highest) | 1)
    peaks = (distance >= cv2.dilate(distance, np.ones((window, window), np.uint8))) & (distance > 0.55 * highest)
    count, _, _, places = cv2.connectedComponentsWithStats(peaks.astype(np.uint8))
    return [2.0 * float(distance[round(y), round(x)]) for x, y in places[1:count] if distance[round(y), round(x)] > 0]
