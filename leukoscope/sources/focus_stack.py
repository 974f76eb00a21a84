"""One image of several depths of focus: at each place the depth that is sharpest there."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels

MOST_JOINED = 255
"""Of more depths the sharpest is shown."""
_FINE = 1.0
"""Sigma in pixels of the blur before edges are looked for: what is finer is the noise of a camera."""
_AROUND = 6.0
"""Sigma in pixels of the place over which sharpness is compared: the rim of a cell and what lies beside it together."""
_CLEARLY = 1.25
"""By so much another depth must be sharper than the sharpest of the whole field."""
_EMPTIEST, _ABOVE_NOISE = 10, 2.5
"""Percentile of the places that show next to nothing, and how much more there must be: noise decides nothing."""
_SOFT = 4.0
"""Sigma in pixels of the border between two depths: none is seen."""
_SPECKS = 9
"""Side in pixels of the median that takes away single places of another depth."""


def joined(layer: Callable[[int], Pixels], count: int, main: int) -> Pixels:
    """Join depths of focus; two of them are in memory at a time.

    Parameters
    ----------
    layer
        Gives the pixels of a depth, shape (height, width, 3), uint8; called twice for each.
    count
        How many depths there are.
    main
        The one that is sharpest in the whole field: it is shown where no other is clearly sharper.

    Returns
    -------
    ndarray
        As one of them.
    """
    chosen = _sharpest_at(layer, count, main)
    if (chosen == main).all():
        return layer(main)
    shape = chosen.shape
    total, weights = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    for number in np.unique(chosen).tolist():
        weight = cv2.GaussianBlur((chosen == number).astype(np.float32), (0, 0), _SOFT)
        total += weight[..., None] * layer(number)
        weights += weight
    total /= np.maximum(weights, np.finfo(np.float32).tiny)[..., None]
    return np.rint(np.clip(total, 0, 255, out=total), out=total).astype(np.uint8)


def _sharpest_at(layer: Callable[[int], Pixels], count: int, main: int) -> NDArray[np.uint8]:
    """Number of the depth that is sharpest at each place, shape (height, width)."""
    best = _energy(layer(main))
    least = np.float32(_ABOVE_NOISE) * np.percentile(best, _EMPTIEST)
    best = np.maximum(best * np.float32(_CLEARLY), least)
    chosen = np.full(best.shape, main, np.uint8)
    for number in range(count):
        if number != main:
            energy = _energy(layer(number))
            better = energy > best
            chosen[better], best[better] = number, energy[better]
    return np.asarray(cv2.medianBlur(chosen, _SPECKS), np.uint8)


def _energy(pixels: Pixels) -> NDArray[np.float32]:
    """How much fine detail is around each place: the green channel's Laplacian, squared (Nayar and Nakagawa 1994)."""
    gray = cv2.GaussianBlur(np.ascontiguousarray(pixels[..., 1], np.float32), (0, 0), _FINE)
    edges = cv2.Laplacian(gray, cv2.CV_32F)
    return np.asarray(cv2.GaussianBlur(np.square(edges), (0, 0), _AROUND), np.float32)
