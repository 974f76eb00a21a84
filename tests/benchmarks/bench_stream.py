"""A folder of 10,000 cells through the engine with both shipped bundles: pace and memory, which must not grow.

``python -m tests.benchmarks.bench_stream [CELLS]``.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from leukoscope.domain.cells import CellImage
from leukoscope.inference.engine import Engine
from leukoscope.inference.library import BundleLibrary
from tests.benchmarks.bench_inference import SHIPPED, cell_image

CELLS = 10_000
LINES = 10


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


def main(arguments: Sequence[str] = ()) -> None:
    """Print a line for every tenth of the stream."""
    cells = int(arguments[0]) if arguments else CELLS
    image = cell_image()

    def images() -> Iterator[CellImage]:
        for _ in range(cells):
            yield CellImage(image.pixels.copy(), image.cell, image.scale, image.center)

    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(BundleLibrary(SHIPPED, Path(folder) / "none").list(), Path(folder) / "graphs")
        try:
            engine.wait_ready()
            child = next(one for one in multiprocessing.active_children() if one.name == "leukoscope-engine")
            process, parent = psutil.Process(child.pid), psutil.Process()
            print("| cells | engine MB | this process MB | ms per cell, both models with maps |")
            begun, last = time.perf_counter(), 0
            for number, _ in enumerate(engine.judge(images()), start=1):
                if number % max(cells // LINES, 1) == 0:
                    pace = (time.perf_counter() - begun) / (number - last) * 1e3
                    print(
                        f"| {number:>5} | {_megabytes(process):>9.0f} | {_megabytes(parent):>15.0f} | {pace:>8.1f} |",
                        flush=True,
                    )
                    begun, last = time.perf_counter(), number
        finally:
            engine.close()


if __name__ == "__main__":
    main(sys.argv[1:])
