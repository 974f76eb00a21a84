"""Published sets as they come, drawn with the program's own cells: folders of 224-pixel pictures, nobody named."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from leukoscope.domain.frames import Pixels
from leukoscope.sources.demo import demo_cells

SIDE = 224


def drawn_cells(count: int, side: int = SIDE) -> tuple[list[Pixels], list[Pixels]]:
    """So many lymphocytes and so many lymphoblasts on black, as the program draws them."""
    frames = demo_cells(2 * count)
    small = [np.asarray(cv2.resize(f.pixels, (side, side), interpolation=cv2.INTER_AREA), np.uint8) for f in frames]
    return small[1::2], small[::2]


def augmented(pixels: Pixels, seed: int) -> Pixels:
    """A copy as the published sets hold them: turned by any angle, zoomed, mirrored, with another contrast."""
    rng = np.random.default_rng(seed)
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rng.uniform(5, 355), rng.uniform(0.87, 1.15))
    out = np.asarray(cv2.warpAffine(pixels, matrix, (width, height)))
    out = out[:, ::-1] if rng.random() < 0.5 else out
    changed = np.clip((out.astype(np.float32) - 60) * rng.uniform(0.87, 1.15) + 60, 0, 255)
    return np.ascontiguousarray(changed * (out.max(axis=2, keepdims=True) > 12), np.uint8)


def write(path: Path, pixels: Pixels) -> Path:
    """Save a picture, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return path


def write_set(folder: Path, healthy: str, leukemic: str, count: int, side: int = SIDE) -> Path:
    """``count`` pictures in a folder of each class; the first of each also as an augmented copy."""
    for name, cells in zip((healthy, leukemic), drawn_cells(count, side), strict=True):
        for number, pixels in enumerate(cells):
            write(folder / name / f"{number}.png", pixels)
        write(folder / name / "aug_0.png", augmented(cells[0], 1))
    return folder
