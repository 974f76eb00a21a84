"""Leukocytes in a field: nuclei by their stain, lobes joined, cytoplasm grown around them, touching cells parted."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.imaging.background import estimate_background, optical_density
from leukoscope.imaging.blobs import Blob

WORK_UM_PER_PX = 0.16
"""Cells are searched on a copy at this scale: a red cell then has 47 pixels."""

MIN_NUCLEUS_UM2 = 14.0
"""Smallest nucleus (all lobes): a small lymphocyte's has 30 µm² and more, a large platelet 4 to 12 µm²."""

LOBE_GAP_UM = 1.3
"""Lobes of one nucleus lie closer than this."""

REACH_UM = 4.0
"""Cytoplasm is looked for this far from the nucleus."""


def find_leukocytes(pixels: Pixels, um_per_px: float) -> list[Blob]:
    """Find all leukocytes.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB; a stained field with its background.
    um_per_px
        Scale of the field.

    Returns
    -------
    list of Blob
        Nucleus and cytoplasm, in pixels of ``pixels``; in no particular order.
    """
    height, width = pixels.shape[:2]
    factor = min(1.0, um_per_px / WORK_UM_PER_PX)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    work = pixels if factor == 1.0 else np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    px_per_um = factor / um_per_px
    density = cv2.GaussianBlur(optical_density(work, estimate_background(work)), (0, 0), 0.12 * px_per_um)
    purple = nuclear_stain(density)
    nuclei = _nuclei(purple, px_per_um)
    if not nuclei.any():
        return []
    cells = _grow_cytoplasm(density, purple, nuclei, px_per_um)
    return [_enlarged(cells == label, (width, height)) for label in range(1, int(cells.max()) + 1)]


def nuclear_stain(density: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much azure-eosin of a nucleus a pixel holds, in optical density.

    Nuclei take red and green light and let blue pass; hemoglobin takes blue as well. On BCCD and PBC fields
    ``R + G - 2 B`` has a median of 0.3 to 1.1 in nuclei and 0.0 to 0.1 in red cells.

    Parameters
    ----------
    density
        Shape (height, width, 3), float32, from :func:`leukoscope.imaging.background.optical_density`.
    """
    red, green, blue = cv2.split(density)
    stain: NDArray[np.float32] = red + green - 2 * blue
    return stain


def _threshold(purple: NDArray[np.float32]) -> float:
    """Where nuclear stain begins: half of what the strongest tenth of stained pixels has, within limits."""
    stained = purple[purple > 0.2]
    if stained.size < 20:
        return 0.22
    return float(np.clip(0.45 * np.percentile(stained, 90), 0.2, 0.45))


def _nuclei(purple: NDArray[np.float32], px_per_um: float) -> NDArray[np.int32]:
    """Label nuclei, lobes joined: shape (height, width), int32, 0 is none."""
    stained = (purple > _threshold(purple)).astype(np.uint8)
    stained = cv2.morphologyEx(stained, cv2.MORPH_OPEN, _disk(0.35 * px_per_um))
    joined = cv2.morphologyEx(stained, cv2.MORPH_CLOSE, _disk(LOBE_GAP_UM / 2 * px_per_um))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    areas = np.bincount(labels[stained > 0], minlength=count) / px_per_um**2
    kept = np.zeros(count, np.int32)
    good = np.flatnonzero(areas >= MIN_NUCLEUS_UM2)
    good = good[good > 0]
    kept[good] = np.arange(1, len(good) + 1)
    return kept[labels]


def _grow_cytoplasm(
    density: NDArray[np.float32], purple: NDArray[np.float32], nuclei: NDArray[np.int32], px_per_um: float
) -> NDArray[np.int32]:
    """Give each nucleus the stained surroundings nearest to it: labels as in ``nuclei``."""
    distance, nearest = cv2.distanceTransformWithLabels(
        (nuclei == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner_of = np.zeros(int(nearest.max()) + 1, np.int32)
    owner_of[nearest[nuclei > 0]] = nuclei[nuclei > 0]
    owner = owner_of[nearest]
    owner[distance > REACH_UM * px_per_um] = 0
    red, green, blue = cv2.split(density)
    cytoplasm = (purple > 0.07) & (green > 0.03) & (blue < 0.75 * green)
    candidate = ((owner > 0) & cytoplasm) | (nuclei > 0)
    smooth = cv2.morphologyEx(candidate.astype(np.uint8), cv2.MORPH_OPEN, _disk(0.6 * px_per_um))
    smooth |= (nuclei > 0).astype(np.uint8)
    cells = np.zeros_like(nuclei)
    for label in range(1, int(nuclei.max()) + 1):
        cells[_one_piece(smooth, owner, nuclei, label, px_per_um)] = label
    return cells


def _one_piece(
    smooth: NDArray[np.uint8], owner: NDArray[np.int32], nuclei: NDArray[np.int32], label: int, px_per_um: float
) -> NDArray[np.bool_]:
    mine = ((owner == label) & (smooth > 0)).astype(np.uint8)
    mine = cv2.morphologyEx(mine, cv2.MORPH_CLOSE, _disk(0.8 * px_per_um))
    _, labels = cv2.connectedComponents(mine, connectivity=8)
    touching = np.unique(labels[nuclei == label])
    piece = np.isin(labels, touching[touching > 0]).astype(np.uint8)
    contours, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(piece, contours, -1, 1, cv2.FILLED)
    return piece.astype(bool) & ((nuclei == 0) | (nuclei == label))


def _enlarged(mask: NDArray[np.bool_], size: tuple[int, int]) -> Blob:
    """Bring a mask of the working copy back to the field's own pixels."""
    work_h, work_w = mask.shape
    x, y, w, h = cv2.boundingRect(mask.astype(np.uint8))
    fx, fy = size[0] / work_w, size[1] / work_h
    left, top = int(np.floor(x * fx)), int(np.floor(y * fy))
    right, bottom = min(size[0], int(np.ceil((x + w) * fx))), min(size[1], int(np.ceil((y + h) * fy)))
    part = mask[y : y + h, x : x + w].astype(np.float32)
    large = cv2.resize(part, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR) > 0.5
    return Blob(Box(left, top, right - left, bottom - top), large)


def _disk(radius: float) -> NDArray[np.uint8]:
    side = 2 * max(1, round(radius)) + 1
    disk: NDArray[np.uint8] = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return disk
