"""Boxes as a person changes them: moved, resized by an edge or a corner, joined. All in pixels of the image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from leukoscope.domain.cells import Box

SMALLEST_SIDE = 8
"""Of a box that a person draws, in pixels; smaller ones are slips of the hand."""


PIECES_APART = 0.5
"""How far pieces of one cell may lie from each other: this share of the longest side of their boxes."""


class Change(StrEnum):
    """What a person did with the cells, as the audit trail has it."""

    BOX = "cell box changed"
    SPLIT = "cell split"
    MERGE = "cells merged"


@dataclass(frozen=True)
class Changed:
    """What became of it.

    Parameters
    ----------
    what
        Was done.
    former, cells
        Ids of the cells that count no longer, and of those that do.
    dropped
        Whether people had said different things of the former cells, so that no label stays.
    """

    what: Change
    former: tuple[int, ...]
    cells: tuple[int, ...]
    dropped: bool = False


@dataclass(frozen=True)
class Grip:
    """Where a box is held.

    Parameters
    ----------
    across, down
        -1 holds the left or upper edge, 1 the right or lower one, 0 neither.
    """

    across: int = 0
    down: int = 0

    @property
    def is_inside(self) -> bool:
        """Whether the whole box is held, not one of its edges."""
        return not (self.across or self.down)


INSIDE = Grip()
GRIPS = tuple(Grip(across, down) for down in (-1, 0, 1) for across in (-1, 0, 1) if across or down)
"""Corners and edges."""


def grip_point(box: Box, grip: Grip) -> tuple[float, float]:
    """Where a corner, the middle of an edge, or the center lies."""
    return box.x + box.width * (grip.across + 1) / 2, box.y + box.height * (grip.down + 1) / 2


def grip_at(box: Box, x: float, y: float, slack: float) -> Grip | None:
    """What of a box a point holds; ``None`` where it holds nothing.

    Parameters
    ----------
    box, x, y
        In pixels of the image.
    slack
        So far from an edge it is still held; of a small box no edge reaches into its inner half.
    """
    right, bottom = box.x + box.width, box.y + box.height
    if not (box.x - slack <= x <= right + slack and box.y - slack <= y <= bottom + slack):
        return None
    return Grip(_edge(x, box.x, right, slack), _edge(y, box.y, bottom, slack))


def _edge(at: float, low: float, high: float, slack: float) -> int:
    inner = min(slack, (high - low) / 4)
    if at <= low + inner:
        return -1
    return 1 if at >= high - inner else 0


def changed(box: Box, grip: Grip, by: tuple[float, float], size: tuple[int, int]) -> Box:
    """A box after it was dragged: moved where the inside was held, else resized.

    It stays inside the image and at least ``SMALLEST_SIDE`` wide and high, or as small as it was.

    Parameters
    ----------
    box, grip
        The box as it was, and where it is held.
    by
        How far to the right and down.
    size
        Width and height of the image.
    """
    x, width = _changed_side(box.x, box.width, grip.across, grip.is_inside, round(by[0]), size[0])
    y, height = _changed_side(box.y, box.height, grip.down, grip.is_inside, round(by[1]), size[1])
    return Box(x, y, width, height)


def _changed_side(low: int, length: int, edge: int, moves: bool, by: int, room: int) -> tuple[int, int]:
    high, least = low + length, min(SMALLEST_SIDE, length)
    if moves:
        return min(max(low + by, 0), max(room - length, 0)), length
    if edge < 0:
        low = max(min(low + by, high - least), 0)
    elif edge > 0:
        high = min(max(high + by, low + least), room)
    return low, high - low


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of these; at least one is given."""
    left, top = min(one.x for one in boxes), min(one.y for one in boxes)
    right, bottom = max(one.x + one.width for one in boxes), max(one.y + one.height for one in boxes)
    return Box(left, top, right - left, bottom - top)


def lie_together(boxes: Sequence[Box]) -> bool:
    """Whether boxes can hold the pieces of one cell: each lies near another, and all are joined that way."""
    reach = PIECES_APART * max(max(one.width, one.height) for one in boxes)
    joined, left = [boxes[0]], list(boxes[1:])
    while left:
        near = next((one for one in left if any(_gap(one, other) <= reach for other in joined)), None)
        if near is None:
            return False
        left.remove(near)
        joined.append(near)
    return True


def _gap(a: Box, b: Box) -> float:
    """Distance of two boxes in pixels; 0 where they touch."""
    across = max(a.x, b.x) - min(a.x + a.width, b.x + b.width)
    down = max(a.y, b.y) - min(a.y + a.height, b.y + b.height)
    return math.hypot(max(across, 0), max(down, 0))
