"""Where the cells of a smear lie apart: neither heaped as at its beginning nor gone as at its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.box_edits import union
from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.domain.progress import CancelToken

BLOCK_UM = 256.0
"""Side of the squares that are looked at; a proposed region is made of them."""
LOOK_UM, LOOK_UM_PER_PX = 160.0, 0.5
"""Side of the part of a square that is measured, and at which scale: a red cell has 15 pixels then."""
COARSE_UM_PER_PX = 8.0
"""Scale at which squares without cells are left out; a square has 32 pixels."""
LEAST_DENSITY = 0.012
"""Mean optical density (green) of a square with cells: one covered to a tenth by red cells has 0.013."""
FOREGROUND_DENSITY = 0.06
"""A pixel that takes so much light is of a cell: a red cell takes 0.10 to 0.18 but for its pale middle."""
PALE_UM2, RIM_UM = 16.0, 2.0
"""The largest pale middle of a red cell, and what is taken off around its rim to part cells that touch."""
CORE_UM2 = (1.5, 17.0)
"""Area of a red cell without its rim: 10 µm² of 44; of two that lie over each other more."""
LEAST_COVERED, MOST_COVERED = 0.08, 0.70
LEAST_APART = 0.30
"""Part of what is covered that must be single cells; drawn monolayers have 0.95 and more, the demo smear, whose
cells often touch, 0.38, drawn heaps and rolls 0. Of BCCD's fields, with many cells over each other, a quarter do."""
MOST_REGIONS = 3
LARGEST_BLOCKS = 64
"""So many squares make a region at most: 4 mm², some hundred white cells and more."""

ReadScaled = Callable[[Box, float], Pixels]
"""Gives a box of the slide's largest level, made smaller by a factor: (height, width, 3), uint8, RGB."""


@dataclass(frozen=True)
class Monolayer:
    """A proposed region.

    Parameters
    ----------
    region
        In pixels of the slide's largest level.
    apart
        Which part of what is covered by cells there are single cells, 0..1.
    covered
        Which part of the glass is covered, 0..1.
    """

    region: Box
    apart: float
    covered: float


@dataclass(frozen=True)
class Look:
    """What was measured of a square: which part is covered, and which part of that are single cells."""

    covered: float
    apart: float

    @property
    def is_monolayer(self) -> bool:
        """Whether cells lie apart there, and there are some."""
        return LEAST_COVERED <= self.covered <= MOST_COVERED and self.apart >= LEAST_APART


def find_monolayers(
    read: ReadScaled,
    whole: Box,
    um_per_px: float,
    *,
    on_progress: Callable[[int, int], object] = lambda _done, _total: None,
    cancel: CancelToken | None = None,
) -> tuple[Monolayer, ...]:
    """Propose regions of a slide where its cells lie apart.

    Parameters
    ----------
    read
        Gives parts of the slide.
    whole
        All of it, or the part that is searched.
    um_per_px
        Scale of its largest level.
    on_progress
        Told how many squares of how many have been looked at.
    cancel
        Set it to stop.

    Returns
    -------
    tuple of Monolayer
        The best first, at most ``MOST_REGIONS``, none over another; empty where cells lie apart nowhere.

    Raises
    ------
    CancelledError
        After a cancel.
    """
    side = BLOCK_UM / um_per_px
    rows, columns = max(round(whole.height / side), 1), max(round(whole.width / side), 1)
    density, glass = _coarse(read, whole, um_per_px, (rows, columns), cancel)
    wanted = np.argwhere(density >= LEAST_DENSITY)
    apart = np.zeros((rows, columns), np.float32)
    covered = np.zeros((rows, columns), np.float32)
    for done, (row, column) in enumerate(wanted):
        if cancel is not None:
            cancel.raise_if_cancelled()
        look = measure(read(_middle_of(_square(whole, rows, columns, int(row), int(column)), um_per_px),
                            max(LOOK_UM_PER_PX / um_per_px, 1.0)), max(LOOK_UM_PER_PX, um_per_px), glass)  # fmt: skip
        if look.is_monolayer:
            apart[row, column], covered[row, column] = look.apart, look.covered
        on_progress(done + 1, len(wanted))
    return tuple(
        Monolayer(
            _joined(whole, rows, columns, part),
            float(apart[part].mean()),
            float(covered[part].mean()),
        )
        for part in _rectangles(apart)
    )


def measure(pixels: Pixels, um_per_px: float, glass: NDArray[np.float32]) -> Look:
    """Measure how cells lie in a part of a smear.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    um_per_px
        Their scale; up to about 0.6 red cells that lie apart are seen apart.
    glass
        Color of the slide's empty glass, shape (3,), float32, 0..255.

    Returns
    -------
    Look
        Zero for a part without cells.
    """
    small = cv2.GaussianBlur(pixels, (0, 0), max(0.35 / um_per_px, 0.5))
    # Light falls off over a field; what is far darker than the slide's glass is no glass but a thick part.
    local = np.maximum(np.percentile(small.reshape(-1, 3), 97, axis=0), 0.9 * glass).astype(np.float32)
    density = np.log10((local[1] + 1) / (small[:, :, 1].astype(np.float32) + 1))
    cells = (density > FOREGROUND_DENSITY).astype(np.uint8)
    covered = float(cells.mean())
    if covered == 0:
        return Look(0.0, 0.0)
    return Look(covered, _single_share(cells, um_per_px))


def _single_share(cells: NDArray[np.uint8], um_per_px: float) -> float:
    """Which part of what is covered falls into pieces of one red cell when its rim is taken off.

    Cells that only touch come apart so; those that lie over each other, in heaps and rolls, do not.
    """
    filled = _without_small_holes(cells, PALE_UM2 / um_per_px**2)
    radius = max(round(RIM_UM / um_per_px), 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    cores = cv2.erode(filled, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    _, _, stats, _ = cv2.connectedComponentsWithStats(cores, connectivity=4)
    left, top, width, height, area = (stats[1:, column] for column in range(5))
    um2 = area * um_per_px**2
    is_cut = (left == 0) | (top == 0) | (left + width == cells.shape[1]) | (top + height == cells.shape[0])
    # Of a piece that the edge cuts nobody knows how large it is, unless it is too large already.
    told = ~is_cut | (um2 > CORE_UM2[1])
    single = told & (um2 >= CORE_UM2[0]) & (um2 <= CORE_UM2[1])
    whole = float(um2[told & (um2 >= CORE_UM2[0])].sum())
    return float(um2[single].sum()) / whole if whole else 0.0


def _without_small_holes(cells: NDArray[np.uint8], most: float) -> NDArray[np.uint8]:
    """The pale middles of red cells count as cell, the glass between cells does not."""
    contours, tree = cv2.findContours(cells, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    filled = cells.copy()
    for contour, (_, _, _, parent) in zip(contours, tree[0] if tree is not None else (), strict=True):
        if parent >= 0 and cv2.contourArea(contour) <= most:
            cv2.drawContours(filled, [contour], -1, 1, cv2.FILLED)
    return filled


def _coarse(
    read: ReadScaled, whole: Box, um_per_px: float, shape: tuple[int, int], cancel: CancelToken | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean optical density of each square, and the color of the empty glass: the slide's usual brightest."""
    downsample = max(COARSE_UM_PER_PX / um_per_px, 1.0)
    rows, columns = shape
    green = np.zeros(shape, np.float32)
    brightest: list[NDArray[np.float32]] = []
    for row in range(rows):
        if cancel is not None:
            cancel.raise_if_cancelled()
        first, last = _square(whole, rows, columns, row, 0), _square(whole, rows, columns, row, columns - 1)
        band = read(union([first, last]), downsample)
        green[row] = cv2.resize(
            np.log10(band[:, :, 1].astype(np.float32) + 1), (columns, 1), interpolation=cv2.INTER_AREA
        )[0]
        brightest.append(_brightest(band))
    glass = np.median(np.array(brightest), axis=0).astype(np.float32)
    return np.maximum(np.log10(glass[1] + 1) - green, 0), glass


def _brightest(band: Pixels) -> NDArray[np.float32]:
    """The color that a row of squares has where it is bright; pure white is where nothing was scanned."""
    flat = band.reshape(-1, 3)
    scanned = flat[(flat < 255).any(axis=1)]
    chosen = scanned if len(scanned) else flat
    found: NDArray[np.float32] = np.percentile(chosen, 97, axis=0).astype(np.float32)
    return found


def _square(whole: Box, rows: int, columns: int, row: int, column: int) -> Box:
    left, right = (whole.x + whole.width * place // columns for place in (column, column + 1))
    top, bottom = (whole.y + whole.height * place // rows for place in (row, row + 1))
    return Box(left, top, right - left, bottom - top)


def _middle_of(square: Box, um_per_px: float) -> Box:
    width, height = (min(side, round(LOOK_UM / um_per_px)) for side in (square.width, square.height))
    return Box(square.x + (square.width - width) // 2, square.y + (square.height - height) // 2, width, height)


def _joined(whole: Box, rows: int, columns: int, part: tuple[slice, slice]) -> Box:
    first = _square(whole, rows, columns, part[0].start, part[1].start)
    last = _square(whole, rows, columns, part[0].stop - 1, part[1].stop - 1)
    return union([first, last])


def _rectangles(apart: NDArray[np.float32]) -> Iterator[tuple[slice, slice]]:
    """The largest rectangles of squares where cells lie apart, one after the other."""
    left = apart.copy()
    for _ in range(MOST_REGIONS):
        best = _largest(left)
        if best is None:
            return
        yield best
        left[best] = 0


def _largest(apart: NDArray[np.float32]) -> tuple[slice, slice] | None:
    """The rectangle without a gap that has most, by the sum of its squares; of ``LARGEST_BLOCKS`` at most."""
    sums = np.pad(apart.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    heights = np.zeros(apart.shape[1], int)
    best, most = None, 0.0
    for row in range(apart.shape[0]):
        heights = np.where(apart[row] > 0, heights + 1, 0)
        for left in range(apart.shape[1]):
            tall = math.inf
            for right in range(left, min(left + LARGEST_BLOCKS, apart.shape[1])):
                tall = min(tall, heights[right])
                high = int(min(tall, LARGEST_BLOCKS // (right - left + 1)))
                if high == 0:
                    break
                top = row + 1 - high
                total = sums[row + 1, right + 1] - sums[top, right + 1] - sums[row + 1, left] + sums[top, left]
                if total > most:
                    best, most = (slice(top, row + 1), slice(left, right + 1)), float(total)
    return best
