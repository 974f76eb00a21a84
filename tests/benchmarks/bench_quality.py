"""How many real images pass the quality check, and how many spoiled ones do: ``python -m tests.benchmarks quality``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from leukoscope.domain.frames import Frame, Pixels
from leukoscope.domain.quality import QualityVerdict
from leukoscope.imaging.localize import localize, recognize_view
from leukoscope.imaging.quality import measure_quality
from leukoscope.sources.files import read_frame

DATA = Path(os.environ.get("LEUKOSCOPE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))

SETS = {"C-NMC": "cnmc_fold1/*/*", "BCCD": "bccd/images/*", "PBC": "leukocytes_context/*/*"}


def blurred(sigma: float) -> Callable[[Pixels], Pixels]:
    return lambda pixels: np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def gray(pixels: Pixels) -> Pixels:
    return np.repeat(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, None], 3, axis=2)


def times(factor: float) -> Callable[[Pixels], Pixels]:
    return lambda pixels: np.clip(pixels * float(factor), 0, 255).astype(np.uint8)


def small(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.resize(pixels, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA), np.uint8)


def smeared(length: int) -> Callable[[Pixels], Pixels]:
    """As if the stage had moved by ``length`` pixels at 30 degrees during the exposure."""
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    for step in np.linspace(-length / 2, length / 2, 8 * length):
        kernel[round(length + step / 2), round(length + step * 0.866)] += 1
    return lambda pixels: np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()), np.uint8)


SPOILED: dict[str, Callable[[Pixels], Pixels]] = {
    "as it is": lambda pixels: pixels.copy(),
    "blurred, sigma 2": blurred(2),
    "blurred, sigma 4": blurred(4),
    "blurred, sigma 6": blurred(6),
    "smeared by 6 pixels": smeared(6),
    "smeared by 15 pixels": smeared(15),
    "gray": gray,
    "a tenth as bright": times(0.1),
    "six times as bright": times(6),
    "a tenth as large": small,
}


def verdict(frame: Frame) -> QualityVerdict:
    view = recognize_view(frame)
    return measure_quality(frame, view, localize(frame, view)).verdict


def main(_arguments: Sequence[str] = ()) -> None:
    """Print one row for each set and kind of damage."""
    if not DATA.is_dir():
        print(f"needs the real images in {DATA}")
        return
    print(f"{'':<32}{'n':>6}{'ok':>9}{'warn':>9}{'refuse':>9}")
    for name, pattern in SETS.items():
        files = sorted(DATA.glob(pattern))
        for damage, spoil in SPOILED.items():
            step = max(1, len(files) // (len(files) if damage == "as it is" else 40))
            frames = (read_frame(file) for file in files[::step])
            count = Counter(verdict(replace(frame, pixels=spoil(frame.pixels))) for frame in frames)
            n = count.total()
            parts = "".join(f"{count[v] / n:>8.1%} " for v in QualityVerdict)
            print(f"{name + ', ' + damage:<32}{n:>6}{parts}", flush=True)


if __name__ == "__main__":
    main()
