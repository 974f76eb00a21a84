"""The empty glass of a field: its color at every place, and how much light the stain takes from it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels

_GRID = 64
"""Long side, in pixels, of the copy that the background is estimated on."""
BRIGHTER_OD, BRIGHTER_SHARE = 0.08, 0.03
"""So much brighter than glass is what cannot be on a smear; 0.1 % of BCCD's and PBC's images at most, 6 % and more of
colored noise that was blurred to the size of cells."""
FAINTLY_OD, FAINTLY_SHARE = 0.04, 0.10
"""The same for what is a little brighter: 7 % of BCCD's images at most, 14 % and more of faint colored noise."""

WIDE_UM, PART_UM = 320.0, 160.0
"""A wider image is looked at in parts of about this side. All parts of dense fields of BCCD and of the demo smear pass,
460 to 690 µm wide; of noise a third at most."""


def estimate_background(pixels: Pixels) -> NDArray[np.float32]:
    """Color of the empty glass, as a smooth surface.

    The brightest tenth of the green channel (both stains and hemoglobin absorb green) starts the estimate; a
    quadratic surface is fitted to all places that come near it, twice.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.

    Returns
    -------
    ndarray
        Shape (h, w, 3), float32, 1..255, with the proportions of ``pixels`` and a long side of at most 64;
        enlarge it bilinearly.
    """
    height, width = pixels.shape[:2]
    factor = min(1.0, _GRID / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    green = small[:, :, 1]
    glass = np.median(small[green >= np.percentile(green, 90)].reshape(-1, 3), axis=0)
    surface = np.broadcast_to(glass.astype(np.float32), small.shape)
    terms = _quadratic_terms(*small.shape[:2])
    for tolerance in (0.10, 0.06):
        near = np.all(np.abs(small / np.maximum(surface, 1) - 1) < tolerance, axis=2)
        if near.mean() < 0.06:
            break
        weights, *_ = np.linalg.lstsq(terms[near], small[near], rcond=None)
        fitted = (terms.reshape(-1, terms.shape[-1]) @ weights).reshape(small.shape)
        # Where no glass is seen the surface must not run away.
        surface = np.clip(fitted, 0.6 * glass, 1.25 * glass).astype(np.float32)
    return np.clip(surface, 1, 255).astype(np.float32)


def glass_seen(pixels: Pixels) -> float:
    """Which part of a field is near the color of its empty glass, 0..1; ``pixels`` as for the background."""
    background = estimate_background(pixels)
    size = background.shape[1], background.shape[0]
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    return float(np.all(np.abs(small / background - 1) < 0.10, axis=2).mean())


def optical_density(pixels: Pixels, background: NDArray[np.float32]) -> NDArray[np.float32]:
    """Decadic optical density against the empty glass (Beer-Lambert), per channel.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    background
        From :func:`estimate_background`.

    Returns
    -------
    ndarray
        Shape (height, width, 3), float32; 0 is empty glass, negative is brighter than glass.
    """
    height, width = pixels.shape[:2]
    level = cv2.resize(np.log10(background + 1), (width, height), interpolation=cv2.INTER_LINEAR)
    density: NDArray[np.float32] = level - _LOG10[pixels]
    return density


def is_transmitted_light(pixels: Pixels, um_per_px: float) -> bool:
    """Whether an image can be a stained smear: nothing in it is brighter than the empty glass.

    Of a dense field that is wider than ``WIDE_UM`` the small copy shows no glass, which lies between the cells: there
    each part is looked at by itself, and most of them must be of a smear.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    um_per_px
        Scale of the image.

    Returns
    -------
    bool
        False when more than ``BRIGHTER_SHARE`` of it lets through more light than the glass, in any color, or more
        than ``FAINTLY_SHARE`` a little more: colored noise, test pictures, a cap on the camera.
    """
    if _nothing_is_brighter(pixels):
        return True
    height, width = pixels.shape[:2]
    if max(height, width) * um_per_px <= WIDE_UM:
        return False
    rows, columns = (
        np.array_split(np.arange(side), max(round(side * um_per_px / PART_UM), 1)) for side in (height, width)
    )
    parts = [pixels[row[0] : row[-1] + 1, column[0] : column[-1] + 1] for row in rows for column in columns]
    return sum(_nothing_is_brighter(part) for part in parts) > len(parts) / 2


def _nothing_is_brighter(pixels: Pixels) -> bool:
    factor = min(1.0, 320 / max(pixels.shape[:2]))
    small = pixels
    if factor < 1:
        size = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
        small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    density = optical_density(small, estimate_background(small)).min(axis=2)
    faintly = float((density < -FAINTLY_OD).mean()) > FAINTLY_SHARE
    return not faintly and float((density < -BRIGHTER_OD).mean()) <= BRIGHTER_SHARE


def density_of_part(pixels: Pixels, background: NDArray[np.float32], box: Box) -> NDArray[np.float32]:
    """Optical density in a box, against the glass of the whole image.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB: the whole image.
    background
        From :func:`estimate_background` of the whole image.
    box
        Inside the image.

    Returns
    -------
    ndarray
        Shape (box.height, box.width, 3), float32; the same as that part of :func:`optical_density`.
    """
    height, width = pixels.shape[:2]
    across, down = background.shape[1] / width, background.shape[0] / height
    # Pixel centers lie at half coordinates, as in cv2.resize.
    x = (np.arange(box.x, box.x + box.width, dtype=np.float32) + np.float32(0.5)) * np.float32(across) - np.float32(0.5)
    y = (np.arange(box.y, box.y + box.height, dtype=np.float32) + np.float32(0.5)) * np.float32(down) - np.float32(0.5)
    places = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    level = cv2.remap(np.log10(background + 1), *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    density: NDArray[np.float32] = level - _LOG10[pixels[box.y : box.y + box.height, box.x : box.x + box.width]]
    return density


_LOG10 = np.log10(np.arange(256, dtype=np.float32) + 1).astype(np.float32)


def _quadratic_terms(height: int, width: int) -> NDArray[np.float32]:
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).astype(np.float32)
