"""Pictures of evidence: fixed color scales that color-blind people can read, laid over a CellImage."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels

PALETTES = ("cividis", "inferno")
"""Perceptually even and readable with color-vision deficiency: cividis (Nuñez et al. 2018), inferno (matplotlib)."""

MODES = ("heat", "contour")

CONTOUR_LEVELS = (0.25, 0.5, 0.75)
"""Evidence at which contour lines are drawn."""

_OPENCV_MAPS = MappingProxyType({"cividis": cv2.COLORMAP_CIVIDIS, "inferno": cv2.COLORMAP_INFERNO})


@cache
def palette_table(palette: str) -> Pixels:
    """The palette's 256 colors: shape (256, 3), uint8, RGB, read-only; row 0 is no evidence.

    Raises
    ------
    ValueError
        When there is no such palette.
    """
    if palette not in _OPENCV_MAPS:
        raise ValueError(f"there is no palette {palette!r}; there are {', '.join(PALETTES)}")
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    table: Pixels = np.ascontiguousarray(cv2.applyColorMap(ramp, _OPENCV_MAPS[palette])[:, 0, ::-1], dtype=np.uint8)
    table.setflags(write=False)
    return table


def colorize(evidence: NDArray[np.float32], palette: str) -> Pixels:
    """Color a map on the fixed scale 0..1.

    Parameters
    ----------
    evidence
        Shape (height, width), float; values outside 0..1 are clipped, NaN counts as 0.
    palette
        One of ``PALETTES``.

    Returns
    -------
    ndarray
        Shape (height, width, 3), uint8, RGB.
    """
    table = palette_table(palette)[:, None]
    share = np.clip(np.nan_to_num(evidence, nan=0.0), 0.0, 1.0)
    # Scaled and rounded in one pass, half to even; both are a sixth of numpy's time.
    level = cv2.convertScaleAbs(share.astype(np.float32, copy=False), alpha=255)
    return np.asarray(cv2.LUT(cv2.cvtColor(level, cv2.COLOR_GRAY2RGB), table), dtype=np.uint8)


def enlarge(evidence: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Enlarge a small map smoothly (bicubic, clipped to 0..1); places are aligned at their centers.

    Parameters
    ----------
    evidence
        Shape (rows, columns), float, 0..1.
    width, height
        Size wanted, in pixels.

    Returns
    -------
    ndarray
        Shape (height, width), float32, 0..1; a map without evidence stays exactly 0.
    """
    source = np.nan_to_num(np.asarray(evidence, dtype=np.float32), nan=0.0)
    large = cv2.resize(source, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 0.0, 1.0).astype(np.float32)


def overlay(
    pixels: Pixels,
    evidence: NDArray[np.float32],
    extent: Box,
    *,
    opacity: float,
    palette: str,
    mode: str = "heat",
) -> Pixels:
    """Lay evidence over a picture.

    In heat mode a pixel's alpha is ``opacity * (1 - (1 - e)**2)``: it grows with the evidence ``e``, so places
    without evidence keep the cell's own pixels. In contour mode lines are drawn at ``CONTOUR_LEVELS``.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    evidence
        Shape (rows, columns), float, 0..1, at its own small size.
    extent
        The part of ``pixels`` that the evidence covers; what lies outside the picture is left out.
    opacity
        0 (nothing is seen of the evidence) to 1.
    palette
        One of ``PALETTES``.
    mode
        One of ``MODES``.

    Returns
    -------
    ndarray
        Shape and type of ``pixels``, a new array.

    Raises
    ------
    ValueError
        When there is no such palette or mode.
    """
    if mode not in MODES:
        raise ValueError(f"there is no mode {mode!r}; there are {', '.join(MODES)}")
    drawn = pixels.copy()
    left, top = max(extent.x, 0), max(extent.y, 0)
    right, bottom = min(extent.x + extent.width, pixels.shape[1]), min(extent.y + extent.height, pixels.shape[0])
    if left >= right or top >= bottom:
        return drawn
    large = enlarge(evidence, extent.width, extent.height)
    large = large[top - extent.y : bottom - extent.y, left - extent.x : right - extent.x]
    under = pixels[top:bottom, left:right]
    strength = float(np.clip(opacity, 0.0, 1.0))
    if mode == "heat":
        color, alpha = colorize(large, palette), strength * (1.0 - (1.0 - large) ** 2)
    else:
        color, alpha = contours(large, palette)
        alpha = strength * alpha
    mixed = under + alpha[:, :, None] * (color.astype(np.float32) - under)
    drawn[top:bottom, left:right] = np.rint(mixed).astype(np.uint8)
    return drawn


def contours(large: NDArray[np.float32], palette: str) -> tuple[Pixels, NDArray[np.float32]]:
    """Lines where the evidence crosses a level.

    Parameters
    ----------
    large
        Shape (height, width), float32, 0..1: the evidence at the size of the picture.
    palette
        One of ``PALETTES``.

    Returns
    -------
    tuple of ndarray
        Color of the lines, shape (height, width, 3), uint8, RGB; how much of a pixel they cover, shape
        (height, width), float32, 0..1.
    """
    color = np.zeros((*large.shape, 3), np.uint8)
    alpha = np.zeros(large.shape, np.uint8)
    thickness = max(1, round(max(large.shape) / 150))
    for level in CONTOUR_LEVELS:
        inside = (large >= level).astype(np.uint8)
        lines, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        tint = tuple(int(v) for v in palette_table(palette)[round(95 + 160 * level)])
        cv2.drawContours(color, lines, -1, tint, thickness + 2)
        cv2.drawContours(alpha, lines, -1, 255, thickness, lineType=cv2.LINE_AA)
    return color, (alpha / np.float32(255)).astype(np.float32)


def legend(palette: str, width: int, height: int) -> Pixels:
    """Color scale from 0 (left) to the layer's maximum (right).

    Returns
    -------
    ndarray
        Shape (height, width, 3), uint8, RGB.
    """
    ramp = np.linspace(0.0, 1.0, width, dtype=np.float32)
    return np.repeat(colorize(ramp[None, :], palette), height, axis=0)


def part_of(pixels: Pixels, box: Box) -> Pixels:
    """A part of a picture; a new array with black where the box reaches beyond it, else a view.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    box
        The part, in pixels.

    Returns
    -------
    ndarray
        Shape (box.height, box.width, 3), uint8.
    """
    height, width = pixels.shape[:2]
    left, top = max(box.x, 0), max(box.y, 0)
    right, bottom = min(box.x + box.width, width), min(box.y + box.height, height)
    if (left, top, right, bottom) == (box.x, box.y, box.x + box.width, box.y + box.height):
        return pixels[top:bottom, left:right]
    part: Pixels = np.zeros((box.height, box.width, 3), np.uint8)
    if left < right and top < bottom:
        part[top - box.y : bottom - box.y, left - box.x : right - box.x] = pixels[top:bottom, left:right]
    return part


def thumbnail(pixels: Pixels, side: int) -> Pixels:
    """Make a picture small enough to fit a square; never enlarges, keeps the proportions.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    side
        Side of the square, in pixels.

    Returns
    -------
    ndarray
        Shape (h, w, 3), uint8, RGB, ``1 <= h, w <= side``.
    """
    height, width = pixels.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return pixels.copy()
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small: Pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return small
