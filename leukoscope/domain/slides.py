"""A whole slide as a scanner leaves it: one picture of a smear at several sizes, too large to be read at once."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from leukoscope.domain.cells import Box, Cell
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope
from leukoscope.domain.stage import StagePosition


@dataclass(frozen=True)
class SlideLevel:
    """The picture at one size.

    Parameters
    ----------
    width, height
        In its own pixels.
    downsample
        So many pixels of the largest level lie along one of its own.
    """

    width: int
    height: int
    downsample: float


@dataclass(frozen=True)
class SlideInfo:
    """What is known of a slide without reading it.

    Parameters
    ----------
    name
        What a person calls it.
    path
        Where it lies.
    levels
        From the largest to the smallest; at least one.
    um_per_px
        Scale of the largest level, where the file states it credibly.
    microscope
        The scanner and its objective, where they are named.
    fingerprint
        Hex digest of the file's size, beginning and end: tells whether a path still is this slide.
    reader
        Name of the library that reads it.
    """

    name: str
    path: str
    levels: tuple[SlideLevel, ...]
    um_per_px: float | None = None
    microscope: Microscope = UNKNOWN_MICROSCOPE
    fingerprint: str = ""
    reader: str = ""

    @property
    def width(self) -> int:
        """In pixels of the largest level."""
        return self.levels[0].width

    @property
    def height(self) -> int:
        """In pixels of the largest level."""
        return self.levels[0].height

    @property
    def whole(self) -> Box:
        """All of it, in pixels of the largest level."""
        return Box(0, 0, self.width, self.height)

    def level_for(self, downsample: float) -> int:
        """The smallest level that still has the detail of a downsample, so that it is only ever made smaller."""
        fitting = [number for number, one in enumerate(self.levels) if one.downsample <= downsample * 1.001]
        return max(fitting, default=0)

    def clipped(self, region: Box) -> Box | None:
        """The part of a region that lies on the slide; ``None`` where none does."""
        left, top = max(region.x, 0), max(region.y, 0)
        right = min(region.x + region.width, self.width)
        bottom = min(region.y + region.height, self.height)
        return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None


def place_on_slide(box: Box, um_per_px: float) -> StagePosition:
    """Where the middle of a box lies, in micrometers from the upper left corner of the slide's picture."""
    x, y = box.center
    return StagePosition(x * um_per_px, y * um_per_px)


_MARK = "#xywh="
_PLACE = re.compile(r"#xywh=(\d+),(\d+),(\d+),(\d+)(?:&slide=([0-9a-f]+))?$")
"""As W3C's Media Fragments name a part of an image."""


def field_origin(slide: SlideInfo, box: Box, um_per_px: float, counted: Sequence[tuple[float, float]]) -> FrameOrigin:
    """Where a field of a slide comes from: the slide by its path and fingerprint, and the place on it.

    Parameters
    ----------
    slide
        The slide.
    box
        Of the field, in pixels of the largest level.
    um_per_px
        Scale of that level.
    counted
        Centers of the cells that are counted in the field, in its pixels.
    """
    mark = f"{_MARK}{box.x},{box.y},{box.width},{box.height}"
    path = f"{slide.path}{mark}&slide={slide.fingerprint}" if slide.fingerprint else f"{slide.path}{mark}"
    return FrameOrigin(
        OriginKind.FILE, slide.name + mark, path, microscope=slide.microscope, stage=place_on_slide(box, um_per_px),
        counted=tuple(counted),
    )  # fmt: skip


def slide_of(origin: FrameOrigin) -> str:
    """Path of the slide that an image is a field of; empty where it is none."""
    return origin.path.partition(_MARK)[0] if origin.path and _PLACE.search(origin.path) else ""


def field_place(origin: FrameOrigin | None) -> tuple[str, Box] | None:
    """Which slide an image is a field of, and its box there; ``None`` where it is none.

    A slide is told by its fingerprint, else by its path.
    """
    place = _PLACE.search(origin.path or "") if origin is not None else None
    if origin is None or place is None:
        return None
    x, y, width, height = (int(place[number]) for number in range(1, 5))
    return place[5] or slide_of(origin), Box(x, y, width, height)


def counted_on(slide: SlideInfo, origins: Sequence[FrameOrigin]) -> tuple[tuple[float, float], ...]:
    """Centers of the cells that fields of a slide count already, in pixels of its largest level.

    A slide that was moved is known again by its fingerprint.
    """
    found: list[tuple[float, float]] = []
    for origin in origins:
        place = _PLACE.search(origin.path or "")
        if place is None or (place[5] or "") != slide.fingerprint:
            continue
        found += [(x + int(place[1]), y + int(place[2])) for x, y in origin.counted or ()]
    return tuple(found)


def counted_cells(cells: Sequence[Cell], counted: Sequence[tuple[float, float]] | None) -> tuple[Cell, ...]:
    """Those of the cells of an image that are counted in it.

    Parameters
    ----------
    cells
        All that were found.
    counted
        Centers, as :class:`leukoscope.domain.frames.FrameOrigin` has them; ``None`` counts all.
    """
    if counted is None:
        return tuple(cells)
    kept: set[int] = set()
    for center in counted:
        around = [number for number, cell in enumerate(cells) if _holds(cell.box, center)]
        nearest = min(around, key=lambda number: math.dist(cells[number].box.center, center), default=None)
        if nearest is not None:
            kept.add(nearest)
    return tuple(cell for number, cell in enumerate(cells) if number in kept)


def _holds(box: Box, place: tuple[float, float]) -> bool:
    x, y = place
    return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
