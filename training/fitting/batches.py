"""Batches of training cells. Order and variants follow from the seed and the epoch alone, whatever ran before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.activations import Activations, network_input
from training.augment import augment
from training.config import TrainingConfig
from training.data import CellSet

Inputs = tuple[NDArray[np.float32], ...]
_ORDER = 1
_VARIANT = 2
_MIX = 4


@dataclass(frozen=True, eq=False)
class Batch:
    """What one device gets in one step.

    Parameters
    ----------
    inputs
        For each input of the model (n, ...), float32.
    labels
        (n, 1), float32, 0 or 1.
    weights
        (n,), float32: how much each cell counts.
    """

    inputs: Inputs
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]


class Source(Protocol):
    """Where inputs of the model come from."""

    def variants(self, rows: NDArray[np.int64], epoch: int) -> Inputs:
        """Random variants of training cells; each depends on the seed, the epoch and its row alone."""

    def plain(self, rows: NDArray[np.int64]) -> Inputs:
        """The cells as they are."""


class CachedSource:
    """Activations at the cuts, for a model that begins there; see ``split_network.SplitNetwork.trainable``."""

    def __init__(self, activations: Activations, seed: int) -> None:
        self._activations = activations
        self._seed = seed

    def variants(self, rows: NDArray[np.int64], epoch: int) -> Inputs:
        """One of the variants that are kept of each cell."""
        drawn = self._activations.drawn
        count, n = drawn[0].shape[:2]
        draws = np.random.default_rng([self._seed, _VARIANT, epoch]).integers(0, count, (n,))[rows]
        return tuple(kept[draws, rows].astype(np.float32) for kept in drawn)

    def plain(self, rows: NDArray[np.int64]) -> Inputs:
        """What the frozen part makes of the unaltered cells."""
        return tuple(kept[rows].astype(np.float32) for kept in self._activations.plain)


class PixelSource:
    """Pixels, freshly altered in every epoch, for the whole network."""

    def __init__(self, cells: CellSet, config: TrainingConfig) -> None:
        self._cells = cells
        self._config = config
        self._size = (config.preprocessing.height, config.preprocessing.width)
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="augment")

    def variants(self, rows: NDArray[np.int64], epoch: int) -> Inputs:
        """A variant that no other epoch has."""

        def make(row: int) -> NDArray[np.uint8]:
            rng = np.random.default_rng([self._config.seed, _VARIANT, epoch, row])
            return augment(self._cells.crops[row], self._size, self._config.augment, rng)

        return (np.stack(list(self._pool.map(make, rows.tolist()))).astype(np.float32),)

    def plain(self, rows: NDArray[np.int64]) -> Inputs:
        """Only resized."""
        return (network_input(self._cells.crops[rows], self._config).astype(np.float32),)


@dataclass(frozen=True, eq=False)
class Deal:
    """Which cells train, and in what order and portions.

    Parameters
    ----------
    source
        Of the inputs.
    rows
        Training cells, shape (n,).
    labels, weights
        Of all cells.
    batch
        Cells of one step over all devices; an incomplete last batch is left out.
    seed
        Fixes the order.
    mixup
        See :func:`mixed`; each device mixes its own part of a batch. 0 mixes nothing.
    """

    source: Source
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    batch: int
    seed: int
    mixup: float = 0.0

    @property
    def steps(self) -> int:
        """Batches of one epoch."""
        return int(self.rows.size // self.batch)

    def epoch(self, number: int, devices: range, count: int) -> Iterator[list[Batch]]:
        """Every step's batches for some of ``count`` devices, made one step ahead.

        Parameters
        ----------
        number
            Counted over all phases, from 0.
        devices
            Which of the devices are this process's own; each gets its own part of the global batch.
        count
            Of all devices of all processes; divides ``batch``.
        """
        order = np.random.default_rng([self.seed, _ORDER, number]).permutation(self.rows)
        share = self.batch // count

        def make(step: int) -> list[Batch]:
            first = [step * self.batch + device * share for device in devices]
            return [self._batch(order[start : start + share], number) for start in first]

        with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
            waiting = pool.submit(make, 0)
            for step in range(self.steps):
                ready = waiting.result()
                if step + 1 < self.steps:
                    waiting = pool.submit(make, step + 1)
                yield ready

    def _batch(self, rows: NDArray[np.int64], epoch: int) -> Batch:
        labels, weights = self.labels[rows, None].astype(np.float32), self.weights[rows].astype(np.float32)
        batch = Batch(self.source.variants(rows, epoch), labels, weights)
        if not self.mixup:
            return batch
        return mixed(batch, self.mixup, np.random.default_rng([self.seed, _MIX, epoch, int(rows[0])]))


def mixed(batch: Batch, mixup: float, rng: np.random.Generator) -> Batch:
    """Mix every cell with another of its batch, and their labels and weights in the same proportion.

    The network learns what lies between two people, and to be less sure of itself there. All branches mix the same
    cells in the same proportion; a cell keeps at least half.

    Parameters
    ----------
    batch
        Unmixed.
    mixup
        Both numbers of the Beta distribution from which the share of a second cell is drawn (Zhang et al. 2018).
    rng
        The only source of chance.
    """
    kept = rng.beta(mixup, mixup, batch.weights.size).astype(np.float32)
    kept = np.maximum(kept, 1 - kept)
    other = rng.permutation(batch.weights.size)

    def blend(x: NDArray[np.float32]) -> NDArray[np.float32]:
        share = kept.reshape(-1, *(1,) * (x.ndim - 1))
        return np.asarray(x * share + x[other] * (1 - share), dtype=np.float32)

    return Batch(tuple(blend(x) for x in batch.inputs), blend(batch.labels), blend(batch.weights))
