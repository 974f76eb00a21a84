"""Cell: one localized leukocyte; CellImage: the same cell cut out the way the models were trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cuts import Cut
from leukoscope.domain.frames import Frame, Pixels

Mask = NDArray[np.bool_]
"""Shape (height, width), bool: true where the cell is."""


class View(StrEnum):
    """What a Frame shows. ``AUTO`` lets the program look."""

    AUTO = "auto"
    CELL = "cell"
    FIELD = "field"


class CellFlag(StrEnum):
    """What is special about a localized cell."""

    AT_BORDER = "at-border"
    ADDED_BY_HAND = "added-by-hand"
    CLUSTER = "cluster"
    SMUDGE = "smudge"


@dataclass(frozen=True)
class Box:
    """Box in pixels; ``x``, ``y`` is the upper left corner. A bounding box lies inside the image."""

    x: int
    y: int
    width: int
    height: int

    @property
    def center(self) -> tuple[float, float]:
        """Center (x, y) in pixels."""
        return self.x + self.width / 2, self.y + self.height / 2


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    both = max(width, 0) * max(height, 0)
    return both / (a.width * a.height + b.width * b.height - both)


@dataclass(frozen=True, eq=False)
class Cell:
    """One localized leukocyte.

    Parameters
    ----------
    box
        Bounding box in pixels of its Frame.
    mask
        Shape (box.height, box.width), bool: which pixels of the box belong to the cell.
    frame_sha256
        The parent Frame.
    flags
        What is special about it.
    """

    box: Box
    mask: Mask
    frame_sha256: str
    flags: frozenset[CellFlag] = field(default_factory=frozenset)


@dataclass(frozen=True, eq=False)
class CutCell:
    """A Cell cut out in another way than a CellImage is (see ``cuts.Cut``), for a network that wants it so.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    extent
        The part of the CellImage that these pixels cover, in CellImage pixels; it may reach beyond the CellImage.
    """

    pixels: Pixels
    extent: Box


@dataclass(frozen=True, eq=False)
class CellImage:
    """A Cell cut out the way the models were trained: background black, at the training scale.

    Parameters
    ----------
    pixels
        Shape (450, 450, 3), uint8, RGB; the C-NMC canvas. For C-NMC's own files these are the file's pixels.
    cell
        The cell it shows.
    scale
        CellImage pixels for one pixel of the Frame.
    center
        The point (x, y) of the Frame, in its pixels, that lies at the middle of the CellImage.
    um_per_px
        Micrometers for one pixel of the CellImage; ``None`` when nothing says it: the cell has the span of a training
        cell then, whatever its size was.
    glass
        Color of the empty glass around the cell, RGB 0..255; ``None`` where the Frame shows none.
    frame
        What it was cut out of; ``None`` where it cannot be cut out in another way.
    views
        The same cell cut out in other ways, by these.
    """

    pixels: Pixels
    cell: Cell
    scale: float
    center: tuple[float, float]
    um_per_px: float | None = None
    glass: tuple[float, float, float] | None = None
    frame: Frame | None = field(default=None, repr=False)
    views: Mapping[Cut, CutCell] = field(default_factory=dict, repr=False)

    def to_frame(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the CellImage to the Frame, both in pixels."""
        half_h, half_w = self.pixels.shape[0] / 2, self.pixels.shape[1] / 2
        return self.center[0] + (x - half_w) / self.scale, self.center[1] + (y - half_h) / self.scale
