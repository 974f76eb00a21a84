"""Smudges told from cells: the smeared nucleus of a burst cell has no outline, and no cytoplasm of another color."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Mask

Plane = NDArray[np.float32]

SOFTEST_STEP = 0.42
"""Nuclear stain falls by more than this part of itself over a nucleus' outline, from 0.2 to 0.6 µm on either side.

0.25 to 0.41 in drawn smudges, 0.43 and more in PBC, 0.33 (5th percentile) in BCCD, whose focus is softer."""
SAME_DYE = 0.06
"""By so much at most the hue of what lies around a smudge's darkest part differs from that part's: it is the same dye.

Drawn smudges differ by 0.02. With all signs 2 of 188 white cells of BCCD are taken for smudges: one that the edge cuts,
and a monocyte that was smeared indeed."""
ROUGH = 0.78
"""A smudge's form factor is lower; so is every third cell's."""
TORN = 0.90
"""Solidity of a smudge's darkest part is lower: 0.61 to 0.89 in drawn ones. The round nuclei of blasts and lymphocytes,
which a blurred image can give the other signs, have 0.93 and more."""
NEAR_UM, FAR_UM = 0.2, 0.6
FRINGE_UM = 0.7
"""What lies further from the nucleus than this is not blurred into by it."""
_LEAST_PIXELS = 8


def is_smudge(density: NDArray[np.float32], purple: Plane, nucleus: Mask, cell: Mask, px_per_um: float) -> bool:
    """Whether what was found is a smudge rather than a cell: all signs must be there.

    Parameters
    ----------
    density
        Shape (height, width, 3), float32: optical density around the cell.
    purple
        Nuclear stain of the same part.
    nucleus, cell
        Shape (height, width), bool.
    px_per_um
        Scale.
    """
    if not nucleus.any() or _form_factor(cell) > ROUGH or _solidity(nucleus) > TORN:
        return False
    inside, outside = _rings(nucleus, px_per_um)
    if not inside.any() or not outside.any():
        return False
    step = float(np.median(purple[inside]) - np.median(purple[outside]))
    if step > SOFTEST_STEP * float(np.percentile(purple[nucleus], 75)):
        return False
    around = cell & (_distance(~nucleus, px_per_um) > FRINGE_UM)
    if around.sum() < _LEAST_PIXELS:
        return True
    green = density[:, :, 1]
    return abs(_hue(purple, green, around) / _hue(purple, green, nucleus) - 1) < SAME_DYE


def _hue(purple: Plane, green: Plane, where: Mask) -> float:
    return float(np.median(purple[where])) / max(float(np.median(green[where])), 0.02)


def _distance(where: Mask, px_per_um: float) -> Plane:
    return np.asarray(cv2.distanceTransform(where.astype(np.uint8), cv2.DIST_L2, 5), np.float32) / np.float32(px_per_um)


def _rings(nucleus: Mask, px_per_um: float) -> tuple[Mask, Mask]:
    """What lies just inside and just outside an outline."""
    deep, away = _distance(nucleus, px_per_um), _distance(~nucleus, px_per_um)
    inside: Mask = (deep > NEAR_UM) & (deep <= FAR_UM)
    outside: Mask = (away > NEAR_UM) & (away <= FAR_UM)
    return inside, outside


def _solidity(nucleus: Mask) -> float:
    """Area over that of the convex hull of all parts."""
    contours, _ = cv2.findContours(nucleus.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return float(nucleus.sum()) / max(cv2.contourArea(cv2.convexHull(np.concatenate(contours))), 1.0)


def _form_factor(cell: Mask) -> float:
    contours, _ = cv2.findContours(cell.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    return float(4 * np.pi * cv2.contourArea(outline) / max(cv2.arcLength(outline, True), 1.0) ** 2)
