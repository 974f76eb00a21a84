"""Leukocytes in a field: nuclei by their stain, and the cytoplasm grown around them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box, Mask
from leukoscope.domain.frames import Pixels
from leukoscope.imaging.background import estimate_background, is_transmitted_light, optical_density
from leukoscope.imaging.blobs import Blob, label_boxes, window
from leukoscope.imaging.nuclei import disk, find_nuclei, nuclear_stain
from leukoscope.imaging.smudges import is_smudge

WORK_UM_PER_PX = 0.16
"""Cells are searched on a copy at this scale: a red cell then has 47 pixels."""

REACH_UM = 4.0
"""Cytoplasm is looked for this far from the nucleus."""


TILE = 2048
"""Larger working copies are searched in tiles of this side (in working pixels), so that memory is bounded."""
OVERLAP_UM = 30.0
"""Tiles overlap by more than the largest cell; a cell belongs to the tile that its center lies in."""
SAME_UM = 3.0
"""Cells of two tiles whose centers are closer than this are one."""


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
    if not is_transmitted_light(pixels, um_per_px):
        return []
    height, width = pixels.shape[:2]
    side = round(TILE * max(1.0, WORK_UM_PER_PX / um_per_px))
    if max(height, width) <= 1.5 * side:
        return _find_in_tile(pixels, um_per_px)
    overlap = round(OVERLAP_UM / um_per_px)
    found: list[Blob] = []
    for top in range(0, height, side):
        for left in range(0, width, side):
            y, x = max(0, top - overlap), max(0, left - overlap)
            part = pixels[y : top + side + overlap, x : left + side + overlap]
            blobs = [_moved(blob, x, y) for blob in _find_in_tile(part, um_per_px)]
            core = Box(left, top, side, side)
            found += [blob for blob in blobs if _inside(blob, core, SAME_UM / um_per_px)]
    return _without_twins(found, SAME_UM / um_per_px)


def _moved(blob: Blob, x: int, y: int) -> Blob:
    return replace(blob, box=Box(blob.box.x + x, blob.box.y + y, blob.box.width, blob.box.height))


def _inside(blob: Blob, core: Box, slack: float) -> bool:
    x, y = blob.box.center
    right, bottom = core.x + core.width, core.y + core.height
    return core.x - slack <= x < right + slack and core.y - slack <= y < bottom + slack


def _without_twins(blobs: list[Blob], distance: float) -> list[Blob]:
    """Each cell once: of two with nearly the same center the first stays."""
    centers = np.array([blob.box.center for blob in blobs]).reshape(-1, 2)
    kept: list[int] = []
    for i, center in enumerate(centers):
        if not kept or np.hypot(*(centers[kept] - center).T).min() >= distance:
            kept.append(i)
    return [blobs[i] for i in kept]


def _find_in_tile(pixels: Pixels, um_per_px: float) -> list[Blob]:
    height, width = pixels.shape[:2]
    factor = min(1.0, um_per_px / WORK_UM_PER_PX)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    work = pixels if factor == 1.0 else np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    px_per_um = factor / um_per_px
    density = optical_density(work, estimate_background(work))
    fine = np.asarray(cv2.GaussianBlur(density, (0, 0), 0.12 * px_per_um), np.float32)
    # Nothing lets through more light than glass: blue that does, in noise or a color fringe, would count as stain.
    purple = nuclear_stain(np.maximum(fine, np.float32(0)))
    if not (purple > 0.2).any():
        return []
    cytoplasm = _cytoplasm(np.asarray(cv2.GaussianBlur(density, (0, 0), 0.25 * px_per_um), np.float32), px_per_um)
    nuclei = find_nuclei(purple, cytoplasm, px_per_um)
    cells = _grow(cytoplasm, nuclei, px_per_um)
    boxes = label_boxes(cells, int(cells.max(initial=0)))
    areas = np.bincount(nuclei.ravel(), minlength=len(boxes) + 1) / px_per_um**2
    found = [_enlarged(cells, label, box, (width, height)) for label, box in enumerate(boxes, start=1)]
    smeared = [
        _is_smudge(fine, purple, nuclei, cells, label, box, px_per_um) for label, box in enumerate(boxes, start=1)
    ]
    return [
        replace(blob, nucleus_um2=float(area), smudge=smudge)
        for blob, area, smudge in zip(found, areas[1:], smeared, strict=True)
    ]


def _is_smudge(
    density: NDArray[np.float32],
    purple: NDArray[np.float32],
    nuclei: NDArray[np.int32],
    cells: NDArray[np.int32],
    label: int,
    box: Box,
    px_per_um: float,
) -> bool:
    part = window(box, round(px_per_um) + 1)
    return is_smudge(density[part], purple[part], nuclei[part] == label, cells[part] == label, px_per_um)


def _cytoplasm(density: NDArray[np.float32], px_per_um: float) -> Mask:
    """What may be cytoplasm: more purple for its green than this field's red cells, or darker than they are.

    Purple over green has a median of 1.0 to 2.0 in the cytoplasm of BCCD, and 0.5 to 1.3 in PBC, where an
    eosinophil's granules are as red as the red cells, but darker; red cells have -0.8 to 0.6, field by field.
    """
    purple, green = nuclear_stain(density), density[:, :, 1]
    far = cv2.dilate((purple > 0.25).astype(np.uint8), disk(3.0 * px_per_um)) == 0
    red_cells = far & (green > 0.08)
    ratio = purple / np.maximum(green, 0.03)
    if red_cells.mean() > 0.01:
        least = float(np.clip(np.percentile(ratio[red_cells], 75) + 0.15, 0.45, 0.9))
        darkest = 1.1 * float(np.percentile(green[red_cells], 92))
    else:
        least, darkest = 0.6, 0.25
    found: Mask = ((ratio > least) & (purple > 0.03) & (green > 0.025)) | ((green > darkest) & (purple > 0.05))
    return found


def _grow(cytoplasm: Mask, nuclei: NDArray[np.int32], px_per_um: float) -> NDArray[np.int32]:
    """Give each nucleus the cytoplasm nearest to it: labels as in ``nuclei``."""
    if not nuclei.any():
        return nuclei
    distance, zones = cv2.distanceTransformWithLabels(
        (nuclei == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner_of = np.zeros(int(zones.max()) + 1, np.int32)
    owner_of[zones[nuclei > 0]] = nuclei[nuclei > 0]
    owner = owner_of[zones]
    owner[distance > REACH_UM * px_per_um] = 0
    candidate = (((owner > 0) & cytoplasm) | (nuclei > 0)).astype(np.uint8)
    smooth = np.asarray(cv2.morphologyEx(candidate, cv2.MORPH_OPEN, disk(0.7 * px_per_um)), np.uint8)
    smooth[nuclei > 0] = 1
    cells = np.zeros_like(nuclei)
    margin = int(np.ceil(REACH_UM * px_per_um)) + 1
    for label, box in enumerate(label_boxes(nuclei, int(nuclei.max())), start=1):
        part = window(box, margin)
        mine = (owner[part] == label) & (smooth[part] > 0)
        piece = _one_piece(mine, nuclei[part] == label, px_per_um)
        piece &= (nuclei[part] == 0) | (nuclei[part] == label)
        cells[part][piece] = label
    return cells


def _one_piece(mine: Mask, nucleus: Mask, px_per_um: float) -> Mask:
    """The part connected to the nucleus, gaps closed and holes filled."""
    pad = round(px_per_um) + 1
    closed = cv2.morphologyEx(np.pad(mine.astype(np.uint8), pad), cv2.MORPH_CLOSE, disk(0.8 * px_per_um))
    _, labels = cv2.connectedComponents(closed, connectivity=8)
    touching = np.unique(labels[pad:-pad, pad:-pad][nucleus])
    piece = np.isin(labels, touching[touching > 0]).astype(np.uint8)
    contours, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(piece, contours, -1, 1, cv2.FILLED)
    filled: Mask = piece[pad:-pad, pad:-pad].astype(bool)
    return filled


def _enlarged(cells: NDArray[np.int32], label: int, box: Box, size: tuple[int, int]) -> Blob:
    """Bring a cell of the working copy back to the field's own pixels."""
    fx, fy = size[0] / cells.shape[1], size[1] / cells.shape[0]
    left, top = int(np.floor(box.x * fx)), int(np.floor(box.y * fy))
    right = min(size[0], int(np.ceil((box.x + box.width) * fx)))
    bottom = min(size[1], int(np.ceil((box.y + box.height) * fy)))
    part = (cells[window(box)] == label).astype(np.float32)
    large: Mask = np.asarray(cv2.resize(part, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)) > 0.5
    return Blob(Box(left, top, right - left, bottom - top), large)
