"""The demo smear: fields and single cells drawn by the program itself, so that there is something to try at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind, Pixels
from leukoscope.sources.smear import (
    BASOPHIL,
    DARK_NUCLEUS,
    EOSINOPHIL,
    LYMPHOBLAST,
    LYMPHOCYTE,
    MONOCYTE,
    NEUTROPHIL,
    Density,
    Generator,
    Leukocyte,
    leukocyte,
    noise,
    platelet,
    red_cell,
)

FIELD_UM_PER_PX = 0.1
"""Scale of the demo field: a 100x objective on a common camera."""
CELL_UM_PER_PX = 0.05
"""Scale of the demo cells: C-NMC's."""
CANVAS = 450

_GLASS = np.array([232.0, 228.0, 224.0], np.float32)
_CELL_LIGHT = np.array([168.0, 138.0, 166.0], np.float32)
"""Light behind a cut-out cell: C-NMC's cells are dark, (69, 29, 79) on average."""
_DARK_CYTOPLASM = np.array([0.27, 0.25, 0.13], np.float32)
_BLAST_ON_BLACK = replace(
    LYMPHOBLAST, stain=DARK_NUCLEUS, cytoplasm=_DARK_CYTOPLASM, nucleus=(0.93, 0.98), density=0.92
)
_LYMPHOCYTE_ON_BLACK = replace(
    LYMPHOCYTE, stain=DARK_NUCLEUS, cytoplasm=_DARK_CYTOPLASM, nucleus=(0.93, 0.98), contrast=0.16, clump=1.0
)
_WHITE_CELLS = (LYMPHOBLAST, LYMPHOCYTE, LYMPHOBLAST, NEUTROPHIL, LYMPHOBLAST, LYMPHOCYTE, LYMPHOBLAST, LYMPHOCYTE)

_BLAST = replace(LYMPHOBLAST, diameter=(12.0, 13.5), nucleus=(0.92, 0.97), contrast=0.12)
"""A blast as in a textbook: nearly all nucleus, its chromatin fine. The others are such that a person has to decide."""

LEUKEMIC_BLOOD = (_BLAST, LYMPHOCYTE, _BLAST, NEUTROPHIL, LYMPHOBLAST, LYMPHOCYTE, _BLAST, MONOCYTE)
"""White cells of a person with leukemia."""

HEALTHY_BLOOD = (
    NEUTROPHIL, LYMPHOCYTE, NEUTROPHIL, MONOCYTE, NEUTROPHIL, EOSINOPHIL, LYMPHOCYTE, NEUTROPHIL, BASOPHIL, NEUTROPHIL,
)  # fmt: skip
"""White cells of a person without leukemia, rare ones more often than in life."""


def demo_field(
    seed: int = 1,
    width: int = 1280,
    height: int = 1024,
    leukocytes: int | None = None,
    kinds: Sequence[Leukocyte] = _WHITE_CELLS,
) -> Frame:
    """Draw a field of view of a blood smear: red cells, platelets and leukocytes.

    Parameters
    ----------
    seed
        The same seed, width and height give the same bytes.
    width, height
        Size in pixels; smaller fields get fewer cells.
    leukocytes
        How many, where there is room; as many as ``kinds`` when not given.
    kinds
        By turns.

    Returns
    -------
    Frame
        At ``FIELD_UM_PER_PX``; ``sha256`` is of its PNG bytes.
    """
    rng = np.random.default_rng(seed)
    density = np.zeros((height, width, 3), np.float32)
    px_per_um = 1 / FIELD_UM_PER_PX
    whites = _places(
        rng, (width, height), 22 * px_per_um, len(kinds) if leukocytes is None else leukocytes, margin=8.5 * px_per_um
    )
    reds = _places(rng, (width, height), 6.6 * px_per_um, round(width * height / 7600), margin=-3 * px_per_um)
    for place in reds:
        patch = red_cell(rng, px_per_um)
        if all(np.hypot(*(place - white)) > 9.6 * px_per_um for white in whites):
            _add(density, patch, place)
    for place in _places(rng, (width, height), 6 * px_per_um, round(width * height / 40_000), margin=10):
        patch = platelet(rng, px_per_um)
        if all(np.hypot(*(place - other)) > 9 * px_per_um for other in whites) and all(
            np.hypot(*(place - other)) > 4.2 * px_per_um for other in reds
        ):
            _add(density, patch, place)
    for place, kind in zip(whites, cycle(kinds), strict=False):
        patch, cover = leukocyte(rng, kind, px_per_um)
        _add(density, patch, place, cover)
    pixels = _photographed(rng, density)
    return _frame(pixels, f"Demo smear, field {seed}", FIELD_UM_PER_PX)


def demo_cells(n: int, seed: int = 1) -> tuple[Frame, ...]:
    """Draw single cells on black, 450x450, in the manner of C-NMC: lymphoblasts and lymphocytes by turns.

    Parameters
    ----------
    n
        How many.
    seed
        The same seed gives the same bytes, and the first cells do not depend on ``n``.
    """
    return tuple(_demo_cell(seed, index) for index in range(n))


def _demo_cell(seed: int, index: int) -> Frame:
    rng = np.random.default_rng([seed, index])
    kind, mean, spread = (_BLAST_ON_BLACK, 11.2, 0.9) if index % 2 == 0 else (_LYMPHOCYTE_ON_BLACK, 9.4, 0.5)
    diameter = float(np.clip(rng.normal(mean, spread), 8.0, 14.0))
    patch, cover = leukocyte(rng, kind, 1 / CELL_UM_PER_PX, diameter)
    density = np.zeros((CANVAS, CANVAS, 3), np.float32)
    mask = np.zeros((CANVAS, CANVAS, 1), np.float32)
    middle = np.array([CANVAS / 2, CANVAS / 2])
    _add(density, patch, middle)
    _add(mask, cover[:, :, None], middle)
    blurred = np.asarray(cv2.GaussianBlur(density, (0, 0), 1.1), np.float32)
    light = _CELL_LIGHT * np.exp(np.float32(-np.log(10)) * blurred)
    light *= 1 + np.float32(0.018) * noise(rng, CANVAS, 2)[:, :, None]
    light += rng.standard_normal(light.shape, dtype=np.float32) * np.float32(0.7)
    pixels: Pixels = np.where(mask > 0.5, np.clip(np.rint(light), 1, 255), 0).astype(np.uint8)
    return _frame(pixels, f"Demo cell {index + 1}", CELL_UM_PER_PX)


def _places(
    rng: Generator, size: tuple[int, int], apart: float, count: int, margin: float
) -> list[NDArray[np.float64]]:
    """At most ``count`` random places at least ``apart`` pixels from each other and ``margin`` inside the frame."""
    low, high = np.array([margin, margin]), np.array(size, np.float64) - margin
    if (high <= low).any():
        return []
    places: list[NDArray[np.float64]] = []
    taken = np.empty((0, 2))
    for candidate in rng.uniform(low, high, (count * 30, 2)):
        if len(places) == count:
            break
        if taken.size == 0 or (np.hypot(*(taken - candidate).T) >= apart).all():
            places.append(candidate)
            taken = np.vstack([taken, candidate])
    return places


def _add(canvas: Density, patch: Density, place: NDArray[np.float64], cover: NDArray[np.float32] | None = None) -> None:
    """Add a patch centered on a place; what ``cover`` hides of the canvas goes first."""
    side = patch.shape[0]
    left, top = round(float(place[0]) - side / 2), round(float(place[1]) - side / 2)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + side, canvas.shape[1]), min(top + side, canvas.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    if cover is not None:
        canvas[y0:y1, x0:x1] *= np.float32(1) - cover[part][:, :, None]
    canvas[y0:y1, x0:x1] += patch[part]


def _photographed(rng: Generator, density: Density) -> Pixels:
    """Light, lens and camera: uneven illumination, a little plasma color, blur, shot noise."""
    height, width = density.shape[:2]
    plasma = 0.012 * np.clip(noise(rng, max(height, width), 90)[:height, :width], -2, 2) + 0.012
    blurred = np.asarray(cv2.GaussianBlur(density, (0, 0), 0.7), np.float32)
    blurred += plasma[:, :, None] * np.array([0.6, 1.0, 0.7], np.float32)
    y, x = np.linspace(-1, 1, height, dtype=np.float32)[:, None], np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    falloff = 1 - 0.055 * ((x - 0.12) ** 2 + (y + 0.08) ** 2)
    light = _GLASS * falloff[:, :, None] * np.exp(np.float32(-np.log(10)) * blurred)
    grain = rng.standard_normal((height, width, 3), dtype=np.float32)
    light += grain * (0.10 * np.sqrt(light))
    pixels: Pixels = np.clip(np.rint(light), 0, 255).astype(np.uint8)
    return pixels


def _frame(pixels: Pixels, name: str, um_per_px: float) -> Frame:
    encoded, png = cv2.imencode(".png", pixels[:, :, ::-1])
    if not encoded:
        raise RuntimeError("a demo picture could not be written as PNG")
    return Frame(pixels, FrameOrigin(OriginKind.DEMO, name), hashlib.sha256(png.tobytes()).hexdigest(), um_per_px)
