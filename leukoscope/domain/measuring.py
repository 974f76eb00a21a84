"""Lengths and areas of what a person draws on an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

Point = tuple[float, float]
"""Column and row, in image pixels."""


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
    """

    shape: Shape
    length: float
    area: float = 0.0
    axes: tuple[float, float] = (0.0, 0.0)


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
        return Measured(shape, _around(points), _inside(points))
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


def _around_ellipse(a: float, b: float) -> float:
    """Ramanujan's second approximation (1914), right to 0.02 % for ellipses 20 times as long as wide."""
    if a + b == 0:
        return 0.0
    h = ((a - b) / (a + b)) ** 2
    return math.pi * (a + b) * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h)))
