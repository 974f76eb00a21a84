"""What one field of a control slide says of microscope, camera and stain."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Cell
from leukoscope.domain.control import FieldFigures
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.imaging.background import estimate_background, optical_density
from leukoscope.imaging.focus import focus_figure, focus_patches
from leukoscope.imaging.nuclei import nuclear_stain, stain_threshold
from leukoscope.imaging.scale import measure_red_cells, red_cell_mask

_WORK = 960
"""Long side, in pixels, of the copy that colors are measured on: they need no fine detail."""
_LEAST_PIXELS = 200
"""Fewer pixels of a kind say nothing of its color."""


def measure_field(frame: Frame, cells: Sequence[Cell]) -> FieldFigures:
    """Measure a field.

    Parameters
    ----------
    frame
        A stained field with its background.
    cells
        The white cells found in it.
    """
    work = _reduced(frame.pixels)
    background = estimate_background(work)
    red, green, blue = (float(one) for one in background.reshape(-1, 3).mean(axis=0))
    density = np.asarray(cv2.GaussianBlur(optical_density(work, background), (0, 0), 1.0), np.float32)
    purple = nuclear_stain(np.maximum(density, np.float32(0)))
    nuclei = purple > stain_threshold(purple)
    seen = measure_red_cells(frame.pixels)
    return FieldFigures(
        light=(red + green + blue) / 3,
        glass_red=red / green,
        glass_blue=blue / green,
        focus=focus_figure(focus_patches(frame, cells)) if cells else None,
        red_cell_px=None if seen is None else seen.diameter,
        red_cell_stain=_median(density[:, :, 1], red_cell_mask(density) > 0),
        nuclear_stain=_median(density[:, :, :2].mean(axis=2), nuclei),
    )


def _reduced(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    factor = min(1.0, _WORK / max(height, width))
    if factor == 1.0:
        return pixels
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _median(plane: NDArray[np.float32], where: NDArray[np.bool_]) -> float | None:
    return float(np.median(plane[where])) if int(where.sum()) >= _LEAST_PIXELS else None
