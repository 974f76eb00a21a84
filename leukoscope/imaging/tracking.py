"""Track cells from one live picture to the next: how far the stage moved, and which cell is which."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels

SMALL = 320
"""Long side of the copies that movement is measured on, in pixels."""
SURE = 0.08
"""Height of the correlation's peak, 0..1, from which a shift is believed: pictures of other places stay below 0.05."""
FORGET_AFTER = 8
"""A cell that was not found in so many pictures one after the other is forgotten."""
NEAR = 0.5
"""Two boxes are one cell when their centers are closer than this part of the smaller one's side."""

Small = NDArray[np.float32]


def small_gray(pixels: Pixels) -> Small:
    """A small picture to measure movement on: shape (h, w), float32, long side at most ``SMALL``."""
    height, width = pixels.shape[:2]
    step = max(1, max(height, width) // (2 * SMALL))
    green = np.ascontiguousarray(pixels[::step, ::step, 1])
    factor = min(1.0, SMALL / max(green.shape))
    size = max(2, round(green.shape[1] * factor)), max(2, round(green.shape[0] * factor))
    return np.asarray(cv2.resize(green, size, interpolation=cv2.INTER_AREA), np.float32)


def shift_between(before: Small, after: Small, width: int) -> tuple[float, float] | None:
    """How far what is seen moved, by phase correlation (Kuglin and Hines 1975).

    Parameters
    ----------
    before, after
        From :func:`small_gray`, of pictures of the same size.
    width
        Of the pictures, in pixels.

    Returns
    -------
    tuple of float or None
        To the right and down, in pixels of the pictures; ``None`` when they do not show the same place.
    """
    if before.shape != after.shape or min(before.shape) < 8:
        return None
    window = cv2.createHanningWindow((before.shape[1], before.shape[0]), cv2.CV_32F)
    (x, y), peak = cv2.phaseCorrelate(before, after, window)
    if peak < SURE or not np.isfinite([x, y]).all():
        return None
    factor = width / before.shape[1]
    return float(x * factor), float(y * factor)


class CellTracker:
    """Gives each cell a number that it keeps from picture to picture."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, float, float, int]] = {}
        self._next = 1

    @property
    def known(self) -> frozenset[int]:
        """Numbers that may come again."""
        return frozenset(self._known)

    def track(self, boxes: Sequence[Box], shift: tuple[float, float] | None) -> tuple[int, ...]:
        """Number the cells of the next picture.

        Parameters
        ----------
        boxes
            Of the cells found in it.
        shift
            From :func:`shift_between` since the last picture; ``None`` when it shows another place: then all cells
            are new.

        Returns
        -------
        tuple of int
            One number for each box, in the same order.
        """
        dx, dy = shift or (0.0, 0.0)
        former = {} if shift is None else {n: (x + dx, y + dy, side, m) for n, (x, y, side, m) in self._known.items()}
        places = [(*box.center, float(min(box.width, box.height))) for box in boxes]
        pairs = sorted(
            (float(np.hypot(x - px, y - py)), number, index)
            for number, (px, py, former_side, _) in former.items()
            for index, (x, y, side) in enumerate(places)
            if np.hypot(x - px, y - py) < NEAR * min(side, former_side)
        )
        numbers: dict[int, int] = {}
        taken: set[int] = set()
        for _, number, index in pairs:
            if index not in numbers and number not in taken:
                numbers[index] = number
                taken.add(number)
        for index in range(len(places)):
            if index not in numbers:
                numbers[index] = self._next
                self._next += 1
        missed = {n: (x, y, side, m + 1) for n, (x, y, side, m) in former.items() if n not in taken}
        self._known = {n: one for n, one in missed.items() if one[3] < FORGET_AFTER}
        self._known |= {numbers[index]: (*place, 0) for index, place in enumerate(places)}
        return tuple(numbers[index] for index in range(len(places)))
