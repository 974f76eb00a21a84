"""Cells whose outline a person changes: their box is another, a line parts them, or several are one."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.box_edits import SMALLEST_SIDE, union
from leukoscope.domain.cells import Box, Cell, CellFlag, Mask
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame
from leukoscope.imaging.segment_in_box import cell_at, check_field

Point = tuple[float, float]


def cell_in(frame: Frame, box: Box) -> Cell:
    """The cell inside a box that a person has put there: as :func:`cell_at`, but the box stays as they put it.

    Raises
    ------
    ImageError
        As :func:`cell_at`.
    """
    found = cell_at(frame, box)
    left, top = max(box.x, 0), max(box.y, 0)
    right, bottom = min(box.x + box.width, frame.width), min(box.y + box.height, frame.height)
    whole = Box(left, top, right - left, bottom - top)
    return Cell(whole, _laid(found, whole), frame.sha256, _flags(whole, frame))


def parted(frame: Frame, cell: Cell, line: tuple[Point, Point]) -> tuple[Cell, Cell]:
    """The two parts of a cell on both sides of a line.

    Parameters
    ----------
    frame
        The field.
    cell
        The cell that is two.
    line
        Two points of it, in pixels of the frame; it goes on beyond them.

    Raises
    ------
    ImageError
        When there is no cell left on one side, or the image is no field.
    """
    check_field(frame)
    (x0, y0), (x1, y1) = line
    y, x = np.mgrid[: cell.box.height, : cell.box.width] + 0.5
    side: NDArray[np.float64] = (x1 - x0) * (y + cell.box.y - y0) - (y1 - y0) * (x + cell.box.x - x0)
    first = _tight(frame, cell.box, cell.mask & (side < 0))
    second = _tight(frame, cell.box, cell.mask & (side >= 0))
    if first is None or second is None:
        raise ImageError("The line leaves no cell on one of its sides; draw it between the two cells.")
    return first, second


def joined(frame: Frame, cells: Sequence[Cell]) -> Cell:
    """One cell out of several of a field: their masks together, in the box around all of them.

    Raises
    ------
    ImageError
        When the image is no field.
    """
    check_field(frame)
    box = union([cell.box for cell in cells])
    mask: Mask = np.zeros((box.height, box.width), bool)
    for cell in cells:
        mask |= _laid(cell, box)
    return Cell(box, mask, frame.sha256, _flags(box, frame))


def _laid(cell: Cell, box: Box) -> Mask:
    """The cell's mask on a box around it, shape (box.height, box.width)."""
    mask: Mask = np.zeros((box.height, box.width), bool)
    x, y = cell.box.x - box.x, cell.box.y - box.y
    mask[y : y + cell.box.height, x : x + cell.box.width] = cell.mask
    return mask


def _tight(frame: Frame, box: Box, mask: Mask) -> Cell | None:
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    if min(width, height) < SMALLEST_SIDE:
        return None
    own = Box(box.x + x, box.y + y, width, height)
    return Cell(own, mask[y : y + height, x : x + width], frame.sha256, _flags(own, frame))


def _flags(box: Box, frame: Frame) -> frozenset[CellFlag]:
    inside = box.x and box.y and box.x + box.width < frame.width and box.y + box.height < frame.height
    return frozenset({CellFlag.ADDED_BY_HAND} if inside else {CellFlag.ADDED_BY_HAND, CellFlag.AT_BORDER})
