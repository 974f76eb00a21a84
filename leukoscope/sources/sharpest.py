"""Which of several layers of one field is sharpest."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_BANDS = 8
"""Parts of the field that are compared by themselves: dirt that is sharp in one layer has one voice of 64."""


def sharpness(samples: NDArray[np.generic]) -> NDArray[np.float64]:
    """How much of a layer is fine detail, place by place.

    Parameters
    ----------
    samples
        Shape (height, width, channels), any type.

    Returns
    -------
    ndarray
        Variance of the Laplacian (Pech-Pacheco et al. 2000) of the middle channel, smoothed against noise, in 8x8 parts
        of the field, divided by the square of the part's mean: what is only brighter is not sharper.
    """
    gray = np.ascontiguousarray(samples[..., min(1, samples.shape[2] - 1)], np.float32)
    edges = cv2.Laplacian(cv2.GaussianBlur(gray, (0, 0), 1.0), cv2.CV_32F)
    side = (_BANDS, _BANDS)
    energy = cv2.resize(np.square(edges), side, interpolation=cv2.INTER_AREA)
    level = cv2.resize(gray, side, interpolation=cv2.INTER_AREA)
    return np.asarray(energy / np.maximum(np.square(level), np.finfo(np.float32).tiny), np.float64)


def sharpest(layers: list[NDArray[np.float64]]) -> int:
    """Place of the layer that is sharpest at most places; of two alike the one that is sharper in all."""
    stack = np.stack(layers)
    votes = np.bincount(stack.argmax(axis=0).reshape(-1), minlength=len(layers))
    return int(max(range(len(layers)), key=lambda place: (votes[place], stack[place].sum())))
