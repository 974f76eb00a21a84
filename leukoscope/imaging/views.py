"""The same cell cut out in other ways: with its surroundings, on one color, on a larger canvas, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box, CellImage, CutCell
from leukoscope.domain.cuts import PLAIN, Cut, Cutting
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, Pixels


def with_views(image: CellImage, cuts: Iterable[Cut]) -> CellImage:
    """A CellImage with all these views of it; itself where none is needed.

    Raises
    ------
    ImageError
        See :func:`view_of`.
    """
    views = {cut: view_of(image, cut) for cut in cuts if cut != PLAIN}
    return replace(image, views=views) if views else image


def view_of(image: CellImage, cut: Cut) -> CutCell:
    """One cell, cut out in one way.

    Parameters
    ----------
    image
        The cell.
    cut
        What stays around it, and the side of the canvas.

    Returns
    -------
    CutCell
        Of ``canvas`` x ``canvas`` pixels at the CellImage's scale with the cell in the middle; of the whole field, the
        Frame's own pixels.

    Raises
    ------
    ImageError
        When the surroundings are wanted and the Frame is not at hand.
    """
    if cut.how is Cutting.WHOLE:
        frame = _frame_of(image)
        return CutCell(frame.pixels, _place_of(frame, image))
    offset = (image.pixels.shape[0] - cut.canvas) // 2
    extent = Box(offset, offset, cut.canvas, cut.canvas)
    if cut.how is Cutting.KEPT:
        return CutCell(_surroundings(_frame_of(image), image, extent), extent)
    color = np.zeros(3, np.uint8) if cut.how is Cutting.BLACK else _mean_color(image.pixels)
    pixels = image.pixels if cut.how is Cutting.BLACK else _on_color(image.pixels, color)
    return CutCell(_centered(pixels, extent, color), extent)


def _frame_of(image: CellImage) -> Frame:
    if image.frame is None:
        raise ImageError("A model wants to see what lies around the cell, which is not at hand; open the image again.")
    return image.frame


def _place_of(frame: Frame, image: CellImage) -> Box:
    """Where the whole Frame lies in CellImage pixels."""
    half = image.pixels.shape[0] / 2
    x, y = round(half - image.center[0] * image.scale), round(half - image.center[1] * image.scale)
    return Box(x, y, max(1, round(frame.width * image.scale)), max(1, round(frame.height * image.scale)))


def _surroundings(frame: Frame, image: CellImage, extent: Box) -> Pixels:
    """The Frame around the cell at the CellImage's scale; a C-NMC file, which is to scale, keeps its own pixels."""
    scale, half = image.scale, image.pixels.shape[0] / 2
    # Pixel centers lie at half coordinates, as where the CellImage was cut out.
    shift_x = half - extent.x - 0.5 - scale * (image.center[0] - 0.5)
    shift_y = half - extent.y - 0.5 - scale * (image.center[1] - 0.5)
    matrix: NDArray[np.float64] = np.array([[scale, 0, shift_x], [0, scale, shift_y]])
    pixels = frame.pixels
    if scale < 1:  # against aliasing: half a pixel of what comes out
        pixels = cv2.GaussianBlur(pixels, (0, 0), 0.5 / scale).astype(np.uint8)
    size = (extent.width, extent.height)
    drawn = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, np.uint8)


def _mean_color(pixels: Pixels) -> NDArray[np.uint8]:
    """Mean of what is not black: shape (3,), uint8; black where nothing is there."""
    inside = np.asarray(pixels.any(axis=2))
    if not inside.any():
        return np.zeros(3, np.uint8)
    return np.asarray(np.rint(pixels[inside].mean(axis=0)), np.uint8)


def _on_color(pixels: Pixels, color: NDArray[np.uint8]) -> Pixels:
    return np.where(np.asarray(pixels.any(axis=2))[:, :, None], pixels, color).astype(np.uint8)


def _centered(pixels: Pixels, extent: Box, color: NDArray[np.uint8]) -> Pixels:
    """The part of a CellImage inside ``extent``, with ``color`` where it reaches beyond."""
    height, width = pixels.shape[:2]
    drawn: Pixels = np.empty((extent.height, extent.width, 3), np.uint8)
    drawn[:] = color
    left, top = max(extent.x, 0), max(extent.y, 0)
    right, bottom = min(extent.x + extent.width, width), min(extent.y + extent.height, height)
    drawn[top - extent.y : bottom - extent.y, left - extent.x : right - extent.x] = pixels[top:bottom, left:right]
    return drawn
