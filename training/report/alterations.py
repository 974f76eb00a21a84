"""Fixed changes to a cell, of the kind that another stain, lamp, lens or camera makes. The background stays black."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from training.augment import BACKGROUND, cell_mask, jpeg_noise, stain

Change = Callable[[Pixels], Pixels]
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Alteration:
    """One level of one kind of change.

    Parameters
    ----------
    kind
        For example "blur".
    level
        In words, for example "sigma 2 px".
    amount
        The level as a number, for the axis of a chart.
    change
        Crop (side, side, 3) uint8 -> the same, altered.
    """

    kind: str
    level: str
    amount: float
    change: Change


def alterations() -> tuple[Alteration, ...]:
    """Every level that is tried, always the same."""
    return (
        *_dye("blue dye (thiazin)", 0),
        *_dye("red dye (eosin)", 1),
        *(Alteration("brightness", _signed(a), a, _gains((1 + a,) * 3)) for a in (-0.2, -0.1, 0.1, 0.2)),
        *(Alteration("gamma", f"{g:g}", g, _gamma(g)) for g in (0.7, 0.85, 1.2, 1.4)),
        *(Alteration("white balance", _warmth(w), w, _gains((1 + w, 1.0, 1 - w))) for w in (-0.1, -0.05, 0.05, 0.1)),
        *(Alteration("blur", f"sigma {s} px", s, _blur(s)) for s in (1, 2, 3)),
        *(Alteration("sharpening", f"{a:g} of unsharp mask", a, _sharpen(a)) for a in (0.5, 1.0, 2.0)),
        *(Alteration("JPEG", f"quality {q}", q, _jpeg(q)) for q in (70, 50, 30)),
        *(Alteration("cell size", _signed(z - 1), z - 1, _zoom(z)) for z in (0.8, 0.9, 1.1, 1.2)),
        *(Alteration("sensor noise", f"sigma {s} of 255", s, _noise(s)) for s in (3, 6, 12)),
    )


def _signed(amount: float) -> str:
    return f"{100 * amount:+.0f} %".replace("-", "−")


def _warmth(amount: float) -> str:
    return f"{100 * abs(amount):.0f} % {'warmer' if amount > 0 else 'cooler'}"


def _on_cell(cell: Pixels, samples: NDArray[np.floating]) -> Pixels:
    """Rounded samples where the cell is, never so dark that they would count as background; black elsewhere."""
    mask = cell_mask(cell)
    out = np.clip(np.rint(samples), BACKGROUND + 1, 255).astype(np.uint8)
    return np.asarray(out * mask[..., None], dtype=np.uint8)


def _dye(kind: str, which: int) -> tuple[Alteration, ...]:
    def change(amount: float) -> Change:
        strength = np.zeros(2, np.float32)
        strength[which] = amount

        def apply(cell: Pixels) -> Pixels:
            flat = stain(cell.reshape(-1, 3).astype(np.float32), strength, np.zeros(2, np.float32))
            return _on_cell(cell, flat.reshape(cell.shape))

        return apply

    return tuple(Alteration(kind, _signed(a), a, change(a)) for a in (-0.3, -0.15, 0.15, 0.3))


def _gains(gains: tuple[float, float, float]) -> Change:
    return lambda cell: _on_cell(cell, cell.astype(np.float32) * np.array(gains, np.float32))


def _gamma(gamma: float) -> Change:
    return lambda cell: _on_cell(cell, 255.0 * (cell.astype(np.float32) / 255.0) ** gamma)


def _blur(sigma: float) -> Change:
    return lambda cell: _on_cell(cell, _inner_blur(cell, sigma))


def _inner_blur(cell: Pixels, sigma: float) -> Samples:
    """Gaussian blur that takes no black from outside the cell (normalized convolution)."""
    mask = cell_mask(cell).astype(np.float32)
    weight = cv2.GaussianBlur(mask, (0, 0), sigma)
    blurred = cv2.GaussianBlur(cell.astype(np.float32) * mask[..., None], (0, 0), sigma)
    return np.asarray(blurred / np.maximum(weight, 1e-3)[..., None], dtype=np.float32)


def _sharpen(amount: float) -> Change:
    return lambda cell: _on_cell(cell, cell + amount * (cell.astype(np.float32) - _inner_blur(cell, 1.5)))


def _jpeg(quality: int) -> Change:
    return lambda cell: _on_cell(cell, jpeg_noise(cell, quality).astype(np.float32))


def _zoom(factor: float) -> Change:
    def apply(cell: Pixels) -> Pixels:
        side = cell.shape[0]
        matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), 0.0, factor)
        out = cv2.warpAffine(cell, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0))
        return np.asarray(out, dtype=np.uint8)

    return apply


def _noise(sigma: float) -> Change:
    """The same pattern for every cell, so that nothing is left to chance."""

    def apply(cell: Pixels) -> Pixels:
        pattern = np.random.default_rng(1).normal(0.0, sigma, cell.shape)
        return _on_cell(cell, cell + pattern)

    return apply
