"""From a CellImage to a model's input. Travels with the bundle: the manifest's ``preprocessing`` decides."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.inference.manifest import Preprocessing

_INTERPOLATION = {"area": cv2.INTER_AREA, "bilinear": cv2.INTER_LINEAR}


def crop_box(preprocessing: Preprocessing) -> Box:
    """Part of the CellImage that the model sees, in CellImage pixels."""
    offset = (preprocessing.canvas - preprocessing.crop) // 2
    return Box(offset, offset, preprocessing.crop, preprocessing.crop)


def model_input(pixels: Pixels, preprocessing: Preprocessing) -> NDArray[np.float32]:
    """Cut, resize and scale one CellImage.

    Parameters
    ----------
    pixels
        Shape (canvas, canvas, 3), uint8, RGB.
    preprocessing
        From the bundle's manifest.

    Returns
    -------
    ndarray
        Shape (height, width, 3), float32, in the range that ``preprocessing.scaling`` names.

    Raises
    ------
    ValueError
        When the CellImage does not have the canvas size.
    """
    side = preprocessing.canvas
    if pixels.shape != (side, side, 3):
        raise ValueError(f"a CellImage for this bundle is {side}x{side}x3, not {pixels.shape}")
    box = crop_box(preprocessing)
    cut: Pixels = pixels[box.y : box.y + box.height, box.x : box.x + box.width]
    if cut.shape[:2] != (preprocessing.height, preprocessing.width):
        size = (preprocessing.width, preprocessing.height)
        cut = np.asarray(cv2.resize(cut, size, interpolation=_INTERPOLATION[preprocessing.resize]), dtype=np.uint8)
    samples = cut.astype(np.float32)
    if preprocessing.scaling == "0..1":
        return samples / np.float32(255.0)
    if preprocessing.scaling == "-1..1":
        return samples / np.float32(127.5) - np.float32(1.0)
    return samples
