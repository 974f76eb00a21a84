"""The frozen part of a network runs once; its activations are kept and the rest trains on them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from leukoscope.inference.preprocessing import resized
from training.activation_cache import ActivationCache
from training.augment import augment
from training.config import TrainingConfig
from training.data import CellSet
from training.frozen import compiled
from training.lymphocytes import Restyling, find_restyling, restyled
from training.split_network import Branch

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
    return np.stack([resized(crop, config.preprocessing) for crop in crops])


def compute_activations(
    branches: Sequence[Branch],
    cells: CellSet,
    config: TrainingConfig,
    say: Callable[[str], None],
    *,
    draws: int | None = None,
    cache: ActivationCache | None = None,
) -> Activations:
    """Run the frozen part of every branch over all cells and some random variants of each.

    Every variant depends on the seed, its number and the cell alone, so that any run repeats it.

    Parameters
    ----------
    branches, cells, config
        Of the run.
    say
        Gets a line per pass over the cells.
    draws
        How many variants; ``None``: as configured.
    cache
        Where the activations lie and what of them is done already; ``None``: in memory.
    """
    n, draws = len(cells.samples), config.fit.draws if draws is None else draws
    shapes = [branch.frozen.output.shape[1:] for branch in branches]
    make = cache.array if cache is not None else _in_memory
    plain = tuple(make(f"plain-{i}", (n, *shape)) for i, shape in enumerate(shapes))
    drawn = tuple(make(f"drawn-{i}", (draws, n, *shape)) for i, shape in enumerate(shapes))
    done = cache.passes if cache is not None else 0
    programs = [compiled(branch.frozen) for branch in branches] if done <= draws else []
    start = time.monotonic()
    restyling = find_restyling(cells) if config.augment.restyle and done <= draws else None
    for draw in range(done - 1, draws):
        for rows, pixels in _pixels(cells, config, draw, restyling):
            samples = pixels.astype(np.float32)
            for program, still, moved in zip(programs, plain, drawn, strict=True):
                target = still if draw < 0 else moved[draw]
                target[rows.start : rows.stop] = program(samples)
        if cache is not None:
            cache.note(draw + 2)
        say(f"frozen part: {draw + 2} of {draws + 1} passes, {time.monotonic() - start:.0f} s")
    return Activations(plain, drawn)


def _in_memory(_: str, shape: tuple[int, ...]) -> Array:
    return np.empty(shape, np.float16)


def _pixels(
    cells: CellSet, config: TrainingConfig, draw: int, restyling: Restyling | None
) -> Iterator[tuple[range, NDArray[np.uint8]]]:
    """Chunks of the network's input, the next one made while the last is computed; ``draw`` -1 is the plain one."""
    n = len(cells.samples)
    chunks = [range(first, min(n, first + _CHUNK)) for first in range(0, n, _CHUNK)]

    def make(rows: range) -> NDArray[np.uint8]:
        crops = cells.crops[rows.start : rows.stop]
        if draw < 0:
            return network_input(crops, config)
        size = (config.preprocessing.height, config.preprocessing.width)
        rngs = [np.random.default_rng([config.seed, draw, row]) for row in rows]
        if restyling is not None:
            triples = zip(crops, rows, rngs, strict=True)
            crops = np.stack(
                [restyled(crop, row, restyling, config.augment.restyle, rng) for crop, row, rng in triples]
            )
        return np.stack([augment(crop, size, config.augment, rng) for crop, rng in zip(crops, rngs, strict=True)])

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(make, chunks[0])
        for rows, following in zip_longest(chunks, chunks[1:]):
            pixels = waiting.result()
            if following is not None:
                waiting = pool.submit(make, following)
            yield rows, pixels
