"""The frozen part of a network runs once; its activations are kept and the rest trains on them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from training.augment import augment
from training.config import TrainingConfig
from training.data import CellSet
from training.frozen import compiled
from training.parts import Branch

Array = NDArray[np.float16]
Samples = NDArray[np.float32]
_CHUNK = 64


@dataclass(frozen=True, eq=False)
class Activations:
    """What the frozen part of every branch makes of every cell.

    Parameters
    ----------
    plain
        For each branch (n, ...), float16: the cells as they are. The only thing that evaluation ever sees.
    drawn
        For each branch (draws, n, ...), float16: random variants. Only rows of training cells are ever read.
    """

    plain: tuple[Array, ...]
    drawn: tuple[Array, ...]


def network_input(crops: NDArray[np.uint8], config: TrainingConfig) -> NDArray[np.uint8]:
    """Resize crops (n, crop, crop, 3) to the network's input (n, height, width, 3), as the program does."""
    size = (config.preprocessing.width, config.preprocessing.height)
    how = cv2.INTER_AREA if config.preprocessing.resize == "area" else cv2.INTER_LINEAR
    return np.stack([cv2.resize(crop, size, interpolation=how) for crop in crops]).astype(np.uint8)


def compute_activations(
    branches: Sequence[Branch], cells: CellSet, config: TrainingConfig, say: Callable[[str], None]
) -> Activations:
    """Run the frozen part of every branch over all cells and ``config.fit.draws`` variants of each.

    Every variant depends on the seed, its number and the cell alone, so that any run repeats it.
    """
    n, draws = len(cells.samples), config.fit.draws
    shapes = [branch.frozen.output.shape[1:] for branch in branches]
    plain = tuple(np.empty((n, *shape), np.float16) for shape in shapes)
    drawn = tuple(np.empty((draws, n, *shape), np.float16) for shape in shapes)
    programs = [compiled(branch.frozen) for branch in branches]
    start = time.monotonic()
    for draw in range(-1, draws):
        for rows, pixels in _pixels(cells, config, draw):
            samples = pixels.astype(np.float32)
            for program, still, moved in zip(programs, plain, drawn, strict=True):
                target = still if draw < 0 else moved[draw]
                target[rows.start : rows.stop] = program(samples)
        say(f"frozen part: {draw + 2} of {draws + 1} passes, {time.monotonic() - start:.0f} s")
    return Activations(plain, drawn)


def _pixels(cells: CellSet, config: TrainingConfig, draw: int) -> Iterator[tuple[range, NDArray[np.uint8]]]:
    """Chunks of the network's input, the next one made while the last is computed; ``draw`` -1 is the plain one."""
    n = len(cells.samples)
    chunks = [range(first, min(n, first + _CHUNK)) for first in range(0, n, _CHUNK)]

    def make(rows: range) -> NDArray[np.uint8]:
        crops = cells.crops[rows.start : rows.stop]
        if draw < 0:
            return network_input(crops, config)
        size = (config.preprocessing.height, config.preprocessing.width)
        rngs = (np.random.default_rng([config.seed, draw, row]) for row in rows)
        return np.stack([augment(crop, size, config.augment, rng) for crop, rng in zip(crops, rngs, strict=True)])

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(make, chunks[0])
        for rows, following in zip_longest(chunks, chunks[1:]):
            pixels = waiting.result()
            if following is not None:
                waiting = pool.submit(make, following)
            yield rows, pixels


def mixed(
    inputs: tuple[Samples, ...], labels: Samples, weights: Samples, mixup: float, rng: np.random.Generator
) -> tuple[tuple[Samples, ...], Samples, Samples]:
    """Mix every cell with another of its batch, and their labels and weights in the same proportion.

    The network learns what lies between two people, and to be less sure of itself there. All branches mix the same
    cells in the same proportion; a cell keeps at least half.

    Parameters
    ----------
    inputs
        For each branch (b, ...).
    labels, weights
        Shape (b, 1) and (b,).
    mixup
        See :class:`DrawnBatches`.
    rng
        The only source of chance.
    """
    kept = rng.beta(mixup, mixup, weights.size).astype(np.float32)
    kept = np.maximum(kept, 1 - kept)
    other = rng.permutation(weights.size)

    def blend(x: Samples) -> Samples:
        share = kept.reshape(-1, *(1,) * (x.ndim - 1))
        return np.asarray(x * share + x[other] * (1 - share), dtype=np.float32)

    return tuple(blend(x) for x in inputs), blend(labels), blend(weights)


class DrawnBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of training cells in random order, a random variant of each.

    Parameters
    ----------
    activations
        Of all cells.
    rows
        Which cells train, shape (n,).
    labels, weights
        Of all cells.
    batch
        Cells in a batch; an incomplete last one is left out.
    seed
        Fixes order and variants.
    mixup
        Both numbers of the Beta distribution from which the share of a second cell is drawn (Zhang et al. 2018); 0
        mixes nothing.
    """

    def __init__(
        self,
        activations: Activations,
        rows: NDArray[np.int64],
        labels: NDArray[np.int64],
        weights: NDArray[np.float64],
        *,
        batch: int,
        seed: int,
        mixup: float = 0.0,
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._drawn = activations.drawn
        self._rows = rows
        self._labels = labels
        self._weights = weights
        self._batch = min(batch, rows.size)
        self._mixup = mixup
        self._rng = np.random.default_rng(seed)
        self._order = self._rng.permutation(rows)

    def __len__(self) -> int:
        return int(self._rows.size // self._batch)

    def __getitem__(
        self, index: int
    ) -> tuple[tuple[NDArray[np.float32], ...], NDArray[np.float32], NDArray[np.float32]]:
        rows = self._order[index * self._batch : (index + 1) * self._batch]
        draws = self._rng.integers(0, self._drawn[0].shape[0], rows.size)
        inputs = tuple(drawn[draws, rows].astype(np.float32) for drawn in self._drawn)
        labels, weights = self._labels[rows, None].astype(np.float32), self._weights[rows].astype(np.float32)
        return mixed(inputs, labels, weights, self._mixup, self._rng) if self._mixup else (inputs, labels, weights)

    def on_epoch_end(self) -> None:
        """Deal the cells anew."""
        self._order = self._rng.permutation(self._rows)
