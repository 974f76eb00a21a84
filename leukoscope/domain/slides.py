"""A whole slide as a scanner leaves it: one picture of a smear at several sizes, too large to be read at once."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.cells import Box
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
