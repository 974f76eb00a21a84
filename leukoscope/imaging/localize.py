"""Where the leukocytes of a Frame are: boxes and masks, in reading order."""

from __future__ import annotations

import numpy as np

from leukoscope.domain.cells import Cell, CellFlag, View
from leukoscope.domain.frames import Frame
from leukoscope.imaging.blobs import Blob
from leukoscope.imaging.cutouts import cell_on_black, is_on_black
from leukoscope.imaging.leukocytes import find_leukocytes
from leukoscope.imaging.scale import field_um_per_px

CONTEXT_FIELD_UM = 52.0
"""A frame whose short side shows at most so much, with one leukocyte in its middle, was taken of that cell."""
CONTEXT_ASPECT = 1.2
"""Whoever cuts one cell out of a field cuts a square, more or less; cameras take 5:4, 4:3 and wider."""
CENTERED = 0.15
"""How far from the middle, as a part of the short side, such a cell may lie."""
CLUSTER_UM2, CLUSTER_UM, CLUSTER_NUCLEUS_UM2 = 420.0, 26.0, 220.0
"""What is larger or longer is several cells that could not be parted.

Of BCCD's marked cells the largest, monocytes, have 334 µm² (95th percentile); 420 µm² is a disk of 23 µm.
"""
FALLBACK_UM_PER_PX = 0.1
"""Scale taken when a field is not calibrated and shows no red cells: a 100x objective and a common camera."""


def recognize_view(frame: Frame) -> View:
    """Tell a single cell (cut out on black, or in its context) from a field.

    Parameters
    ----------
    frame
        Any frame.

    Returns
    -------
    View
        ``CELL`` or ``FIELD``, never ``AUTO``. A black frame without anything on it is a ``CELL``.
    """
    if is_on_black(frame.pixels):
        return View.CELL
    if max(frame.width, frame.height) > CONTEXT_ASPECT * min(frame.width, frame.height):
        return View.FIELD
    scale = field_um_per_px(frame) or FALLBACK_UM_PER_PX
    short = min(frame.width, frame.height)
    if short * scale > CONTEXT_FIELD_UM:
        return View.FIELD
    blobs = find_leukocytes(frame.pixels, scale)
    if len(blobs) != 1:
        return View.FIELD
    x, y = blobs[0].box.center
    offset = max(abs(x - frame.width / 2), abs(y - frame.height / 2))
    return View.CELL if offset <= CENTERED * short else View.FIELD


def localize(frame: Frame, view: View) -> tuple[Cell, ...]:
    """Find the leukocytes.

    Parameters
    ----------
    frame
        Any frame.
    view
        ``CELL``: at most one cell, the one on black or the most central leukocyte; ``FIELD``: all leukocytes;
        ``AUTO``: by :func:`recognize_view`.

    Returns
    -------
    tuple of Cell
        In reading order (rows of one cell height, from left to right); those cut off by the frame's edge carry
        ``CellFlag.AT_BORDER``, several that could not be parted ``CLUSTER``, smeared nuclei ``SMUDGE``. Empty when
        there are none.
    """
    if view is View.AUTO:
        view = recognize_view(frame)
    if view is View.CELL:
        found = _single(frame)
        return () if found is None else (_cell(found, frame),)
    blobs = find_leukocytes(frame.pixels, field_um_per_px(frame) or FALLBACK_UM_PER_PX)
    return tuple(_cell(blob, frame) for blob in _reading_order(blobs))


def _single(frame: Frame) -> Blob | None:
    if is_on_black(frame.pixels):
        return cell_on_black(frame.pixels)
    blobs = find_leukocytes(frame.pixels, field_um_per_px(frame) or FALLBACK_UM_PER_PX)
    middle_x, middle_y = frame.width / 2, frame.height / 2

    def off_center(blob: Blob) -> float:
        x, y = blob.box.center
        return float(np.hypot(x - middle_x, y - middle_y))

    return min(blobs, key=off_center, default=None)


def _cell(blob: Blob, frame: Frame) -> Cell:
    box = blob.box
    edge = box.x == 0 or box.y == 0 or box.x + box.width == frame.width or box.y + box.height == frame.height
    flags = {CellFlag.AT_BORDER} if edge else set()
    if not is_on_black(frame.pixels) and _is_cluster(blob, field_um_per_px(frame) or FALLBACK_UM_PER_PX):
        flags.add(CellFlag.CLUSTER)
    if blob.smudge:
        flags.add(CellFlag.SMUDGE)
    return Cell(box, blob.mask, frame.sha256, frozenset(flags))


def _is_cluster(blob: Blob, um_per_px: float) -> bool:
    """Whether this is more than one cell can be, by its nucleus, its area or its length."""
    length = um_per_px * max(blob.box.width, blob.box.height)
    area = float(blob.mask.sum()) * um_per_px**2
    return blob.nucleus_um2 > CLUSTER_NUCLEUS_UM2 or area > CLUSTER_UM2 or length > CLUSTER_UM


def _reading_order(blobs: list[Blob]) -> list[Blob]:
    if not blobs:
        return []
    row = max(1.0, float(np.median([blob.box.height for blob in blobs])))
    rest = sorted(blobs, key=lambda blob: blob.box.center[1])
    ordered: list[Blob] = []
    while rest:
        top = rest[0].box.center[1]
        line = [blob for blob in rest if blob.box.center[1] < top + row]
        rest = rest[len(line) :]
        ordered += sorted(line, key=lambda blob: blob.box.center[0])
    return ordered
