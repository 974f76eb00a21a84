"""The cells of a run: listed, decoded, checked, cut out, and every duplicate known. Nothing here splits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.inference.input_schema import Preprocessing
from training.data_config import DataConfig
from training.decoding import IMAGE_SUFFIXES, on_canvas, read_pixels
from training.duplicates import cell_hash, near_pairs, twin_numbers
from training.listing import Sample, find_samples, list_samples, refuse
from training.reading import each
from training.turned import polar_look, turned_pairs
from training.whole_images import resized, stored_side

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
        Shape (n, crop, crop, 3), uint8, RGB: the central square that ``preprocessing`` keeps; with
        ``data.canvas = "resize"`` already at the network's size.
    left_out
        A sentence for every picture that could not be used, where those are left out.
    """

    samples: tuple[Sample, ...]
    crops: NDArray[np.uint8]
    left_out: tuple[str, ...] = ()

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
        How a picture of another size, duplicates and unusable pictures are treated; ``None``: the defaults.

    Raises
    ------
    ImageError
        When a file is unreadable, has not the canvas size, or the same picture carries two labels. All of them are
        counted and the first few named. With ``unusable = "leave-out"`` only when no usable picture of a class is left.
    """
    config = config or DataConfig()
    cells, problems = look_through(samples, preprocessing, config)
    if config.unusable == "refuse":
        refuse(problems, len(samples))
        return cells
    usable = usable_cells(cells, problems)
    if np.unique([sample.label for sample in samples]).size > np.unique(usable.labels).size:
        refuse(problems, len(samples))
    return usable


def usable_cells(cells: CellSet, problems: Sequence[str]) -> CellSet:
    """The cells without those that carry two labels; ``problems`` says what is missing and why."""
    split = {twins for twins, labels in _labels_of(cells.samples).items() if len(labels) > 1}
    kept = np.array([sample.twins not in split for sample in cells.samples], np.bool_)
    samples = tuple(sample for sample, keep in zip(cells.samples, kept, strict=True) if keep)
    return CellSet(samples, cells.crops if kept.all() else cells.crops[kept], tuple(problems))


def look_through(
    samples: Sequence[Sample], preprocessing: Preprocessing, config: DataConfig
) -> tuple[CellSet, list[str]]:
    """Like :func:`read_cells`, but with a sentence for every problem; unreadable cells are left out."""
    look, pairs = _LOOKS[config.duplicates]

    def read(sample: Sample) -> tuple[Sample, Pixels, object] | str:
        try:
            pixels = _canvas(sample, preprocessing, config)
        except ImageError as error:
            return error.message
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        return replace(sample, digest=digest), _kept(pixels, preprocessing, config), look(pixels)

    side = stored_side(preprocessing) if config.canvas == "resize" else preprocessing.crop
    crops = np.empty((len(samples), side, side, 3), np.uint8)
    readable: list[Sample] = []
    looks: list[object] = []
    problems: list[str] = []
    for answer in each(read, samples, "reading"):
        if isinstance(answer, str):
            problems.append(answer)
            continue
        crops[len(readable)] = answer[1]
        readable.append(answer[0])
        looks.append(answer[2])
    twins = twin_numbers([sample.digest for sample in readable], looks, pairs)
    numbered = tuple(replace(sample, twins=twin) for sample, twin in zip(readable, twins, strict=True))
    if not config.knows_people:
        numbered = _one_subject_each(numbered)
    return CellSet(numbered, crops[: len(numbered)]), problems + _contradictions(numbered)


def _nothing(_: Pixels) -> None:
    """Only the digest is compared."""


_LOOKS: dict[str, tuple[Callable[[Pixels], Any], Callable[[Sequence[Any]], list[tuple[int, int]]]]] = {
    "near": (cell_hash, near_pairs),
    "turned": (polar_look, turned_pairs),
    "exact": (_nothing, lambda _: []),
}


def _one_subject_each(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Where nobody is named, pictures of one cell are one subject: they are drawn and counted together."""
    first: dict[int, str] = {}
    return tuple(
        replace(sample, subject=first.setdefault(sample.twins, sample.subject)) if sample.twins >= 0 else sample
        for sample in samples
    )


def cut_cell(sample: Sample, preprocessing: Preprocessing, config: DataConfig) -> Pixels:
    """Decode and cut out one sample: shape (crop, crop, 3).

    Raises
    ------
    ImageError
        When the file is unreadable or has not the canvas size.
    """
    return _kept(_canvas(sample, preprocessing, config), preprocessing, config)


def _kept(pixels: Pixels, preprocessing: Preprocessing, config: DataConfig) -> Pixels:
    return resized(pixels, preprocessing) if config.canvas == "resize" else cut(pixels, preprocessing)


def cut(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Keep the central square: (canvas, canvas, 3) to (crop, crop, 3)."""
    offset = (preprocessing.canvas - preprocessing.crop) // 2
    return pixels[offset : offset + preprocessing.crop, offset : offset + preprocessing.crop]


def _canvas(sample: Sample, preprocessing: Preprocessing, config: DataConfig) -> Pixels:
    side = preprocessing.canvas
    pixels = read_pixels(sample.path)
    if config.canvas == "fit":
        pixels = on_canvas(pixels, side)
    if config.canvas != "resize" and pixels.shape != (side, side, 3):
        raise ImageError(
            f"“{sample.path.name}” is {pixels.shape[1]}x{pixels.shape[0]}, not {side}x{side} pixels; if the scale is "
            'right, data.canvas = "fit" cuts or pads it with black; if it is the whole canvas, "resize" takes it so.'
        )
    return pixels


def _labels_of(samples: Iterable[Sample]) -> dict[int, set[int]]:
    labels: defaultdict[int, set[int]] = defaultdict(set)
    for sample in samples:
        if sample.twins >= 0:
            labels[sample.twins].add(sample.label)
    return labels


def _contradictions(samples: Iterable[Sample]) -> list[str]:
    """A sentence for every cell that carries two labels."""
    groups: defaultdict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.twins >= 0:
            groups[sample.twins].append(sample)
    return [_contradiction(twins) for twins in groups.values() if len({twin.label for twin in twins}) > 1]


def _contradiction(twins: Sequence[Sample]) -> str:
    names = " and ".join(f"“{twin.file}”" for twin in twins)
    if len({twin.digest for twin in twins}) == 1:
        return f"{names} show the same picture with different labels; correct one of them."
    return (
        f"{names} show the same cell with different labels; correct one of them, or, if they are different cells, "
        'set data.duplicates = "exact".'
    )
