"""How sharp the cells of a frame are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Cell, Mask
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.imaging.background import estimate_background
from leukoscope.imaging.blobs import window
from leukoscope.imaging.channels import brightest
from leukoscope.imaging.cutouts import BLACK, is_on_black
from leukoscope.imaging.scale import field_um_per_px

FOCUS_UM_PER_PX = 0.08
"""Finer fields are brought to this scale before: oversampled pixels are smooth without being out of focus."""

_MOST_CELLS = 40
"""Focus of a field is measured on so many cells, evenly spread over it."""
_MIDDLE = 1024
"""Side of the part in the middle that is looked at when a field has no cells."""
_RIM = 4
"""Pixels around a cell that are looked at too: its edge against the glass tells most about focus."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of a frame and where in it to look: ``pixels`` (h, w, 3) uint8 RGB, ``mask`` (h, w) bool."""

    pixels: Pixels
    mask: Mask


def focus_patches(frame: Frame, cells: Sequence[Cell]) -> Iterator[Patch]:
    """Where focus is measured: on the cells; without any, on what is stained in the middle of the frame."""
    if is_on_black(frame.pixels):
        yield _without_rim(frame, cells)
        return
    scale = field_um_per_px(frame)
    factor = scale / FOCUS_UM_PER_PX if scale is not None and scale < 0.8 * FOCUS_UM_PER_PX else 1.0
    if not cells:
        yield _scaled(_middle(frame.pixels), factor)
    step = max(1, -(-len(cells) // _MOST_CELLS))
    for cell in cells[::step]:
        yield _scaled(_around(frame.pixels, cell), factor)


def focus_figure(patches: Iterable[Patch]) -> float:
    """Sharpness that depends neither on stain nor on brightness (re-blur test of Crete et al. 2007).

    Returns
    -------
    float
        The part of the mean gradient that a blur of 2 pixels takes away: 0 is blurred before, 0.3 and more is
        sharp. 1 when there is nothing to look at, or it is perfectly flat: other measures refuse that.
    """
    sharp = blurred = area = 0.0
    for patch in patches:
        if not patch.mask.any():
            continue
        gray = np.asarray(cv2.transform(patch.pixels, np.full((1, 3), 1 / 3, np.float32)), np.float32)
        soft = np.asarray(cv2.GaussianBlur(gray, (0, 0), 2.0), np.float32)
        sharp += float(_gradient(gray)[patch.mask].sum())
        blurred += float(_gradient(soft)[patch.mask].sum())
        area += float(patch.mask.sum())
    return 1 - blurred / sharp if sharp > 1e-3 * max(area, 1.0) else 1.0


def direction_figure(patches: Iterable[Patch]) -> float:
    """How evenly detail runs in all directions: a picture that moved while it was taken keeps only detail across.

    Smaller over larger eigenvalue of the structure tensor (Bigün and Granlund 1987) of what a blur of 2 pixels
    takes away, summed over all patches.

    Returns
    -------
    float
        0 (detail in one direction only) to 1 (in all alike); 1 when there is no detail at all.
    """
    xx = yy = xy = 0.0
    for patch in patches:
        gray = np.asarray(cv2.transform(patch.pixels, np.full((1, 3), 1 / 3, np.float32)), np.float32)
        detail = gray - np.asarray(cv2.GaussianBlur(gray, (0, 0), 2.0), np.float32)
        dx, dy = (np.asarray(cv2.Sobel(detail, cv2.CV_32F, *one))[patch.mask] for one in ((1, 0), (0, 1)))
        xx, yy, xy = xx + float(dx @ dx), yy + float(dy @ dy), xy + float(dx @ dy)
    spread = float(np.hypot(xx - yy, 2 * xy))
    return (xx + yy - spread) / (xx + yy + spread) if xx + yy > 0 else 1.0


def _gradient(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.magnitude(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)), np.float32)


def _without_rim(frame: Frame, cells: Sequence[Cell]) -> Patch:
    """A cell on black; its rim is as sharp as the scissors, so a 16th of its width is left out."""
    mask = np.zeros((frame.height, frame.width), np.uint8)
    for cell in cells:
        mask[window(cell.box)] |= cell.mask
    if not cells:
        mask[brightest(frame.pixels) > BLACK] = 1
    width = max(2, round(np.sqrt(float(mask.sum())) / 16))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    inner = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return Patch(frame.pixels, np.asarray(inner).astype(bool))


def _around(pixels: Pixels, cell: Cell) -> Patch:
    margin = _RIM + 8
    part = window(cell.box, margin)
    mask = np.zeros(pixels[part].shape[:2], np.uint8)
    y, x = cell.box.y - part[0].start, cell.box.x - part[1].start
    mask[y : y + cell.box.height, x : x + cell.box.width] = cell.mask
    return Patch(pixels[part], cv2.dilate(mask, np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)).astype(bool))


def _middle(pixels: Pixels) -> Patch:
    top, left = max(0, (pixels.shape[0] - _MIDDLE) // 2), max(0, (pixels.shape[1] - _MIDDLE) // 2)
    part = pixels[top : top + _MIDDLE, left : left + _MIDDLE]
    green = cv2.resize(estimate_background(part)[:, :, 1], (part.shape[1], part.shape[0]))
    stained = (part[:, :, 1] < 0.85 * green).astype(np.uint8)
    return Patch(part, cv2.dilate(stained, np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)).astype(bool))


def _scaled(patch: Patch, factor: float) -> Patch:
    if factor == 1.0:
        return patch
    height, width = patch.mask.shape
    size = max(1, round(width * factor)), max(1, round(height * factor))
    pixels = np.asarray(cv2.resize(patch.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = cv2.resize(patch.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return Patch(pixels, mask.astype(bool))
