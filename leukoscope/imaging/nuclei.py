"""Nuclei in a stained field: fragments of nuclear stain, joined to lobed nuclei, parted where two cells touch."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.imaging.blobs import label_boxes, window

Plane = NDArray[np.float32]
Points = NDArray[np.float32]

FRAGMENT_UM2 = 2.5
"""Smallest piece that can be a lobe."""
MIN_NUCLEUS_UM2 = 18.0
"""Smallest nucleus (all lobes): a small lymphocyte's has 30 µm² and more, a large platelet 4 to 14 µm²."""
MIN_CUT_NUCLEUS_UM2 = 24.0
"""The same for one that the frame's edge cuts off; of less nobody can say what it is.

In the odd half of BCCD every marked cell at the edge shows 34 µm² and more, slivers of unmarked ones 17.
"""
WHOLE_UM2, ROUND = 34.0, 0.75
"""A piece of this size that fills so much of the circle around it can be a nucleus of its own.

Two such pieces are two cells unless they are close together; the lobes of neutrophils are smaller, those of
eosinophils and horseshoes less round.
"""

TOUCHING_UM = 0.8
"""Lobes closer than this belong together."""
LOBE_GAP_UM = 3.0
"""Lobes at most this far apart belong together when all between them is cytoplasm."""
NUCLEUS_LENGTH_UM = 23.0
"""Longest nucleus that is put together from lobes; flattened neutrophils in BCCD reach 20 µm."""
PAIR_LENGTH_UM = 12.0
"""The same for two pieces that could each be a nucleus of their own."""

SPLIT_LENGTH_UM = 14.0
"""Shorter nuclei are never parted."""
NECK_RADIUS_UM = 3.0
"""Two touching nuclei each hold a circle of this radius, a small lymphocyte's one of 3.5 µm; lobes hold less."""

ALIKE = 0.5
"""The nuclei of a clump differ by no more than a factor of two; a smaller part is a bulge of one nucleus."""
CORE_RADIUS_UM = 2.0
"""Each nucleus of a clump holds a circle of this radius that reaches into no other."""
CLUMP_UM2 = 220.0
"""No single nucleus is as large: those of C-NMC's blasts have 76 to 148 µm²."""


@dataclass
class _Group:
    """Fragments that belong to one nucleus so far."""

    members: list[int]
    outline: Points
    whole: bool


def nuclear_stain(density: NDArray[np.float32]) -> Plane:
    """How much azure-eosin of a nucleus a pixel holds, in optical density.

    Nuclei take red and green light and let blue pass; hemoglobin takes blue as well. On BCCD and PBC fields
    ``R + G - 2 B`` has a median of 0.3 to 1.1 in nuclei and 0.0 to 0.1 in red cells.

    Parameters
    ----------
    density
        Shape (height, width, 3), float32, from :func:`leukoscope.imaging.background.optical_density`.
    """
    stain: Plane = density[:, :, 0] + density[:, :, 1] - np.float32(2) * density[:, :, 2]
    return stain


def stain_threshold(purple: Plane) -> float:
    """Where nuclear stain begins: 0.45 of what the strongest tenth of stained pixels has, within 0.2 and 0.45."""
    stained = purple[purple > 0.2]
    if stained.size < 20:
        return 0.22
    return float(np.clip(0.45 * np.percentile(stained, 90), 0.2, 0.45))


def find_nuclei(purple: Plane, cytoplasm: NDArray[np.bool_], px_per_um: float) -> NDArray[np.int32]:
    """Label nuclei, lobes joined.

    Parameters
    ----------
    purple
        From :func:`nuclear_stain`.
    cytoplasm
        Shape (height, width): what may lie between the lobes of one nucleus.
    px_per_um
        Scale.

    Returns
    -------
    ndarray
        Shape (height, width), int32: 1, 2, ... on nuclei (lobes of one nucleus carry one label), 0 elsewhere.
    """
    stained = (purple > stain_threshold(purple)).astype(np.uint8)
    opened = np.asarray(cv2.morphologyEx(stained, cv2.MORPH_OPEN, disk(0.35 * px_per_um)), np.uint8)
    pieces = _part_touching(opened, px_per_um)
    areas = np.bincount(pieces.ravel()) / px_per_um**2
    renumbered = np.zeros(len(areas), np.int32)
    number = 0
    for group in _joined(_lobes(pieces, areas), cytoplasm, px_per_um):
        area = sum(float(areas[member]) for member in group.members)
        if area >= (MIN_CUT_NUCLEUS_UM2 if _at_edge(group.outline, purple.shape) else MIN_NUCLEUS_UM2):
            number += 1
            renumbered[group.members] = number
    return renumbered[pieces]


def disk(radius: float) -> NDArray[np.uint8]:
    """A round structuring element; ``radius`` in pixels, at least 1."""
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _at_edge(outline: Points, shape: tuple[int, ...]) -> bool:
    low, high = outline.min(axis=0), outline.max(axis=0)
    return bool(low.min() <= 1 or high[0] >= shape[1] - 2 or high[1] >= shape[0] - 2)


def _part_touching(stained: NDArray[np.uint8], px_per_um: float) -> NDArray[np.int32]:
    """Label connected pieces; one that is two large round nuclei with a neck between them gets two labels."""
    count, connected, stats, _ = cv2.connectedComponentsWithStats(stained, connectivity=8)
    labels: NDArray[np.int32] = np.asarray(connected, np.int32)
    following = count
    for label in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[label])
        if area < 2 * WHOLE_UM2 * px_per_um**2:
            continue
        part = np.s_[y : y + h, x : x + w]
        mine = labels[part] == label
        split = _split(mine, px_per_um)
        for piece in range(2, int(split.max()) + 1):
            labels[part][split == piece] = following
            following += 1
    return labels


def _split(mine: NDArray[np.bool_], px_per_um: float) -> NDArray[np.int32]:
    """Part one piece at its necks: labels 1, 2, ... inside, all 1 when it is one nucleus."""
    padded: NDArray[np.uint8] = np.pad(mine.astype(np.uint8), 1)
    contours, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    whole: NDArray[np.int32] = mine.astype(np.int32)
    clump = mine.sum() >= CLUMP_UM2 * px_per_um**2
    solidity = cv2.contourArea(outline) / max(cv2.contourArea(cv2.convexHull(outline)), 1.0)
    if not clump and solidity > 0.93:
        return whole
    if _length(outline[:, 0].astype(np.float32)) < SPLIT_LENGTH_UM * px_per_um:
        return whole
    filled = np.zeros_like(padded)
    cv2.drawContours(filled, [outline], -1, 1, cv2.FILLED)
    distance = np.asarray(cv2.distanceTransform(filled, cv2.DIST_L2, 5), np.float32)
    level = max(NECK_RADIUS_UM * px_per_um, 0.62 * float(distance.max()))
    count, cores = cv2.connectedComponents((distance > level).astype(np.uint8))
    if count >= 3:
        parted: NDArray[np.int32] = _nearest_core(np.asarray(cores, np.int32), padded)[1:-1, 1:-1]
        areas = np.bincount(parted.ravel()) / px_per_um**2
        if all(_outline(parted == label, float(areas[label]))[1] for label in range(1, count)):
            return parted
    return _clump(padded, px_per_um)[1:-1, 1:-1] if clump else whole


def _clump(inside: NDArray[np.uint8], px_per_um: float) -> NDArray[np.int32]:
    """Part what is too large for any nucleus at the level that gives most cores, each as wide as a nucleus is.

    Overlapping nuclei are not round any more where they overlap, so only their size is asked. What lies between
    several nuclei is a hole in the piece and stays one; gaps in chromatin are closed.
    """
    closed = np.asarray(cv2.morphologyEx(inside, cv2.MORPH_CLOSE, disk(0.5 * px_per_um)), np.uint8)
    # Closing reaches into the empty rim; without any gap the distance to the nearest one would be infinite.
    closed[[0, -1]] = 0
    closed[:, [0, -1]] = 0
    distance = np.asarray(cv2.distanceTransform(closed, cv2.DIST_L2, 5), np.float32)
    best: NDArray[np.int32] = inside.astype(np.int32)
    most = 1
    for level in np.arange(CORE_RADIUS_UM * px_per_um, float(distance.max()), 0.25 * px_per_um):
        count, cores = cv2.connectedComponents((distance > level).astype(np.uint8))
        if count - 1 <= most:
            continue
        parted = _nearest_core(np.asarray(cores, np.int32), inside)
        areas = np.bincount(parted.ravel(), minlength=count)[1:] / px_per_um**2
        if areas.min() >= max(WHOLE_UM2, ALIKE * float(areas.max())):
            best, most = parted, count - 1
    return best


def _nearest_core(cores: NDArray[np.int32], inside: NDArray[np.uint8]) -> NDArray[np.int32]:
    _, zones = cv2.distanceTransformWithLabels(
        (cores == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(zones.max()) + 1, np.int32)
    owner[np.asarray(zones)[cores > 0]] = cores[cores > 0]
    result: NDArray[np.int32] = np.where(inside > 0, owner[zones], 0).astype(np.int32)
    return result


def _length(points: Points) -> float:
    """Long side of the smallest rectangle around points."""
    _, (width, height), _ = cv2.minAreaRect(points)
    return float(max(width, height))


def _lobes(pieces: NDArray[np.int32], areas: NDArray[np.float64]) -> dict[int, _Group]:
    """Every piece large enough to be a lobe, as a group of its own."""
    boxes = label_boxes(pieces, len(areas) - 1)
    groups = {}
    for label, box in enumerate(boxes, start=1):
        if areas[label] >= FRAGMENT_UM2:
            points, whole = _outline(pieces[window(box)] == label, float(areas[label]))
            groups[label] = _Group([label], points + np.array([box.x, box.y], np.float32), whole)
    return groups


def _joined(groups: dict[int, _Group], cytoplasm: NDArray[np.bool_], px_per_um: float) -> list[_Group]:
    """Join lobes, closest first."""
    lobes = list(groups)
    low = np.array([group.outline.min(axis=0) for group in groups.values()]).reshape(-1, 2)
    high = np.array([group.outline.max(axis=0) for group in groups.values()]).reshape(-1, 2)
    limit = LOBE_GAP_UM * px_per_um
    gaps = []
    for i, first in enumerate(lobes):
        apart = np.maximum(low[i + 1 :] - high[i], low[i] - high[i + 1 :]).max(axis=1)
        for j in np.flatnonzero(apart <= limit):
            second = lobes[i + 1 + int(j)]
            length, ends = _gap(groups[first].outline, groups[second].outline)
            if length <= limit:
                gaps.append((length, first, second, ends))
    for length, first, second, ends in sorted(gaps, key=lambda gap: gap[0]):
        a, b = groups[first], groups[second]
        if a is not b and _belong(a, b, length / px_per_um, ends, cytoplasm, px_per_um):
            merged = _Group(a.members + b.members, np.concatenate([a.outline, b.outline]), a.whole and b.whole)
            for member in merged.members:
                groups[member] = merged
    return list({id(group): group for group in groups.values()}.values())


def _belong(a: _Group, b: _Group, gap_um: float, ends: Points, cytoplasm: NDArray[np.bool_], px_per_um: float) -> bool:
    limit = PAIR_LENGTH_UM if a.whole and b.whole else NUCLEUS_LENGTH_UM
    if _length(np.concatenate([a.outline, b.outline])) > limit * px_per_um:
        return False
    if gap_um <= TOUCHING_UM:
        return True
    steps = np.linspace(0, 1, max(5, round(2 * gap_um * px_per_um)))[1:-1, None]
    between = np.rint(ends[0] + steps * (ends[1] - ends[0])).astype(np.intp)
    return bool(cytoplasm[between[:, 1], between[:, 0]].mean() >= 0.7)


def _outline(mine: NDArray[np.bool_], area_um2: float) -> tuple[Points, bool]:
    """Contour points (x, y) of a piece, and whether it could be a nucleus of its own."""
    contours, _ = cv2.findContours(mine.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    area = cv2.contourArea(outline)
    solidity = area / max(cv2.contourArea(cv2.convexHull(outline)), 1.0)
    _, radius = cv2.minEnclosingCircle(outline)
    roundness = area / (np.pi * max(radius, 1.0) ** 2)
    points = np.concatenate(contours)[:, 0].astype(np.float32)
    return points, area_um2 >= WHOLE_UM2 and solidity > 0.92 and roundness > ROUND


def _gap(a: Points, b: Points) -> tuple[float, Points]:
    """Shortest distance between two outlines and the points at its ends."""
    coarse_a, coarse_b = a[:: max(1, len(a) // 120)], b[:: max(1, len(b) // 120)]
    distances = np.hypot(*(coarse_a[:, None, :] - coarse_b[None, :, :]).transpose(2, 0, 1))
    i, j = np.unravel_index(int(distances.argmin()), distances.shape)
    return float(distances[i, j]), np.stack([coarse_a[i], coarse_b[j]])
