"""A smear moved by hand under a live camera: ``python -m tests.benchmarks.bench_live_map [COLUMNS ROWS]``.

Ten updates a second of 640x512 go over 10 by 10 fields with 20 % overlap; every field rests for a moment and is taken.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from leukoscope.imaging.coverage import gaps
from leukoscope.imaging.following import Follower
from tests.unit.imaging.fields_by_hand import corners, off, photographed, smear, snake

WIDTH, HEIGHT = 640, 512
STEPS = 6
"""Pictures on the way from one field to the next, and the time of one in seconds."""
STEP_S = 0.1


def way(right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners of all pictures: between two fields, then two at rest."""
    between = [a + (b - a) * (step + 1) / STEPS for a, b in pairwise(right) for step in range(STEPS)]
    rested = [right[0]] * 2
    for number, place in enumerate(between):
        rested += [place] * (3 if number % STEPS == STEPS - 1 else 1)
    return np.array(rested)


def moved(world: Pixels, right: NDArray[np.float64]) -> Iterator[tuple[Pixels, bool]]:
    """Pictures of the way, and whether each is the last of a rest."""
    places = way(right)
    ends = {1 + number * (STEPS + 2) for number in range(len(right))}
    for number, pixels in enumerate(photographed(world, places, WIDTH, HEIGHT)):
        yield pixels, number in ends


def main(columns: int = 10, rows: int = 10) -> None:
    """Print where places lie, what became of the pictures, and the processor's time for an update."""
    world, right = smear(columns, rows, WIDTH, HEIGHT), corners(snake(columns, rows), WIDTH, HEIGHT)
    follower, spent, became, taken = Follower(), list[float](), Counter[str](), list[int]()
    for number, (pixels, is_end) in enumerate(moved(world, right)):
        before = time.process_time()
        became[follower.look(pixels, number * STEP_S).what.value] += 1
        spent.append(time.process_time() - before)
        if is_end:
            follower.take(pixels)
            taken.append(len(follower.places) - 1)
    groups = follower.mosaic.groups()
    found = {index: groups[0][place] for index, place in enumerate(taken) if place in groups[0]}
    print(f"{len(right)} fields of {WIDTH}x{HEIGHT}, {len(spent)} pictures: {dict(became)}")
    print(f"pieces: {len(groups)}; places: {len(follower.places)}, taken on the map: {len(found)}")
    print(f"places: {off(found, right):.2f} px RMS; gaps: {len(gaps(groups[0].values(), (WIDTH, HEIGHT)))}")
    times = np.array(spent) * 1e3
    print(f"processor's time for an update: mean {times.mean():.0f} ms, of a hundred 95 below ", end="")
    print(f"{np.percentile(times, 95):.0f} ms, most {times.max():.0f} ms; all: {1e3 / times.mean():.0f} a second")


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:3]))
