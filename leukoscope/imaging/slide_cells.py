"""A region of a slide as fields with overlap, and each of its cells counted in one of them. Memory: one field."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from leukoscope.domain.box_edits import union
from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.domain.progress import CancelToken
from leukoscope.imaging.leukocytes import SAME_UM, find_leukocytes

FIELD_WIDTH, FIELD_HEIGHT = 2048, 1640
"""Of a field in pixels: 5 to 4, as cameras have it."""
MOST_WIDTH_UM, MOST_HEIGHT_UM = 320.0, 256.0
"""Of a field in the specimen: a dense one of 480 µm, made small to be looked at, shows no glass between its cells."""
MARGIN_UM = 20.0
"""What a field shows around the part that is its own: half of the largest cell, its cytoplasm and a little more."""

ReadRegion = Callable[[Box], Pixels]
"""Gives a box of the slide's largest level: shape (height, width, 3), uint8, RGB."""


@dataclass(frozen=True)
class SlideField:
    """One field of a region, in pixels of the slide's largest level.

    Parameters
    ----------
    box
        What its image shows.
    core
        The part that is its own: the cores of all fields are the region, and none lies over another.
    """

    box: Box
    core: Box


@dataclass(frozen=True)
class FieldCells:
    """The cells that are counted in a field.

    Parameters
    ----------
    field
        The field.
    pixels
        Its image, shape (box.height, box.width, 3), uint8, RGB.
    centers
        Of its cells, in pixels of its image.
    """

    field: SlideField
    pixels: Pixels
    centers: tuple[tuple[float, float], ...]

    @property
    def on_slide(self) -> tuple[tuple[float, float], ...]:
        """The centers in pixels of the slide's largest level."""
        return tuple((x + self.field.box.x, y + self.field.box.y) for x, y in self.centers)


def plan_fields(region: Box, whole: Box, um_per_px: float) -> tuple[SlideField, ...]:
    """Lay fields over a region.

    Parameters
    ----------
    region
        A part of the slide, in pixels of its largest level.
    whole
        All of the slide.
    um_per_px
        Scale of that level.

    Returns
    -------
    tuple of SlideField
        Row by row; those of a region that fits into one field are one.
    """
    margin = round(MARGIN_UM / um_per_px)
    wide, tall = min(FIELD_WIDTH, int(MOST_WIDTH_UM / um_per_px)), min(FIELD_HEIGHT, int(MOST_HEIGHT_UM / um_per_px))
    widths = _parts(region.width, max(wide - 2 * margin, wide // 3))
    heights = _parts(region.height, max(tall - 2 * margin, tall // 3))
    fields = []
    for top, tall in heights:
        for left, wide in widths:
            core = Box(region.x + left, region.y + top, wide, tall)
            fields.append(SlideField(_grown(core, margin, whole), core))
    return tuple(fields)


def _parts(length: int, most: int) -> list[tuple[int, int]]:
    """Begin and length of parts of nearly the same length."""
    count = max(math.ceil(length / most), 1)
    edges = [round(length * place / count) for place in range(count + 1)]
    return [(begin, end - begin) for begin, end in itertools.pairwise(edges)]


def _grown(core: Box, margin: int, whole: Box) -> Box:
    left, top = max(core.x - margin, whole.x), max(core.y - margin, whole.y)
    right = min(core.x + core.width + margin, whole.x + whole.width)
    bottom = min(core.y + core.height + margin, whole.y + whole.height)
    return Box(left, top, right - left, bottom - top)


def find_in_fields(
    read: ReadRegion,
    fields: Sequence[SlideField],
    um_per_px: float,
    *,
    known: Sequence[tuple[float, float]] = (),
    cancel: CancelToken | None = None,
) -> Iterator[FieldCells]:
    """Find the cells of a region, field by field; each cell is counted in one field.

    A cell belongs to the field in whose core its center lies. Two fields see the cells at their common edge a little
    otherwise, so that both or neither may claim one: what lies nearly in the core is taken too, and of two centers
    that are closer than :data:`leukoscope.imaging.leukocytes.SAME_UM` the first stays.

    Parameters
    ----------
    read
        Gives the pixels of a field.
    fields
        From :func:`plan_fields`; at least one.
    um_per_px
        Scale of the largest level.
    known
        Centers of cells that are counted already, in pixels of the largest level: they are not counted again.
    cancel
        Set it to stop.

    Yields
    ------
    FieldCells
        One for each field, in order, those without cells too.

    Raises
    ------
    CancelledError
        After a cancel.
    """
    slack = SAME_UM / um_per_px
    counted = _Known(slack)
    counted.add(known)
    region = union([field.core for field in fields])
    for field in fields:
        if cancel is not None:
            cancel.raise_if_cancelled()
        pixels = read(field.box)
        centers = [blob.box.center for blob in find_leukocytes(pixels, um_per_px)]
        mine = []
        for x, y in centers:
            place = x + field.box.x, y + field.box.y
            if _inside(place, field.core, slack) and _inside(place, region, 0.0) and not counted.has(place):
                mine.append((x, y))
        counted.add([(x + field.box.x, y + field.box.y) for x, y in mine])
        yield FieldCells(field, pixels, tuple(mine))


def _inside(place: tuple[float, float], core: Box, slack: float) -> bool:
    x, y = place
    right, bottom = core.x + core.width, core.y + core.height
    return core.x - slack <= x < right + slack and core.y - slack <= y < bottom + slack


class _Known:
    """Centers of cells that were counted, found again by their place."""

    def __init__(self, distance: float) -> None:
        self._distance = distance
        self._places: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)

    def add(self, centers: Sequence[tuple[float, float]]) -> None:
        for center in centers:
            self._places[self._square(center)].append(center)

    def has(self, center: tuple[float, float]) -> bool:
        across, down = self._square(center)
        near = (one for x in (-1, 0, 1) for y in (-1, 0, 1) for one in self._places.get((across + x, down + y), ()))
        return any(math.dist(center, one) < self._distance for one in near)

    def _square(self, center: tuple[float, float]) -> tuple[int, int]:
        return math.floor(center[0] / self._distance), math.floor(center[1] / self._distance)
