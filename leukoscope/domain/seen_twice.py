"""Cells that two overlapping images both show: which are the same, and which of them stays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from leukoscope.domain.cells import Box, CellFlag

NEAR = 0.5
"""Two boxes are of one cell where their centers are closer than this part of the smaller one's mean side."""
INSIDE = 0.6
"""Or where so much of the smaller one lies in the other: a cell that is cut by the edge of one image."""


@dataclass(frozen=True)
class SeenCell:
    """A cell as one image shows it.

    Parameters
    ----------
    id
        Its key.
    image
        Which image.
    box
        In pixels of that image.
    flags
        What is special about it.
    is_decided
        Whether a person has said what it is.
    """

    id: int
    image: int
    box: Box
    flags: frozenset[CellFlag] = frozenset()
    is_decided: bool = False


@dataclass(frozen=True)
class SeenTwice:
    """One cell that several images show.

    Parameters
    ----------
    stays
        The one that is counted.
    others
        Those that are the same cell.
    """

    stays: SeenCell
    others: tuple[SeenCell, ...]


def seen_twice(
    cells: Sequence[SeenCell], corners: Mapping[int, tuple[float, float]], size: tuple[int, int]
) -> tuple[SeenTwice, ...]:
    """Which cells are the same one.

    Parameters
    ----------
    cells
        Of all images, each once.
    corners
        Upper left corner of each image in pixels of a common plane; cells of other images are left alone.
    size
        Width and height of an image in pixels.

    Returns
    -------
    tuple of SeenTwice
        Of each, the one that a person has decided stays, else one that no edge cuts, else the one farthest from the
        edge. Two cells of one image are never the same.
    """
    width, height = size
    by_image: dict[int, list[SeenCell]] = {}
    for cell in cells:
        if cell.image in corners:
            by_image.setdefault(cell.image, []).append(cell)
    pairs = []
    for one, other in combinations(by_image, 2):
        dx, dy = corners[other][0] - corners[one][0], corners[other][1] - corners[one][1]
        if abs(dx) < width and abs(dy) < height:
            pairs += [
                (closeness, a, b)
                for a in by_image[one]
                for b in by_image[other]
                if (closeness := _closeness(a.box, b.box, dx, dy)) is not None
            ]
    return _grouped(sorted(pairs, key=lambda pair: (pair[0], pair[1].id, pair[2].id)), size)


def is_same(a: Box, b: Box, dx: float, dy: float) -> bool:
    """Whether boxes of two images, the second of which lies (dx, dy) away from the first, are of one cell."""
    return _closeness(a, b, dx, dy) is not None


def _closeness(a: Box, b: Box, dx: float, dy: float) -> float | None:
    """How far two boxes are from being the same, from 0; ``None`` where they are of two cells."""
    left, top = max(a.x, b.x + dx), max(a.y, b.y + dy)
    right, bottom = min(a.x + a.width, b.x + dx + b.width), min(a.y + a.height, b.y + dy + b.height)
    if right <= left or bottom <= top:
        return None
    inside = (right - left) * (bottom - top) / min(a.width * a.height, b.width * b.height)
    (ax, ay), (bx, by) = a.center, b.center
    side = min(a.width + a.height, b.width + b.height) / 2
    away = math.hypot(ax - bx - dx, ay - by - dy) / side
    if away < NEAR:
        return away
    return NEAR + 1 - inside if inside >= INSIDE else None


def _grouped(pairs: Sequence[tuple[float, SeenCell, SeenCell]], size: tuple[int, int]) -> tuple[SeenTwice, ...]:
    """Groups of the closest first; one that would hold two cells of an image is not made."""
    group_of: dict[int, list[SeenCell]] = {}
    for _, a, b in pairs:
        one, other = group_of.get(a.id, [a]), group_of.get(b.id, [b])
        if one is other or {cell.image for cell in one} & {cell.image for cell in other}:
            continue
        whole = [*one, *other]
        group_of.update({cell.id: whole for cell in whole})
    groups = {id(group): group for group in group_of.values()}.values()
    found = []
    for group in groups:
        stays, *others = sorted(group, key=lambda cell: _rank(cell, size))
        found.append(SeenTwice(stays, tuple(others)))
    return tuple(sorted(found, key=lambda one: one.stays.id))


def _rank(cell: SeenCell, size: tuple[int, int]) -> tuple[bool, bool, float, int]:
    """What is smallest for the cell that stays."""
    x, y = cell.box.center
    from_edge = min(x, y, size[0] - x, size[1] - y)
    return not cell.is_decided, CellFlag.AT_BORDER in cell.flags, -from_edge, cell.id
