"""The cells of a run: listed, decoded, checked, cut out, and every duplicate known. Nothing here splits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.inference.input_schema import Preprocessing
from training.config import DataConfig
from training.decoding import IMAGE_SUFFIXES, on_canvas, read_pixels
from training.duplicates import CellHash, cell_hash, twin_numbers
from training.listing import Sample, find_samples, list_samples, refuse

__all__ = [
    "IMAGE_SUFFIXES",
    "CellSet",
    "Sample",
    "cut_cell",
    "find_samples",
    "list_samples",
    "look_through",
    "read_cells",
    "read_pixels",
]


@dataclass(frozen=True, eq=False)
class CellSet:
    """Samples with their pixels, cut out but not yet resized to the network's input.

    Parameters
    ----------
    samples
        With digests and twins.
    crops
        Shape (n, crop, crop, 3), uint8, RGB: the central square that ``preprocessing`` keeps.
    """

    samples: tuple[Sample, ...]
    crops: NDArray[np.uint8]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Shape (n,), 0 or 1."""
        return np.array([sample.label for sample in self.samples], dtype=np.int64)

    @property
    def subjects(self) -> NDArray[np.str_]:
        """Shape (n,)."""
        return np.array([sample.subject for sample in self.samples], dtype=np.str_)


def read_cells(samples: Sequence[Sample], preprocessing: Preprocessing, config: DataConfig | None = None) -> CellSet:
    """Decode, check and cut out every sample, and find which show the same cell.

    Parameters
    ----------
    samples
        From :func:`find_samples`.
    preprocessing
        Of the network: canvas and crop.
    config
        How a picture of another size and how duplicates are treated; ``None``: the defaults.

    Raises
    ------
    ImageError
        When a file is unreadable, has not the canvas size, or the same picture carries two labels. All of them are
        counted and the first few named.
    """
    cells, problems = look_through(samples, preprocessing, config or DataConfig())
    refuse(problems, len(samples))
    return cells


def look_through(
    samples: Sequence[Sample], preprocessing: Preprocessing, config: DataConfig
) -> tuple[CellSet, list[str]]:
    """Like :func:`read_cells`, but with a sentence for every problem; unreadable cells are left out."""

    def read(sample: Sample) -> tuple[Sample, Pixels, CellHash | None] | str:
        try:
            pixels = _canvas(sample, preprocessing, config)
        except ImageError as error:
            return error.message
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        look = cell_hash(pixels) if config.duplicates == "near" else None
        return replace(sample, digest=digest), cut(pixels, preprocessing), look

    crops = np.empty((len(samples), preprocessing.crop, preprocessing.crop, 3), np.uint8)
    readable: list[Sample] = []
    hashes: list[CellHash | None] = []
    problems: list[str] = []
    with ThreadPoolExecutor() as pool:
        for answer in pool.map(read, samples):
            if isinstance(answer, str):
                problems.append(answer)
                continue
            crops[len(readable)] = answer[1]
            readable.append(answer[0])
            hashes.append(answer[2])
    twins = twin_numbers([sample.digest for sample in readable], hashes)
    numbered = tuple(replace(sample, twins=twin) for sample, twin in zip(readable, twins, strict=True))
    return CellSet(numbered, crops[: len(numbered)]), problems + _contradictions(numbered)


def cut_cell(sample: Sample, preprocessing: Preprocessing, config: DataConfig) -> Pixels:
    """Decode and cut out one sample: shape (crop, crop, 3).

    Raises
    ------
    ImageError
        When the file is unreadable or has not the canvas size.
    """
    return cut(_canvas(sample, preprocessing, config), preprocessing)


def cut(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Keep the central square: (canvas, canvas, 3) to (crop, crop, 3)."""
    offset = (preprocessing.canvas - preprocessing.crop) // 2
    return pixels[offset : offset + preprocessing.crop, offset : offset + preprocessing.crop]


def _canvas(sample: Sample, preprocessing: Preprocessing, config: DataConfig) -> Pixels:
    side = preprocessing.canvas
    pixels = read_pixels(sample.path)
    if config.canvas == "fit":
        pixels = on_canvas(pixels, side)
    if pixels.shape != (side, side, 3):
        raise ImageError(
            f"“{sample.path.name}” is {pixels.shape[1]}x{pixels.shape[0]}, not {side}x{side} pixels; if the scale is "
            'right, data.canvas = "fit" cuts or pads it with black.'
        )
    return pixels


def _contradictions(samples: Iterable[Sample]) -> list[str]:
    """A sentence for every cell that carries two labels."""
    groups: defaultdict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.twins >= 0:
            groups[sample.twins].append(sample)
    return [_contradiction(twins) for twins in groups.values() if len({twin.label for twin in twins}) > 1]


def _contradiction(twins: Sequence[Sample]) -> str:
    names = " and ".join(f"“{twin.path.name}”" for twin in twins)
    if len({twin.digest for twin in twins}) == 1:
        return f"{names} show the same picture with different labels; correct one of them."
    return (
        f"{names} show the same cell with different labels; correct one of them, or, if they are different cells, "
        'set data.duplicates = "exact".'
    )
