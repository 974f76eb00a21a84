"""Stain styles: how one lab or person stains, and a cell of one lab in the stain of another.

Lab must not equal label: where blasts come from one lab and healthy cells from another too, each is also shown in the
other's stain, by mean and spread of optical density.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.augment import BACKGROUND

Samples = NDArray[np.float32]
_PIXELS = 400
"""Pixels drawn from each cell."""
SMALL = 12
"""Cells of a further style of a lab whose people are not known, and how many such styles are drawn."""


@dataclass(frozen=True, eq=False)
class Style:
    """Mean and spread of the optical density of red, green and blue, shape (3,) each."""

    mean: Samples
    deviation: Samples


def density(samples: NDArray[np.uint8]) -> Samples:
    """Optical density of samples 0..255, of the same shape."""
    return np.asarray(np.log(np.float32(256.0) / (samples.astype(np.float32) + np.float32(1.0))), dtype=np.float32)


def style_of(cells: NDArray[np.uint8], rng: np.random.Generator) -> Style:
    """Style of cells of shape (n, side, side, 3)."""
    drawn = []
    for cell in cells:
        inside = cell[cell.max(axis=2) > BACKGROUND]
        if len(inside) > 50:
            drawn.append(inside[rng.integers(0, len(inside), _PIXELS)])
    values = density(np.concatenate(drawn))
    return Style(values.mean(axis=0), values.std(axis=0) + np.float32(0.02))


def between(styles: Sequence[Style], rng: np.random.Generator) -> Style:
    """A style between two that are drawn: labs that nobody has seen lie there rather than on a known one."""
    first, second = (styles[int(number)] for number in rng.integers(len(styles), size=2))
    part = np.float32(rng.random())
    mean = first.mean + part * (second.mean - first.mean)
    return Style(mean, first.deviation + part * (second.deviation - first.deviation))


def restyle(
    cell: NDArray[np.uint8], of: Style, to: Style, rng: np.random.Generator, jitter: float = 0.1
) -> NDArray[np.uint8]:
    """Give a cell, (side, side, 3) on black, another stain: optical density to the other's mean and spread."""
    mask = cell.max(axis=2) > BACKGROUND
    spread = to.deviation / of.deviation * (1 + rng.uniform(-jitter, jitter, 3)).astype(np.float32)
    mean = to.mean * np.float32(1 + rng.uniform(-jitter, jitter))
    changed = (density(cell[mask]) - of.mean) * spread + mean
    out = cell.copy()
    # A pixel of the cell must not fall to black: it would count as background.
    out[mask] = np.clip(np.rint(np.exp(-changed) * 256.0 - 1.0), BACKGROUND + 1, 255)
    return out
