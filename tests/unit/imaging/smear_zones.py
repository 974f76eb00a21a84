"""A drawn smear from its thick beginning to its empty end, for what looks for places where cells lie apart."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from leukoscope.sources.smear import red_cell

UM_PER_PX = 0.5
_GLASS = np.array([232.0, 228.0, 224.0], np.float32)


def _places(rng: np.random.Generator, size: tuple[int, int], apart: float, count: int) -> list[tuple[float, float]]:
    """Random places, none closer to another than ``apart`` pixels."""
    side = max(apart, 1.0)
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
    found: list[tuple[float, float]] = []
    for x, y in rng.uniform((0, 0), size, (count * 6, 2)):
        square = int(x // side), int(y // side)
        near = [p for i in (-1, 0, 1) for j in (-1, 0, 1) for p in taken.get((square[0] + i, square[1] + j), ())]
        if all(np.hypot(x - one[0], y - one[1]) >= apart for one in near):
            taken.setdefault(square, []).append((x, y))
            found.append((float(x), float(y)))
            if len(found) == count:
                break
    return found


def zone(kind: str, width: int, height: int, seed: int = 1) -> Pixels:
    """A part of a smear at ``UM_PER_PX``: ``thick``, ``monolayer``, ``rouleaux`` or ``empty``."""
    rng = np.random.default_rng([seed, width])
    px_per_um = 1 / UM_PER_PX
    um2 = width * height * UM_PER_PX**2
    apart, each = {"thick": (1.5, 12.0), "monolayer": (8.6, 110.0), "empty": (9.0, 9000.0), "rouleaux": (40.0, 2500.0)}[
        kind
    ]
    density = np.zeros((height, width, 3), np.float32)
    patches = [red_cell(rng, px_per_um) for _ in range(40)]
    for x, y in _places(rng, (width, height), apart * px_per_um, round(um2 / each)):
        many, turn = (12, rng.uniform(0, np.pi)) if kind == "rouleaux" else (1, 0.0)
        for step in range(many):
            _add(density, patches[int(rng.integers(40))], x + step * 6 * np.cos(turn), y + step * 6 * np.sin(turn))
    light = _GLASS * np.exp(-np.log(10, dtype=np.float32) * cv2.GaussianBlur(density, (0, 0), 0.7))
    light += rng.standard_normal(light.shape, dtype=np.float32) * (0.10 * np.sqrt(light))
    return np.asarray(np.clip(np.rint(light), 0, 255), np.uint8)


def _add(canvas: NDArray[np.float32], patch: NDArray[np.float32], x: float, y: float) -> None:
    side = patch.shape[0]
    left, top = round(x - side / 2), round(y - side / 2)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, canvas.shape[1]), min(top + side, canvas.shape[0])
    if x1 > x0 and y1 > y0:
        canvas[y0:y1, x0:x1] += patch[y0 - top : y1 - top, x0 - left : x1 - left]
