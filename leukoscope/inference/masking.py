"""Parts of a cell taken away or given back, in the order of a map: what deletion and insertion need."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels

BACKGROUND = 12
"""A pixel whose largest sample is at most this is background."""

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]


def mask_of(pixels: Pixels) -> Mask:
    """Which pixels show the cell: (height, width, 3), black around it, to (height, width)."""
    return np.asarray(pixels.max(axis=2) > BACKGROUND)


def ranks_of(values: Map, mask: Mask) -> Map:
    """Place of each pixel of the cell in the map's order, strongest 0, weakest just below 1; 2 outside the cell."""
    height, width = mask.shape
    fine = values if values.shape == mask.shape else cv2.resize(values, (width, height), interpolation=cv2.INTER_CUBIC)
    inside = np.flatnonzero(mask)
    ranks = np.full(mask.size, 2.0, np.float32)
    order = np.argsort(-np.asarray(fine).ravel()[inside], kind="stable")
    ranks[inside[order]] = np.arange(inside.size) / max(1, inside.size)
    return ranks.reshape(mask.shape)


def disc(mask: Mask) -> Map:
    """The nearer to the middle of the cell, the stronger."""
    y, x = np.nonzero(mask)
    if not y.size:
        return np.zeros(mask.shape, np.float32)
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    return np.asarray(-np.hypot(rows - y.mean(), columns - x.mean()), dtype=np.float32)


def mean_filled(cell: Pixels, mask: Mask) -> Pixels:
    """The cell in its mean color."""
    out = cell.copy()
    if mask.any():
        out[mask] = np.rint(cell[mask].mean(axis=0)).astype(np.uint8)
    return out


def blurred(cell: Pixels, mask: Mask) -> Pixels:
    """Blur with a tenth of the width as sigma, taking nothing from outside the cell."""
    sigma = cell.shape[1] / 10
    inside = mask.astype(np.float32)
    weight = np.maximum(cv2.GaussianBlur(inside, (0, 0), sigma), 1e-3)[..., None]
    soft = cv2.GaussianBlur(cell.astype(np.float32) * inside[..., None], (0, 0), sigma) / weight
    return np.asarray(np.clip(np.rint(soft), 0, 255).astype(np.uint8) * mask[..., None], dtype=np.uint8)


def share_inside(evidence: Map, mask: Mask) -> float | None:
    """Share of a map's evidence, at least 0, that lies on the cell; ``None`` where there is none at all."""
    height, width = mask.shape
    fine = np.asarray(cv2.resize(evidence, (width, height), interpolation=cv2.INTER_LINEAR), np.float64)
    total = float(fine.sum())
    return float(fine[mask].sum()) / total if total > 0 else None


def rank_correlation(one: Map, other: Map) -> float | None:
    """Spearman's, of two maps of one shape; ``None`` where one of them has a single value."""
    if np.ptp(one) == 0 or np.ptp(other) == 0 or not np.isfinite(other).all():
        return None
    ranks = [np.argsort(np.argsort(values.ravel(), kind="stable"), kind="stable") for values in (one, other)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
