"""The cell inside a box that a person drew: they say that there is one, the picture says where it ends."""

from __future__ import annotations

import cv2
import numpy as np

from leukoscope.domain.box_edits import SMALLEST_SIDE
from leukoscope.domain.cells import Box, Cell, CellFlag, Mask
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.imaging.background import estimate_background, optical_density
from leukoscope.imaging.blobs import Blob, window
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.imaging.leukocytes import find_leukocytes
from leukoscope.imaging.localize import FALLBACK_UM_PER_PX
from leukoscope.imaging.scale import field_um_per_px

SURROUNDINGS_UM = 25.0
"""Red cells and background so far around the box tell stain from stain."""
_MOSTLY_INSIDE = 0.6
"""A leukocyte with so much of its area inside the box is meant."""
_FILLS = 0.15
"""A mask fills at least so much of the box, or it is not what the person saw."""


def cell_at(frame: Frame, drawn: Box) -> Cell:
    """Find the mask of the one cell in a box.

    All leukocytes that lie mostly inside the box together are the cell (a lobed nucleus can fall apart). Where the
    search finds none, what is darker than its surroundings is the cell, and where nothing stands out the ellipse
    inside the box is: the person has the last word on whether there is a cell.

    Parameters
    ----------
    frame
        A field.
    drawn
        In pixels of the frame; may reach over its edge.

    Returns
    -------
    Cell
        Box and mask lie inside ``drawn``; it carries ``CellFlag.ADDED_BY_HAND``.

    Raises
    ------
    ImageError
        When the box is smaller than ``SMALLEST_SIDE`` pixels, or the frame shows a cell that is cut out already.
    """
    check_field(frame)
    box = _clipped(drawn, frame.width, frame.height)
    if box is None:
        raise ImageError("The box is too small; draw it around the whole cell.")
    um_per_px = field_um_per_px(frame) or FALLBACK_UM_PER_PX
    mask = _leukocyte(frame.pixels, box, um_per_px)
    if mask is None:
        mask = _darker(frame.pixels, box, um_per_px)
    if mask is None:
        mask = _ellipse(box)
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    tight = Box(box.x + x, box.y + y, width, height)
    flags = {CellFlag.ADDED_BY_HAND}
    if not (tight.x and tight.y and tight.x + width < frame.width and tight.y + height < frame.height):
        flags.add(CellFlag.AT_BORDER)
    return Cell(tight, mask[y : y + height, x : x + width], frame.sha256, frozenset(flags))


def check_field(frame: Frame) -> None:
    """Refuse an image whose one cell was cut out before: a person changes no outline there.

    Raises
    ------
    ImageError
        When it is no field.
    """
    if is_on_black(frame.pixels):
        raise ImageError("This image is one cell that was cut out already; draw cells on fields.")


def _clipped(box: Box, width: int, height: int) -> Box | None:
    left, top = max(box.x, 0), max(box.y, 0)
    right, bottom = min(box.x + box.width, width), min(box.y + box.height, height)
    if min(right - left, bottom - top) < SMALLEST_SIDE:
        return None
    return Box(left, top, right - left, bottom - top)


def _leukocyte(pixels: Pixels, box: Box, um_per_px: float) -> Mask | None:
    margin = round(SURROUNDINGS_UM / um_per_px)
    left, top = max(0, box.x - margin), max(0, box.y - margin)
    inside = Box(box.x - left, box.y - top, box.width, box.height)
    around = pixels[window(box, margin)]
    mask = np.zeros((box.height, box.width), bool)
    for blob in find_leukocytes(around, um_per_px):
        piece = _part_inside(blob, inside)
        if piece.sum() >= _MOSTLY_INSIDE * blob.mask.sum():
            mask |= piece
    return mask if mask.mean() >= _FILLS else None


def _part_inside(blob: Blob, box: Box) -> Mask:
    """The blob's mask on the box, shape (box.height, box.width)."""
    result = np.zeros((box.height, box.width), bool)
    x0, y0 = max(blob.box.x, box.x), max(blob.box.y, box.y)
    x1 = min(blob.box.x + blob.box.width, box.x + box.width)
    y1 = min(blob.box.y + blob.box.height, box.y + box.height)
    if x1 > x0 and y1 > y0:
        own = blob.mask[y0 - blob.box.y : y1 - blob.box.y, x0 - blob.box.x : x1 - blob.box.x]
        result[y0 - box.y : y1 - box.y, x0 - box.x : x1 - box.x] = own
    return result


def _darker(pixels: Pixels, box: Box, um_per_px: float) -> Mask | None:
    """The largest piece that absorbs more light than the rest of the box (Otsu 1979), holes filled."""
    margin = round(SURROUNDINGS_UM / um_per_px)
    around = pixels[window(box, margin)]
    density = optical_density(around, estimate_background(around)).mean(axis=2)
    left, top = box.x - max(0, box.x - margin), box.y - max(0, box.y - margin)
    part = cv2.GaussianBlur(density[top : top + box.height, left : left + box.width], (0, 0), 1.0)
    low, high = float(part.min()), float(part.max())
    if high - low < 0.05:
        return None
    levels = ((part - low) * (255 / (high - low))).astype(np.uint8)
    _, binary = cv2.threshold(levels, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(binary, np.uint8), connectivity=8)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    piece = (labels == largest).astype(np.uint8)
    contours, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(piece, contours, -1, 1, cv2.FILLED)
    mask: Mask = piece.astype(bool)
    return mask if mask.mean() >= _FILLS else None


def _ellipse(box: Box) -> Mask:
    y, x = np.mgrid[: box.height, : box.width] + 0.5
    mask: Mask = (2 * x / box.width - 1) ** 2 + (2 * y / box.height - 1) ** 2 <= 1
    return mask
