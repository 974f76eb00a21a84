"""What a cell costs in processor time alone and with workers, and from which load on one needs more of them.

``python -m tests.benchmarks.bench_workers`` prints the tables of ``docs/scale.md``. Processor time, not the clock: it
says the same while other programs run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil

from leukoscope.domain.progress import Progress
from leukoscope.inference.library import BundleLibrary
from leukoscope.workflow.app_dirs import AppDirs, shipped_models
from leukoscope.workflow.batch import BatchRequest, analyze_to_folder
from leukoscope.workflow.many.crew import Crew, crew_here
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from leukoscope.workflow.model_runtime import choose
from tests.drawn_run import draw_cells

CELLS = 160
FIRST = 40
"""Images before this one load libraries and models, which a long run does once."""
LOADS = (2_000, 20_000, 100_000, 1_000_000)
CORES = (2, 8, 32, 128)
BUSY = 0.85
"""Share of the cores that a run keeps busy: the rest waits for disks, lines and the last images."""


def _spent() -> float:
    program = psutil.Process()
    every = [program, *program.children(recursive=True)]
    return sum(one.cpu_times().user + one.cpu_times().system for one in every)


def cost(images: Path, out: Path, panel: ModelPanel, crew: Crew | None, maps: bool) -> float:
    """Processor seconds a cell, once everything is loaded."""
    at: dict[int, float] = {}

    def look(progress: Progress) -> None:
        if progress.done in {FIRST, CELLS}:
            at[progress.done] = _spent()

    analyze_to_folder(BatchRequest((images,), out, maps=maps), panel, panel.bundles, on_progress=look, crew=crew)
    return (at[CELLS] - at[FIRST]) / (CELLS - FIRST)


def _with_panel(measure: Callable[[ModelPanel], None]) -> None:
    home = AppDirs.of_user()
    bundles = choose(BundleLibrary(shipped_models(), home.models), ())
    with closing(make_panel(bundles, home.graphs)) as panel:
        measure(panel)


def span(cells: int, cost_s: float, cores: int) -> str:
    """How long a load takes."""
    minutes = cells * cost_s / (cores * BUSY) / 60
    return f"{max(1, round(minutes))} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory(prefix="leukoscope-workers-") as name:
        work = Path(name)
        draw_cells(work / "in", CELLS)
        costs: dict[str, float] = {}

        def alone(panel: ModelPanel) -> None:
            costs["alone"] = cost(work / "in", work / "alone", panel, None, maps=False)

        def by_workers(panel: ModelPanel) -> None:
            for count in (1, 2):
                with crew_here(count, panel.bundles, None) as (crew, _):
                    key = f"{count} worker{'s' * (count > 1)}"
                    costs[key] = cost(work / "in", work / key, panel, crew, maps=False)

        _with_panel(alone)
        _with_panel(by_workers)
    print(f"| {CELLS - FIRST} cells, {os.cpu_count()} cores | processor time a cell | |\n|---|---|---|")
    for key, one in costs.items():
        print(f"| {key} | {1e3 * one:.0f} ms | {one / costs['alone']:.2f} |")
    each = max(costs.values())
    print(f"\n| cells | {' | '.join(f'{cores} cores' for cores in CORES)} |\n|---|{'---|' * len(CORES)}")
    for cells in LOADS:
        print(f"| {cells:,} | " + " | ".join(span(cells, each, cores) for cores in CORES) + " |")


if __name__ == "__main__":
    main()
