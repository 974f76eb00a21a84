"""Random variants of a cell for training: stain, rim, pose, size, light, sharpness and noise."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from training.augment import BACKGROUND, without_rim
from training.differential.recipe import VariantConfig
from training.styles import Style, between, restyle

Pixels = NDArray[np.uint8]
_SHIFT = 3.0
"""Largest shift in pixels of the network's input."""


def plain(cell: Pixels, side: int) -> Pixels:
    """A cell, (stored, stored, 3), at the network's size: all that evaluation ever sees."""
    return np.asarray(cv2.resize(cell, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def variant(
    cell: Pixels, own: Style | None, styles: Sequence[Style], side: int, config: VariantConfig, rng: np.random.Generator
) -> Pixels:
    """Make one random variant.

    Parameters
    ----------
    cell
        Shape (stored, stored, 3), uint8, RGB, background black.
    own
        The stain it has; ``None`` when that is not known: it keeps it then.
    styles
        What it may be given.
    side
        Of the network's input.
    config
        Ranges.
    rng
        The only source of chance.

    Returns
    -------
    ndarray
        Shape (side, side, 3), uint8, background black.
    """
    if own is not None and styles and rng.random() < config.restyle:
        cell = restyle(cell, own, between(styles, rng), rng)
    moved = _moved(without_rim(cell, config.rim, rng), side, config, rng)
    mask = moved.max(axis=2) > BACKGROUND
    if mask.sum() < 20:
        return moved
    return _through_optics(_in_other_light(moved[mask].astype(np.float32), config, rng), mask, config, rng)


def _moved(cell: Pixels, side: int, config: VariantConfig, rng: np.random.Generator) -> Pixels:
    """Rotated about the middle, zoomed, shifted and flipped in one interpolation."""
    middle = (cell.shape[0] - 1) / 2
    zoom = rng.uniform(1 - config.zoom, 1 + config.zoom) * side / cell.shape[0]
    matrix = cv2.getRotationMatrix2D((middle, middle), rng.uniform(0, 360), zoom)
    matrix[:, 2] += (side - cell.shape[0]) / 2 + rng.uniform(-_SHIFT, _SHIFT, 2)
    moved = np.asarray(cv2.warpAffine(cell, matrix, (side, side), flags=cv2.INTER_LINEAR), np.uint8)
    return np.ascontiguousarray(moved[:, ::-1] if rng.random() < 0.5 else moved)


def _in_other_light(x: NDArray[np.float32], config: VariantConfig, rng: np.random.Generator) -> NDArray[np.float32]:
    """Contrast about the cell's own mean, brightness, a gain for each channel, gamma; (n, 3) pixels of the cell."""
    mean = x.mean(axis=0)
    contrast = 1 + rng.uniform(-config.contrast, config.contrast)
    moved = (x - mean) * contrast + mean + rng.uniform(-config.brightness, config.brightness)
    moved = moved * (1 + rng.uniform(-config.gain, config.gain, 3))
    exponent = np.exp(rng.uniform(-config.gamma, config.gamma))
    return np.asarray(255 * (np.clip(moved, 0, 255) / 255) ** exponent, np.float32)


def _through_optics(
    x: NDArray[np.float32], mask: NDArray[np.bool_], config: VariantConfig, rng: np.random.Generator
) -> Pixels:
    """Softer or sharper, and noise; the cell's mean lies around it meanwhile: no black is drawn into its rim."""
    image = np.empty((*mask.shape, 3), np.float32)
    image[:] = x.mean(axis=0)
    image[mask] = x
    choice = rng.random()
    if choice < 0.6:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, max(0.31, config.blur))), np.float32)
    elif choice < 0.8:
        soft = cv2.GaussianBlur(image, (0, 0), 1.5)
        image = np.asarray(image + rng.uniform(0, config.sharpen) * (image - soft), np.float32)
    image = image + rng.uniform(0, config.noise) * rng.standard_normal(image.shape, dtype=np.float32)
    # A pixel of the cell must not fall to black: it would count as background.
    return np.asarray(np.rint(np.clip(image, BACKGROUND + 1, 255)) * mask[:, :, None], np.uint8)
