"""Which parts of a map nothing shows: gaps between pictures that lie side by side."""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np

CELLS = 32
"""A picture's width is divided into so many squares."""
LEAST_PART = 0.01
"""A gap that is smaller than this part of a picture is none: places are not known better."""


def gaps(
    corners: Collection[tuple[float, float]], size: tuple[int, int]
) -> tuple[tuple[float, float, float, float], ...]:
    """Places inside a map that no picture shows.

    Parameters
    ----------
    corners
        Upper left corner of each picture, in pixels.
    size
        Width and height of a picture in pixels.

    Returns
    -------
    tuple
        Left, top, width and height of each gap in the same pixels; what is open to the outside is none.
    """
    if len(corners) < 4:
        return ()
    step = size[0] / CELLS
    left, top = (min(corner[axis] for corner in corners) for axis in (0, 1))
    across, down = (round(max(c[axis] for c in corners) - (left, top)[axis] + size[axis]) for axis in (0, 1))
    open_ = np.ones((round(down / step) + 2, round(across / step) + 2), np.uint8)
    for x, y in corners:
        column, row = round((x - left) / step) + 1, round((y - top) / step) + 1
        open_[row : row + round(size[1] / step), column : column + CELLS] = 0
    count, labels, figures, _ = cv2.connectedComponentsWithStats(open_, connectivity=4)
    least = LEAST_PART * CELLS * size[1] / step
    found = []
    for number in range(1, count):
        x, y, width, height, area = (int(value) for value in figures[number])
        if labels[0, 0] != number and area >= least:
            found.append((left + (x - 1) * step, top + (y - 1) * step, width * step, height * step))
    return tuple(found)
