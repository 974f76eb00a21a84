"""Pictures that stand for the whole canvas at another resolution, as published sets of 224 pixels do."""

from __future__ import annotations

import cv2
import numpy as np

from leukoscope.domain.frames import Pixels
from leukoscope.inference.input_schema import Preprocessing
from training.decoding import on_canvas


def stored_side(preprocessing: Preprocessing) -> int:
    """Pixels in which such a picture is kept: no more than the network looks at."""
    return max(preprocessing.height, preprocessing.width)


def resized(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Take the part of a picture that the crop is of the canvas, at the network's resolution.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8; padded with black to a square, so that no cell is stretched.
    preprocessing
        Of the network. The program cuts the same part out of its own canvas.

    Returns
    -------
    ndarray
        Shape (side, side, 3), uint8, ``side`` from :func:`stored_side`.
    """
    square = on_canvas(pixels, max(pixels.shape[:2]))
    kept = max(1, round(square.shape[0] * preprocessing.crop / preprocessing.canvas))
    offset = (square.shape[0] - kept) // 2
    part = square[offset : offset + kept, offset : offset + kept]
    side = stored_side(preprocessing)
    if kept == side:
        return np.ascontiguousarray(part)
    how = cv2.INTER_AREA if kept > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (side, side), interpolation=how), dtype=np.uint8)
