"""Figures of an outline: roundness, hull, axes, lobes. Pure."""

from __future__ import annotations

import cv2
import numpy as np

from leukoscope.domain.cells import Mask

LOBE_UM = 0.9
"""A lobe holds a circle of this radius."""
NECK = 0.7
"""What joins two lobes is narrower than so much of the smaller one."""
_DEPTHS = 9


def _outer(mask: Mask) -> tuple[np.ndarray, ...]:
    contours, _ = cv2.findContours(np.pad(mask.astype(np.uint8), 1), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return tuple(contours)


def polygons(mask: Mask) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Corners (x, y) of the outer outline of each piece, through the middle of its outermost pixels.

    Corners between which the outline is straight are left out, and pieces with fewer than three.
    """
    padded = np.pad(mask.astype(np.uint8), 1)
    contours, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return tuple(tuple((int(x) - 1, int(y) - 1) for x, y in contour[:, 0]) for contour in contours if len(contour) > 2)


def perimeter(mask: Mask) -> float:
    """Length of all outer outlines, in pixels.

    ``0.980 even + 1.406 odd - 0.091 corners`` of the chain code: unbiased within 1 % (Vossepoel and Smeulders 1982).
    The chain runs through the pixels' centers, half a pixel inside the outline, hence ``+ pi``.
    """
    total = 0.0
    for contour in _outer(mask):
        points = contour[:, 0]
        steps = np.roll(points, -1, axis=0) - points
        odd = int((np.abs(steps).sum(axis=1) == 2).sum())
        corners = int((np.roll(steps, -1, axis=0) != steps).any(axis=1).sum())
        total += 0.980 * (len(steps) - odd) + 1.406 * odd - 0.091 * corners + np.pi
    return total


def form_factor(mask: Mask) -> float:
    """``4 pi area / perimeter²``: 1 for a circle, less for everything else (Cox 1927)."""
    around = perimeter(mask)
    return float(min(1.0, 4 * np.pi * float(mask.sum()) / around**2)) if around else 0.0


def eccentricity(mask: Mask) -> float:
    """Of the ellipse with the same second moments: 0 for a circle, toward 1 for a line (Hu 1962)."""
    y, x = np.nonzero(mask)
    if len(x) < 3:
        return 0.0
    small, large = np.linalg.eigvalsh(np.cov(np.stack([x, y]).astype(np.float64)))
    return float(np.sqrt(max(0.0, 1 - small / large))) if large > 0 else 0.0


def hull_figures(mask: Mask) -> tuple[float, float]:
    """Solidity and indentation.

    Returns
    -------
    tuple of float
        Area over that of the convex hull, 0..1; how far from the hull's edge the deepest bay reaches, over the
        diameter of a circle of the same area: 0 for a convex outline.
    """
    if mask.sum() < 3:
        return 1.0, 0.0
    points = np.concatenate(_outer(mask))
    filled = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.uint8)
    cv2.fillPoly(filled, [cv2.convexHull(points)], 1)
    inside = cv2.distanceTransform(filled, cv2.DIST_L2, cv2.DIST_MASK_5)
    inside[np.pad(mask, 1)] = 0
    area, depth = float(mask.sum()), float(inside.max(initial=0.0))
    diameter = 2 * np.sqrt(area / np.pi)
    return min(1.0, area / max(float(filled.sum()), 1.0)), max(0.0, depth - 1) / diameter


def lobes(mask: Mask, um_per_px: float) -> int:
    """How many parts a nucleus has that are joined by necks at most (Arneth 1904): at least 1.

    The nucleus is pared down step by step; parts that come apart and are clearly thicker than where they came apart
    are lobes.
    """
    depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, cv2.DIST_MASK_5)
    deepest = float(depth.max())
    most = 1
    for pared in np.linspace(0, NECK * deepest, _DEPTHS):
        count, labels = cv2.connectedComponents((depth > pared).astype(np.uint8), connectivity=8)
        if count - 1 <= most:
            continue
        least = max(LOBE_UM / um_per_px, pared / NECK)
        most = max(most, len(np.unique(labels[(depth >= least) & (labels > 0)])))
    return most
