"""Quick figures of a live picture: how sharp, how bright, what is clipped."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from leukoscope.imaging.channels import darkest

BINS = 64
DARKEST, BRIGHTEST = 2, 253
"""Samples outside are clipped: nothing can be read from them."""
_MIDDLE = 512
"""Focus is measured in the middle, where the eye is, at full resolution."""


@dataclass(frozen=True, eq=False)
class LiveFigures:
    """Figures of one picture.

    Parameters
    ----------
    sharpness
        Mean squared gradient (Tenengrad, Krotkov 1988) of the smoothed green channel in the middle of the picture, in
        samples squared for a pixel. It says nothing alone; where it is highest the picture is in focus.
    histogram
        Shape (3, 64), float64: part of red, green and blue samples in each bin.
    dark, bright
        Part of samples that are clipped.
    """

    sharpness: float
    histogram: NDArray[np.float64]
    dark: float
    bright: float


def live_figures(pixels: Pixels) -> LiveFigures:
    """Measure a picture of shape (height, width, 3), uint8, RGB; a few milliseconds at any size."""
    height, width = pixels.shape[:2]
    top, left = max(0, (height - _MIDDLE) // 2), max(0, (width - _MIDDLE) // 2)
    green = np.ascontiguousarray(pixels[top : top + _MIDDLE, left : left + _MIDDLE, 1])
    # Smoothed first: noise alone must not look sharp.
    smooth = cv2.GaussianBlur(green.astype(np.float32), (0, 0), 1.5)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.125)
    sharpness = float((across * across + down * down).mean())
    coarse = pixels[:: max(1, height // 256), :: max(1, width // 256)]
    counts = [np.bincount(coarse[:, :, channel].ravel() >> 2, minlength=BINS) for channel in range(3)]
    histogram = np.stack(counts).astype(np.float64) / max(1, coarse.shape[0] * coarse.shape[1])
    return LiveFigures(
        sharpness, histogram, float((coarse <= DARKEST).mean()), float((darkest(coarse) >= BRIGHTEST).mean())
    )
