"""Probe pictures: cell-like inputs drawn from a fixed seed, to hold a compiled graph against its original."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cuts import Cutting
from leukoscope.domain.frames import Pixels
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.preprocessing import model_input

PROBES = 8
_GLASS = 225
"""Sample of empty glass."""


def probe_inputs(preprocessing: Preprocessing, count: int = PROBES) -> list[NDArray[np.float32]]:
    """Draw purple blobs on black, or on light glass where the bundle sees it, preprocessed for it.

    Returns
    -------
    list of ndarray
        Each (height, width, channels) float32, in the range of ``preprocessing.scaling``.
    """
    ground = 0 if preprocessing.cut_out is Cutting.BLACK else _GLASS
    return [model_input(_blob(seed, preprocessing.canvas, ground), preprocessing) for seed in range(count)]


def probe_pixels(seed: int, side: int) -> Pixels:
    """One purple blob on black: shape (side, side, 3), uint8, RGB."""
    return _blob(seed, side, 0).copy()


@lru_cache(maxsize=2 * PROBES)
def _blob(seed: int, side: int, ground: int) -> NDArray[np.uint8]:
    """The same for the same words, drawn once; not to be written on."""
    rng = np.random.default_rng(seed)
    center = (side // 2, side // 2)
    axes = (int(side * rng.uniform(0.14, 0.28)), int(side * rng.uniform(0.14, 0.28)))
    mask = np.zeros((side, side), np.uint8)
    cv2.ellipse(mask, center, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    noise = rng.normal(0.0, 1.0, (side, side)).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), side * 0.012), np.float32)
    texture = smooth / max(float(np.abs(smooth).max()), 1e-6)
    color = rng.uniform([60, 20, 90], [150, 90, 190])
    picture = color[None, None, :] * (1.0 + 0.5 * texture[:, :, None])
    picture[mask == 0] = ground
    drawn = np.clip(picture, 0, 255).astype(np.uint8)
    drawn.setflags(write=False)
    return drawn
