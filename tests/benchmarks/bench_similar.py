"""The five nearest of 100,000 cells against 20 ms, and against comparing with all: ``... bench_similar``.

Vectors are drawn with the spectrum that the shipped differential's features have (32, 64, 127 axes hold 96, 98, 99 % of
their squared length, measured on 489 cells of PBC), in as many dimensions.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leukoscope.site.similar import NearestCells

CELLS, FEATURES, CLASSES = 100_000, 1280, 10
BUDGET_MS = 20.0
QUERIES = 60


def drawn(n: int, seed: int) -> NDArray[np.float16]:
    """Cells of ten classes: spread along axes of falling length, and a little in every direction."""
    rng = np.random.default_rng(seed)
    lengths = np.arange(1, FEATURES + 1) ** -1.0
    middles = np.random.default_rng(1).normal(size=(CLASSES, FEATURES)) * lengths * 2
    made = np.empty((n, FEATURES), np.float16)
    for first in range(0, n, 4096):
        count = min(4096, n - first)
        around = rng.normal(size=(count, FEATURES)) * lengths
        made[first : first + count] = middles[rng.integers(CLASSES, size=count)] + around
    return made


def milliseconds(run: object, times: int) -> NDArray[np.float64]:
    """How long each call takes."""
    assert callable(run)
    found = []
    for number in range(times):
        begun = time.perf_counter()
        run(number)
        found.append(1e3 * (time.perf_counter() - begun))
    return np.array(found)


def main(_arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    cells, asked = drawn(CELLS, 2), drawn(QUERIES, 3)
    begun = time.perf_counter()
    index = NearestCells(cells)
    built = time.perf_counter() - begun
    index.nearest(asked[0])
    found = milliseconds(lambda number: index.nearest(asked[number]), QUERIES)
    units = cells.astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    every = milliseconds(lambda number: np.argpartition(units @ asked[number].astype(np.float32), -5), 10)
    middle = float(np.median(found))
    print(f"{CELLS:,} cells of {FEATURES:,} features, made ready in {built:.1f} s")
    print(f"median of {QUERIES}: {middle:6.1f} ms, {middle / BUDGET_MS:.2f} of the budget of {BUDGET_MS:.0f} ms")
    print(f"slowest:      {found.max():6.1f} ms, {found.max() / BUDGET_MS:.2f} of the budget")
    print(f"comparing with all: {np.median(every):6.1f} ms, {np.median(every) / middle:.1f} times as long")


if __name__ == "__main__":
    main(sys.argv[1:])
