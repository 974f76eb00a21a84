"""Blood cells drawn in optical density, the way stain and hemoglobin take light: shapes, textures, profiles.

Everything is additive in optical density (Beer-Lambert), so overlapping cells darken each other as on a real smear.
A patch is a square array of shape (side, side, 3), float32, optical density of red, green and blue.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Density = NDArray[np.float32]
Generator = np.random.Generator

NUCLEUS = np.array([0.38, 0.76, 0.23], np.float32)
"""Azure-eosin on chromatin; medians on PBC nuclei are 0.5, 0.9, 0.17, on BCCD 0.15, 0.27, 0."""
DARK_NUCLEUS = np.array([0.37, 0.66, 0.31], np.float32)
"""The same as C-NMC's camera saw it: (69, 29, 79) on average, and much the same in every channel."""
BASOPHILIC = np.array([0.20, 0.20, 0.075], np.float32)
"""Azure B on the RNA of a blast's cytoplasm."""
SKY_BLUE = np.array([0.115, 0.105, 0.04], np.float32)
"""Cytoplasm of a lymphocyte."""
NEUTROPHILIC = np.array([0.06, 0.13, 0.05], np.float32)
"""Cytoplasm of a neutrophil, pale pink."""
GRAY_BLUE = np.array([0.16, 0.17, 0.075], np.float32)
"""Cytoplasm of a monocyte."""
EOSIN = np.array([0.05, 0.23, 0.145], np.float32)
"""Eosin on an eosinophil's granules."""
METACHROMATIC = np.array([0.42, 0.62, 0.20], np.float32)
"""Azure on a basophil's granules."""
HEMOGLOBIN = np.array([0.085, 0.175, 0.145], np.float32)
"""Eosin and hemoglobin of a red cell where it is thickest."""
PLATELET = np.array([0.17, 0.26, 0.05], np.float32)


@dataclass(frozen=True)
class Granules:
    """Granules of a cytoplasm.

    Parameters
    ----------
    stain
        Optical density of one granule.
    size
        In µm.
    filling
        How much of the cytoplasm they take, 0..1.
    over_nucleus
        Whether they lie on the nucleus too.
    """

    stain: NDArray[np.float32]
    size: float
    filling: float
    over_nucleus: bool = False


@dataclass(frozen=True)
class Leukocyte:
    """How a kind of white cell looks.

    Parameters
    ----------
    diameter
        Of the cell, in µm: smallest and largest.
    nucleus
        Nucleus over cell diameter: smallest and largest.
    clump
        Size of chromatin clumps in µm.
    contrast
        How much the chromatin's density varies, as a part of its mean.
    density
        Of the nucleus, against ``NUCLEUS``.
    nucleoli
        Largest number of nucleoli.
    cytoplasm
        Optical density of the cytoplasm.
    lobes
        Number of nuclear lobes.
    stain
        Optical density of the chromatin at density 1.
    granules
        What fills the cytoplasm, if anything.
    indentation
        Depth of a kidney-shaped nucleus' notch, as a part of its radius.
    """

    diameter: tuple[float, float]
    nucleus: tuple[float, float]
    clump: float
    contrast: float
    density: float
    nucleoli: int
    cytoplasm: NDArray[np.float32]
    lobes: int = 1
    stain: NDArray[np.float32] = field(default_factory=NUCLEUS.copy)
    granules: Granules | None = None
    indentation: float = 0.0


LYMPHOCYTE = Leukocyte((8.6, 10.2), (0.80, 0.87), 1.3, 0.24, 1.06, 0, SKY_BLUE)
LYMPHOBLAST = Leukocyte((11.5, 14.5), (0.86, 0.92), 0.75, 0.17, 0.80, 3, BASOPHILIC)
NEUTROPHIL = Leukocyte((12.0, 13.5), (0.33, 0.40), 1.1, 0.24, 1.05, 0, NEUTROPHILIC, lobes=4)
EOSINOPHIL = Leukocyte(
    (12.0, 13.5), (0.44, 0.50), 1.1, 0.24, 1.0, 0, NEUTROPHILIC, lobes=2, granules=Granules(EOSIN, 0.38, 0.9)
)
BASOPHIL = Leukocyte(
    (10.5, 12.0), (0.44, 0.50), 1.2, 0.18, 0.75, 0, NEUTROPHILIC, lobes=2,
    granules=Granules(METACHROMATIC, 0.65, 0.55, over_nucleus=True),
)  # fmt: skip
MONOCYTE = Leukocyte((14.5, 17.0), (0.72, 0.78), 1.1, 0.22, 0.82, 0, GRAY_BLUE, indentation=0.45)


def noise(rng: Generator, side: int, size: float) -> NDArray[np.float32]:
    """Smooth noise with mean 0 and standard deviation 1, grains of ``size`` pixels; shape (side, side)."""
    coarse = max(4, int(np.ceil(side / max(size, 1.0))) + 3)
    grid = rng.standard_normal((coarse, coarse), dtype=np.float32)
    large = cv2.resize(grid, (coarse * max(1, round(size)),) * 2, interpolation=cv2.INTER_CUBIC)
    start = round(size) if large.shape[0] >= side + round(size) else 0
    part = large[start : start + side, start : start + side]
    if part.shape != (side, side):
        part = cv2.resize(large, (side, side), interpolation=cv2.INTER_CUBIC)
    spread: NDArray[np.float32] = ((part - part.mean()) / max(float(part.std()), 1e-6)).astype(np.float32)
    return spread


def polar(rng: Generator, side: int, radius: float, roughness: float, stretch: float = 0.0,
          center: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float32]:  # fmt: skip
    """Distance from the center in units of an irregular outline: 1 on it; shape (side, side).

    The outline is a circle stretched by ``stretch`` and modulated by five harmonics of ``roughness`` in all.
    """
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    x, y = axis[None, :] - np.float32(center[0]), axis[:, None] - np.float32(center[1])
    turn = float(rng.uniform(0, np.pi))
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    along, across = along / (1 + stretch), across * (1 + stretch)
    angle = np.arctan2(across, along)
    outline = np.ones_like(angle)
    for harmonic in range(2, 7):
        outline += roughness / harmonic * rng.normal() * np.cos(harmonic * angle + rng.uniform(0, 2 * np.pi))
    distance: NDArray[np.float32] = (np.hypot(along, across) / (radius * outline)).astype(np.float32)
    return distance


def soft_inside(distance: NDArray[np.float32], radius: float, edge: float = 1.2) -> NDArray[np.float32]:
    """1 inside the outline, 0 outside, over ``edge`` pixels in between."""
    inside = np.clip(0.5 + (1 - distance) * radius / (2 * edge), 0, 1).astype(np.float32)
    smooth: NDArray[np.float32] = inside * inside * (3 - 2 * inside)
    return smooth


def red_cell(rng: Generator, px_per_um: float) -> Density:
    """A biconcave red cell (profile of Evans and Fung 1972), more or less round and filled."""
    radius = float(rng.normal(7.5, 0.35)) / 2 * px_per_um
    side = int(2.7 * radius) | 1
    distance = polar(rng, side, radius, 0.035, float(abs(rng.normal(0, 0.05))))
    square = np.minimum(distance, 1.0) ** 2
    profile = np.sqrt(1 - square) * (0.207 + 2.003 * square - 1.123 * square**2)
    pallor = float(rng.uniform(0.75, 1.15))
    thickness = np.maximum(profile / 0.78 * pallor + np.sqrt(1 - square) * (1 - pallor), 0)
    # A drop of stain at the rim: the refracting edge that makes red cells stand out.
    rim = np.exp(-(((distance - 0.97) * radius / 1.6) ** 2)) * 0.22
    shape = (0.10 + 0.90 * thickness + rim) * soft_inside(distance, radius, 1.4)
    shape *= 1 + 0.02 * noise(rng, side, 3)
    strength = HEMOGLOBIN * np.float32(rng.uniform(0.85, 1.1))
    return _colored(cv2.GaussianBlur(shape, (0, 0), 0.8), strength)


def platelet(rng: Generator, px_per_um: float) -> Density:
    """A platelet, 2 to 3.4 µm, granular, without a clear outline."""
    radius = float(rng.uniform(1.0, 1.7)) * px_per_um
    side = int(3.4 * radius) | 1
    body = soft_inside(polar(rng, side, radius, 0.14, 0.1), radius, 3.0)
    body = body * np.clip(0.75 + 0.35 * noise(rng, side, 0.35 * px_per_um), 0.1, 1.7)
    return _colored(cv2.GaussianBlur(body, (0, 0), 0.9), PLATELET)


def leukocyte(
    rng: Generator, kind: Leukocyte, px_per_um: float, diameter: float | None = None
) -> tuple[Density, NDArray[np.float32]]:
    """A white cell.

    Parameters
    ----------
    rng
        Source of chance.
    kind
        What it looks like.
    px_per_um
        Scale.
    diameter
        Of the cell in µm; ``None`` draws one.

    Returns
    -------
    tuple of ndarray
        The patch, and how much of each of its pixels the cell covers: shape (side, side), float32, 0..1.
    """
    radius = (diameter or float(rng.uniform(*kind.diameter))) / 2 * px_per_um
    side = int(2.9 * radius) | 1
    outline = polar(rng, side, radius, 0.06, float(rng.uniform(0, 0.07)))
    body = soft_inside(outline, radius, 1.3)
    nucleus = _nucleus(rng, kind, side, radius)
    nucleus *= body
    cytoplasm = body * (1 + 0.16 * noise(rng, side, 0.6 * px_per_um) + 0.10 * noise(rng, side, 2.0 * px_per_um))
    cytoplasm *= 0.8 + 0.35 * np.clip(outline, 0, 1) ** 3
    if kind.lobes > 1:
        cytoplasm *= 1 + 0.30 * np.clip(noise(rng, side, 0.3 * px_per_um), -1.5, 2)
    chromatin = _chromatin(rng, kind, side, px_per_um, nucleus)
    density = np.maximum(cytoplasm, 0)[:, :, None] * kind.cytoplasm * (1 - 0.8 * nucleus[:, :, None])
    density = density + chromatin[:, :, None] * kind.stain * np.float32(kind.density)
    if kind.granules is not None:
        density = density + _granules(rng, kind.granules, side, px_per_um, body, nucleus)
    return density.astype(np.float32), body


def _granules(
    rng: Generator,
    kind: Granules,
    side: int,
    px_per_um: float,
    body: NDArray[np.float32],
    nucleus: NDArray[np.float32],
) -> Density:
    """Grains where smooth noise is high: the quantile that leaves ``filling`` of the place to them."""
    field_of_grains = noise(rng, side, kind.size * px_per_um)
    least = float(np.quantile(field_of_grains, 1 - kind.filling))
    grains = np.clip(0.5 + (field_of_grains - least) * 1.5, 0, 1) * (1 + 0.2 * noise(rng, side, kind.size * px_per_um))
    place = cv2.erode(body, np.ones((3, 3), np.uint8)) * (1 if kind.over_nucleus else 1 - nucleus)
    return _colored(np.maximum(grains, 0) * place, kind.stain)


def _colored(shape: NDArray[np.generic], strength: NDArray[np.float32]) -> Density:
    colored: Density = np.asarray(shape, np.float32)[:, :, None] * strength
    return colored


def _nucleus(rng: Generator, kind: Leukocyte, side: int, radius: float) -> NDArray[np.float32]:
    ratio = float(rng.uniform(*kind.nucleus))
    if kind.lobes == 1:
        slack = radius * (1 - ratio)
        angle, off = rng.uniform(0, 2 * np.pi), slack * rng.uniform(0.3, 0.85)
        center = (float(off * np.cos(angle)), float(off * np.sin(angle)))
        distance = polar(rng, side, radius * ratio, 0.07, float(rng.uniform(0, 0.06)), center)
        if kind.nucleoli and rng.uniform() < 0.6:  # a cleft, as many blasts have
            turn = rng.uniform(0, 2 * np.pi)
            at = (center[0] + radius * ratio * np.cos(turn), center[1] + radius * ratio * np.sin(turn))
            cleft = polar(rng, side, radius * 0.17, 0.2, 0.3, (float(at[0]), float(at[1])))
            return soft_inside(distance, radius * ratio) * (1 - 0.8 * soft_inside(cleft, radius * 0.17, 4.0))
        whole = soft_inside(distance, radius * ratio)
        return whole * (1 - _notch(kind, side, radius * ratio, center)) if kind.indentation else whole
    return _lobed(rng, kind.lobes, side, radius, ratio)


def _notch(kind: Leukocyte, side: int, radius: float, center: tuple[float, float]) -> NDArray[np.float32]:
    """What a kidney-shaped nucleus lacks: a round bay on the side where the cytoplasm is widest."""
    away = np.hypot(*center) or 1.0
    at = (center[0] - center[0] / away * radius * 1.02, center[1] - center[1] / away * radius * 1.02)
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    bay = radius * kind.indentation
    distance = np.hypot(axis[None, :] - np.float32(at[0]), axis[:, None] - np.float32(at[1])) / np.float32(bay)
    return soft_inside(np.asarray(distance, np.float32), bay, 2.0)


def _lobed(rng: Generator, lobes: int, side: int, radius: float, ratio: float) -> NDArray[np.float32]:
    """Lobes on an arc, joined by strands."""
    start, step = rng.uniform(0, 2 * np.pi), float(rng.uniform(1.35, 1.6))
    places = [
        (
            float(0.52 * radius * np.cos(start + i * step) + rng.normal(0, 0.03) * radius),
            float(0.52 * radius * np.sin(start + i * step) + rng.normal(0, 0.03) * radius),
        )
        for i in range(lobes)
    ]
    joined = np.zeros((side, side), np.float32)
    middle = (side - 1) / 2
    points = np.array([[middle + x, middle + y] for x, y in places], np.float32).round().astype(np.int32)
    cv2.polylines(joined, [points], False, (1.0,), max(2, round(0.10 * radius)), cv2.LINE_AA)
    joined = np.asarray(cv2.GaussianBlur(joined, (0, 0), 1.0), np.float32)
    for place in places:
        lobe = radius * ratio * float(rng.uniform(0.78, 1.0))
        joined = np.maximum(joined, soft_inside(polar(rng, side, lobe, 0.12, float(rng.uniform(0, 0.2)), place), lobe))
    result: NDArray[np.float32] = joined.astype(np.float32)
    return result


def _chromatin(
    rng: Generator, kind: Leukocyte, side: int, px_per_um: float, nucleus: NDArray[np.float32]
) -> NDArray[np.float32]:
    texture = 0.7 * noise(rng, side, kind.clump * px_per_um) + 0.5 * noise(rng, side, 0.45 * kind.clump * px_per_um)
    texture += 0.25 * noise(rng, side, 3.5 * px_per_um)
    chromatin = nucleus * np.clip(1 + kind.contrast * texture, 0.35, 1.6)
    deep = cv2.erode(nucleus, np.ones((3, 3), np.uint8), iterations=max(1, round(1.3 * px_per_um)))
    places = np.argwhere(deep > 0.9)
    for _ in range(int(rng.integers(1, kind.nucleoli + 1)) if kind.nucleoli and len(places) else 0):
        y, x = places[rng.integers(len(places))] - (side - 1) / 2
        size = float(rng.uniform(0.55, 1.0)) * px_per_um
        distance = polar(rng, side, size, 0.12, 0.1, (float(x), float(y)))
        rim = np.exp(-(((distance - 1.15) * size / (0.35 * px_per_um)) ** 2))
        chromatin *= (1 - 0.40 * soft_inside(distance, size, 0.25 * px_per_um)) * (1 + 0.10 * rim)
    return np.asarray(cv2.GaussianBlur(chromatin, (0, 0), max(0.6, 0.07 * px_per_um)), np.float32)
