"""From a Cell that was cut out to a model's input, as the manifest's ``preprocessing`` says."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box, CutCell
from leukoscope.domain.cuts import CELL_IMAGE_SIDE, Cutting
from leukoscope.domain.frames import Pixels
from leukoscope.inference.input_schema import Preprocessing

_INTERPOLATION = {
    "area": cv2.INTER_AREA,
    "bilinear": cv2.INTER_LINEAR,
    # That of Pillow, which picture generators of Keras take: the pixel whose center is nearest.
    "nearest": cv2.INTER_NEAREST_EXACT,
    "bicubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
}


def crop_box(preprocessing: Preprocessing) -> Box:
    """Part of the CellImage that the model sees, in CellImage pixels; it may reach beyond the CellImage."""
    offset = (CELL_IMAGE_SIDE - preprocessing.canvas) // 2 + (preprocessing.canvas - preprocessing.crop) // 2
    return Box(offset, offset, preprocessing.crop, preprocessing.crop)


def seen_box(preprocessing: Preprocessing, view: CutCell | None) -> Box:
    """The same for one cell; a whole field lies where its Frame does."""
    if preprocessing.cut_out is Cutting.WHOLE and view is not None:
        return view.extent
    return crop_box(preprocessing)


def seen_part(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """The pixels that the model sees: the central square of a canvas, or a whole field; a view, no copy.

    Raises
    ------
    ValueError
        When the pixels are not of the size that the bundle's canvas has.
    """
    if preprocessing.cut_out is Cutting.WHOLE:
        return pixels
    side = preprocessing.canvas
    if pixels.shape != (side, side, 3):
        raise ValueError(f"a cell for this bundle is cut out {side}x{side}x3, not {pixels.shape}")
    offset = (side - preprocessing.crop) // 2
    return pixels[offset : offset + preprocessing.crop, offset : offset + preprocessing.crop]


def resized(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Bring pixels to the size of the input: shape (height, width, 3), uint8, RGB."""
    if pixels.shape[:2] == (preprocessing.height, preprocessing.width):
        return pixels
    size = (preprocessing.width, preprocessing.height)
    return np.asarray(cv2.resize(pixels, size, interpolation=_INTERPOLATION[preprocessing.resize]), dtype=np.uint8)


def model_input(pixels: Pixels, preprocessing: Preprocessing) -> NDArray[np.float32]:
    """Crop, resize and scale one cell.

    Parameters
    ----------
    pixels
        Cut out as ``preprocessing.cut`` says: shape (canvas, canvas, 3), or that of the whole field; uint8, RGB.
    preprocessing
        From the bundle's manifest.

    Returns
    -------
    ndarray
        Shape (height, width, channels), float32, in the range that ``preprocessing.scaling`` names, less the mean of
        each channel and divided by its deviation where there are such.

    Raises
    ------
    ValueError
        When the pixels do not have the canvas size.
    """
    shown = _colored(resized(seen_part(pixels, preprocessing), preprocessing), preprocessing)
    samples = _scaled(shown.astype(np.float32), preprocessing.scaling)
    if preprocessing.mean:
        samples = np.subtract(samples, np.array(preprocessing.mean, np.float32), dtype=np.float32)
    if preprocessing.deviation:
        samples = np.divide(samples, np.array(preprocessing.deviation, np.float32), dtype=np.float32)
    return samples


def network_view(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """A cell as the model sees it, for people: shape (height, width, 3), uint8, its channels in its own order."""
    shown = _colored(resized(seen_part(pixels, preprocessing), preprocessing), preprocessing)
    return np.ascontiguousarray(np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown)


def _scaled(samples: NDArray[np.float32], scaling: str) -> NDArray[np.float32]:
    if scaling == "0..1":
        return samples / np.float32(255.0)
    if scaling == "-1..1":
        return samples / np.float32(127.5) - np.float32(1.0)
    return samples


def _colored(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """The channels in their order: shape (height, width, channels)."""
    if preprocessing.color == "BGR":
        return pixels[:, :, ::-1]
    if preprocessing.color == "gray":
        gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, None]
        return np.repeat(gray, preprocessing.channels, axis=2)
    return pixels
