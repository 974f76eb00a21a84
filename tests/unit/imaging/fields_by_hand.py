"""A drawn smear, photographed by hand: field after field with overlap, none quite where it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from leukoscope.sources.demo import demo_field

WIDTH, HEIGHT = 480, 384
OVERLAP = 0.2
MARGIN = 30


@cache
def smear(columns: int, rows: int, width: int = WIDTH, height: int = HEIGHT, cells: int = 3) -> Pixels:
    """Room for so many fields."""
    size = (int(width * (1 - OVERLAP)) * (columns - 1) + width, int(height * (1 - OVERLAP)) * (rows - 1) + height)
    return demo_field(5, size[0] + 2 * MARGIN, size[1] + 2 * MARGIN, leukocytes=columns * rows * cells).pixels


def snake(columns: int, rows: int) -> list[tuple[int, int]]:
    """Columns and rows in the order in which a hand goes."""
    return [
        (column, row)
        for row in range(rows)
        for column in (range(columns) if row % 2 == 0 else range(columns - 1, -1, -1))
    ]


def corners(
    order: Sequence[tuple[int, int]], width: int = WIDTH, height: int = HEIGHT, seed: int = 0
) -> NDArray[np.float64]:
    """Upper left corners in pixels of the smear, each off by up to 4 % of a field."""
    rng = np.random.default_rng(seed)
    step = np.array([int(width * (1 - OVERLAP)), int(height * (1 - OVERLAP))])
    return np.array([MARGIN + np.array(place) * step + rng.uniform(-0.04, 0.04, 2) * width for place in order])


def photographed(
    world: Pixels, places: NDArray[np.float64], width: int = WIDTH, height: int = HEIGHT, seed: int = 1
) -> Iterator[Pixels]:
    """Fields at parts of pixels, each with its own light and noise and all with the shade and dirt of one lens."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    lens = (1 - 0.12 * (x**2 + y**2))[..., None]
    lens[height // 3 : height // 3 + 6, width // 4 : width // 4 + 6] *= 0.6
    for left, top in places:
        move = np.array([[1, 0, -left], [0, 1, -top]], np.float64)
        seen = cv2.warpAffine(world, move, (width, height), flags=cv2.INTER_LINEAR).astype(np.float64)
        noisy = seen * lens * rng.uniform(0.93, 1.07) + rng.normal(0, 2, seen.shape)
        yield np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def off(found: dict[int, tuple[float, float]], right: NDArray[np.float64]) -> float:
    """Root mean square distance in pixels from where the fields of a group are, however the whole is shifted."""
    numbers = sorted(found)
    away = np.array([found[number] for number in numbers]) - right[numbers]
    return float(np.sqrt((np.square(away - away.mean(axis=0))).sum(axis=1).mean()))
