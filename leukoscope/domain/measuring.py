"""Lengths and areas of what a person draws on an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
"""Column and row, in image pixels."""
NEGLIGIBLE = 0.02
"""An outline may cross itself around so little of its area: a hand that closes it goes a little too far."""


MOST_CORNERS = 400
"""So many are enough to see whether an outline crosses itself; every pair of its sides is looked at."""


class Shape(StrEnum):
    """What is drawn."""

    LINE = "line"
    ELLIPSE = "ellipse"
    OUTLINE = "outline"


@dataclass(frozen=True)
class Measured:
    """How large something drawn is, in image pixels.

    Parameters
    ----------
    shape
        What it is.
    length
        Of a line; of an ellipse or an outline all around.
    area
        0 for a line.
    axes
        Width and height of an ellipse, (0, 0) for all else.
    crosses
        Whether it is an outline that crosses itself: it has no one area.
    """

    shape: Shape
    length: float
    area: float = 0.0
    axes: tuple[float, float] = (0.0, 0.0)
    crosses: bool = False


def measured(shape: Shape, points: Sequence[Point]) -> Measured:
    """Measure what is drawn.

    Parameters
    ----------
    shape
        What it is.
    points
        Both ends of a line, opposite corners around an ellipse, or the corners of an outline, which closes by itself.

    Returns
    -------
    Measured
        Zeros where there are too few points.
    """
    if len(points) < 2:
        return Measured(shape, 0.0)
    if shape is Shape.OUTLINE:
        crosses = _crosses(np.asarray(points, float))
        return Measured(shape, _around(points), 0.0 if crosses else _inside(points), crosses=crosses)
    (left, top), (right, bottom) = points[0], points[-1]
    width, height = abs(right - left), abs(bottom - top)
    if shape is Shape.LINE:
        return Measured(shape, math.hypot(width, height))
    return Measured(shape, _around_ellipse(width / 2, height / 2), math.pi / 4 * width * height, (width, height))


def _around(points: Sequence[Point]) -> float:
    steps = np.diff(np.asarray([*points, points[0]], float), axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def _inside(points: Sequence[Point]) -> float:
    """Gauss's area formula ("shoelace"); an outline may be drawn in either direction."""
    x, y = np.asarray(points, float).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _crosses(corners: NDArray[np.float64]) -> bool:
    """Whether an outline crosses itself so that both parts are worth mentioning.

    A crossing divides it into two rounds, whose areas are added where they run one way, and taken from each other
    where they do not: the area formula then says neither what is drawn nor what is meant.

    Parameters
    ----------
    corners
        Shape (n, 2).
    """
    corners = corners[:: -(-len(corners) // MOST_CORNERS)]
    ends = np.roll(corners, -1, axis=0)
    ways = ends - corners
    first, second = np.triu_indices(len(corners), 2)
    apart = corners[second] - corners[first]
    slant = _cross(ways[first], ways[second])
    with np.errstate(divide="ignore", invalid="ignore"):
        at, other = _cross(apart, ways[second]) / slant, _cross(apart, ways[first]) / slant
    hits = (slant != 0) & (at >= 0) & (at < 1) & (other >= 0) & (other < 1)
    first, second, at = first[hits], second[hits], at[hits]
    points = corners[first] + at[:, None] * ways[first]
    steps = _cross(corners, ends)
    until = np.concatenate([[0.0], np.cumsum(steps)])
    inner = until[second] - until[first + 1] + _cross(corners[second], points) + _cross(points, corners[first + 1])
    parts = np.abs(np.stack([inner, steps.sum() - inner]))
    return bool((parts.min(axis=0) > NEGLIGIBLE * parts.max(axis=0)).any())


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _around_ellipse(a: float, b: float) -> float:
    """Ramanujan's second approximation (1914), right to 0.02 % for ellipses 20 times as long as wide."""
    if a + b == 0:
        return 0.0
    h = ((a - b) / (a + b)) ** 2
    return math.pi * (a + b) * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h)))
