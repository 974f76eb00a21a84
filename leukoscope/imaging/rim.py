"""The bright rim that a mask takes from the glass around a cell: C-NMC's masks, which the models know, have none."""

from __future__ import annotations

import weakref
from collections.abc import MutableMapping

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box, Mask
from leukoscope.domain.frames import Frame
from leukoscope.imaging.background import density_of_part, estimate_background
from leukoscope.imaging.nuclei import disk

RIM_UM = 0.6
"""So far from the outline at most a mask is trimmed; farther inside, pale is a vacuole or pale cytoplasm."""
EDGE_DENSITY = 0.12
"""Mean optical density of red, green and blue at the outline of cells that stain well.

On PBC lymphocytes the density rises from 0.01 at the untrimmed outline to 0.11 in 0.3 µm and 0.5 in 0.8 µm; the thin
cytoplasm of a lymphocyte has 0.15 to 0.3.
"""
FAINTEST_EDGE = 0.03
"""The outline of the palest cells, and what is still told from the glass."""
_SMOOTH_UM = 0.2
"""Outlines are smoothed by this much, so that grain does not fray them."""

_glass: MutableMapping[Frame, NDArray[np.float32]] = weakref.WeakKeyDictionary()


def density_in(frame: Frame, box: Box) -> NDArray[np.float32]:
    """Optical density of a part of a frame against the glass of the whole frame.

    Parameters
    ----------
    frame
        A frame with its background.
    box
        Inside the frame.

    Returns
    -------
    ndarray
        Shape (box.height, box.width, 3), float32; 0 is empty glass.
    """
    return density_of_part(frame.pixels, _glass_of(frame), box)


def glass_at(frame: Frame, place: tuple[float, float]) -> tuple[float, float, float]:
    """Color of the empty glass at a place (x, y) of a frame: RGB, 0..255."""
    glass = _glass_of(frame)
    column = min(glass.shape[1] - 1, max(0, int(place[0] * glass.shape[1] / frame.width)))
    row = min(glass.shape[0] - 1, max(0, int(place[1] * glass.shape[0] / frame.height)))
    red, green, blue = (float(value) for value in glass[row, column])
    return red, green, blue


def _glass_of(frame: Frame) -> NDArray[np.float32]:
    # Every cell of a field asks for the same frame's glass.
    glass = _glass.get(frame)
    if glass is None:
        glass = _glass[frame] = estimate_background(frame.pixels)
    return glass


def without_rim(mask: Mask, density: NDArray[np.float32], um_per_px: float) -> Mask:
    """A mask that ends where the cell does.

    The edge of a blurred thing lies where it has half the density that it has inside: pixels within ``RIM_UM`` of the
    outline that have less than half of the density just inside (and less than ``EDGE_DENSITY``, so that a thin pale
    cytoplasm around a dark nucleus stays) are the glass.

    Parameters
    ----------
    mask
        Shape (height, width), bool.
    density
        Shape (height, width, 3), float32: optical density, from :func:`density_in`.
    um_per_px
        Scale of both.

    Returns
    -------
    ndarray
        Shape (height, width), bool; one piece, never empty unless ``mask`` is.
    """
    if not mask.any():
        return mask
    mean = cv2.GaussianBlur(density.mean(axis=2), (0, 0), max(0.5, 0.06 / um_per_px))
    depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    depth = (depth - 0.5) * um_per_px
    just_inside = mask & (depth > RIM_UM) & (depth <= 2 * RIM_UM)
    if not just_inside.any():
        return mask
    edge = float(np.clip(0.5 * np.percentile(mean[just_inside], 25), FAINTEST_EDGE, EDGE_DENSITY))
    kept = (mask & ((mean >= edge) | (depth > RIM_UM))).astype(np.uint8)
    opened = cv2.morphologyEx(np.pad(kept, 1), cv2.MORPH_OPEN, disk(_SMOOTH_UM / um_per_px))[1:-1, 1:-1]
    smooth = cv2.GaussianBlur(opened.astype(np.float32), (0, 0), max(0.6, _SMOOTH_UM / um_per_px)) > 0.5
    _, labels, stats, _ = cv2.connectedComponentsWithStats((smooth & mask).astype(np.uint8), connectivity=8)
    if len(stats) < 2:
        return mask
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])), bool)
