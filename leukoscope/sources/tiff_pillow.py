"""TIFF pages of 8-bit samples by Pillow, which knows their color spaces and compressions."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def open_page(data: bytes, number: int) -> Image.Image:
    """One page, not decoded yet; the caller closes it.

    Raises
    ------
    Exception
        Whatever Pillow makes of damaged bytes; UnidentifiedImageError for a layout of samples that it does not know.
    """
    image = Image.open(io.BytesIO(data), formats=("TIFF",))
    image.seek(number)
    return image


def gray_page(data: bytes, number: int) -> NDArray[np.uint8]:
    """A page as gray values, shape (height, width), to be compared with others."""
    with open_page(data, number) as image:
        return np.asarray(image.convert("L"), np.uint8)
