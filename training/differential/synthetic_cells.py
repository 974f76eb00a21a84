"""Cells that are none, made of real ones: pieces as a field's edge leaves them, and smudges of burst cells.

Few data sets label such things, and every smear has them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.augment import BACKGROUND

PIECE, SMUDGE = "piece", "smudge"
_LEAST_PIXELS = 50


def piece_of(cell: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """An eighth to a third of a cell, (side, side, 3) on black, cut off along a line and moved to the middle."""
    ys, xs = np.nonzero(cell.max(axis=2) > BACKGROUND)
    if len(ys) < _LEAST_PIXELS:
        return cell
    angle = rng.uniform(0, 2 * np.pi)
    along = xs * np.cos(angle) + ys * np.sin(angle)
    kept = along < np.quantile(along, rng.uniform(0.12, 0.35))
    out = np.zeros_like(cell)
    out[ys[kept], xs[kept]] = cell[ys[kept], xs[kept]]
    side = cell.shape[0]
    middle = (side - 1) / 2
    shift = np.array([[1, 0, middle - xs[kept].mean()], [0, 1, middle - ys[kept].mean()]], np.float32)
    return np.asarray(cv2.warpAffine(out, shift, (side, side)), np.uint8)


def smudge_of(cell: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A burst cell: its stain dragged along a line, without outlines; (side, side, 3) on black."""
    mask = cell.max(axis=2) > BACKGROUND
    if mask.sum() < _LEAST_PIXELS:
        return cell
    side = cell.shape[0]
    filled = cell.astype(np.float32)
    filled[~mask] = filled[mask].mean(axis=0)
    ys, xs = np.mgrid[:side, :side].astype(np.float32)
    scale = rng.uniform(12, 25)
    bent = cv2.remap(
        filled,
        xs + _wave(side, scale, 25, rng),
        ys + _wave(side, scale, 25, rng),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    dragged = cv2.filter2D(cv2.GaussianBlur(bent, (0, 0), rng.uniform(2, 5)), -1, _streak(rng))
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 3)
    outline = cv2.remap(soft, xs + _wave(side, scale, 40, rng), ys + _wave(side, scale, 40, rng), cv2.INTER_LINEAR)
    return np.asarray(np.clip(dragged, BACKGROUND + 1, 255) * (outline > 0.4)[:, :, None], np.uint8)


def _wave(side: int, scale: float, amount: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """A smooth random displacement, in pixels."""
    noise = rng.standard_normal((side, side)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), scale) * amount * scale, np.float32)


def _streak(rng: np.random.Generator) -> NDArray[np.float32]:
    """A kernel that blurs along a line of any direction."""
    length = int(rng.integers(9, 31))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1.0
    middle = length / 2 - 0.5
    turned = cv2.warpAffine(line, cv2.getRotationMatrix2D((middle, middle), rng.uniform(0, 180), 1), (length, length))
    return np.asarray(turned / turned.sum(), np.float32)
