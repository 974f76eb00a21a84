"""Cutting out a Cell the way the models were trained."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box, Cell, CellImage, Mask
from leukoscope.domain.cuts import CELL_IMAGE_SIDE
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.imaging.rim import density_in, glass_at, without_rim
from leukoscope.imaging.scale import field_um_per_px

CANVAS = CELL_IMAGE_SIDE
"""Side of a CellImage in pixels: C-NMC's."""

TRAINING_SPAN = 216
"""Mean span of a C-NMC cell, in pixels of the canvas."""

TRAINING_UM_PER_PX = 0.060
"""Scale of a C-NMC CellImage.

The data set states none. Its healthy cells cover 22,700 pixels (mean of the three people's medians; 23,900 over all);
lymphocytes of healthy people cover 80 µm² in PBC (0.1 µm/px: its red cells then have 7.2 µm) and 83 µm² in BCCD (scale
from its red cells), with trimmed masks. That makes 0.058 to 0.0606 µm.
"""

_MAX_SPAN = 430
"""A cell that would be larger on the canvas is made smaller, so that it is seen whole."""


def cut_out(frame: Frame, cell: Cell) -> CellImage:
    """Cut out one cell: background black, the bright rim trimmed, centered, at the training scale.

    C-NMC's own files, 450x450 on black, come back with their own pixels. The scale comes from the calibration,
    else from the case, else from the red cells of the frame; where there is none of these, the cell's own larger side
    is brought to ``TRAINING_SPAN``.

    Parameters
    ----------
    frame
        The frame that the cell was found in.
    cell
        The cell; its box lies inside the frame.

    Returns
    -------
    CellImage
        Of ``CANVAS`` x ``CANVAS`` pixels.
    """
    on_black = is_on_black(frame.pixels)
    if on_black and frame.pixels.shape[:2] == (CANVAS, CANVAS):
        return CellImage(frame.pixels, cell, 1.0, (CANVAS / 2, CANVAS / 2), TRAINING_UM_PER_PX, frame=frame)
    um_per_px = frame.um_per_px if on_black else field_um_per_px(frame)
    mask = cell.mask if on_black else _trimmed(frame, cell, um_per_px)
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    span = max(width, height)
    scale = um_per_px / TRAINING_UM_PER_PX if um_per_px else TRAINING_SPAN / span
    scale = min(scale, _MAX_SPAN / span)
    center = cell.box.x + x + width / 2, cell.box.y + y + height / 2
    pixels = _on_canvas(frame.pixels, cell.box, mask, scale, center)
    canvas_um = um_per_px / scale if um_per_px else None
    glass = None if on_black else glass_at(frame, center)
    return CellImage(pixels, cell, scale, center, canvas_um, glass, frame)


def _trimmed(frame: Frame, cell: Cell, um_per_px: float | None) -> Mask:
    rough = um_per_px or TRAINING_SPAN * TRAINING_UM_PER_PX / max(cell.box.width, cell.box.height)
    return without_rim(cell.mask, density_in(frame, cell.box), rough)


def _on_canvas(pixels: Pixels, box: Box, cell_mask: Mask, scale: float, center: tuple[float, float]) -> Pixels:
    """Resample around the cell with its surroundings first, then mask: no dark fringe at its rim."""
    margin = 2 + round(3 / min(scale, 1.0))
    left, top = max(0, box.x - margin), max(0, box.y - margin)
    right = min(pixels.shape[1], box.x + box.width + margin)
    bottom = min(pixels.shape[0], box.y + box.height + margin)
    part = pixels[top:bottom, left:right]
    mask = np.zeros(part.shape[:2], np.float32)
    mask[box.y - top : box.y - top + box.height, box.x - left : box.x - left + box.width] = cell_mask
    if scale < 1:  # against aliasing: half a canvas pixel
        part = cv2.GaussianBlur(part, (0, 0), 0.5 / scale).astype(np.uint8)
        mask = cv2.GaussianBlur(mask, (0, 0), 0.5 / scale).astype(np.float32)
    # Pixel centers lie at half coordinates: canvas 225.0 is the cell's center.
    shift_x = CANVAS / 2 - 0.5 - scale * (center[0] - left - 0.5)
    shift_y = CANVAS / 2 - 0.5 - scale * (center[1] - top - 0.5)
    # Only where the part comes to lie: most of the canvas is black.
    x0, y0 = (max(0, int(np.floor(shift)) - 2) for shift in (shift_x, shift_y))
    x1 = min(CANVAS, int(np.ceil(shift_x + scale * part.shape[1])) + 2)
    y1 = min(CANVAS, int(np.ceil(shift_y + scale * part.shape[0])) + 2)
    matrix: NDArray[np.float64] = np.array([[scale, 0, shift_x - x0], [0, scale, shift_y - y0]])
    size = (x1 - x0, y1 - y0)
    drawn = cv2.warpAffine(part, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    result: Pixels = np.zeros((CANVAS, CANVAS, 3), np.uint8)
    result[y0:y1, x0:x1] = np.where((inside > 0.5)[:, :, None], drawn, 0)
    return result
