"""What one cell costs: its name, two opinions with maps, and its shape, against the two networks alone.

``python -m tests.benchmarks.bench_one_cell [--without-networks]``. Every figure is a ratio or a processor time of one
run: wall clocks of a shared machine say little. A cell is one that no bundle keeps from the others, the dearest kind.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import psutil

from leukoscope.domain.cells import CellImage, View
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.morphology import measure
from leukoscope.inference.library import BundleLibrary
from leukoscope.sources.demo import demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from tests.benchmarks.bench_cut import MODELS

ROUNDS = 40
QUIET_MS = 26.0
"""Two networks with maps on two quiet cores, as measured when they were the only ones."""


def processor_seconds() -> float:
    """What this process and its children have used so far."""
    own = psutil.Process()
    times = [one.cpu_times() for one in (own, *own.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def dearest(panel: ModelPanel) -> CellImage:
    """A drawn cell that all bundles speak of."""
    field = demo_field()
    images = [cut_out(field, cell) for cell in localize(field, View.FIELD)]
    for image, said in zip(images, panel.judge(images, maps=False), strict=True):
        if not said.is_empty and len(said.opinions) == len(panel.bundles) - 1:
            return image
    return images[0]


def interleaved(ways: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Median wall and mean processor milliseconds of each way, all ways in turn."""
    walls: dict[str, list[float]] = {name: [] for name in ways}
    used: dict[str, float] = dict.fromkeys(ways, 0.0)
    for way in ways.values():
        way()
    for _ in range(ROUNDS):
        for name, way in ways.items():
            before, begun = processor_seconds(), time.perf_counter()
            way()
            walls[name].append(1e3 * (time.perf_counter() - begun))
            used[name] += 1e3 * (processor_seconds() - before)
    return {name: (float(np.median(walls[name])), used[name] / ROUNDS) for name in ways}


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    bundles = BundleLibrary(MODELS, MODELS / "none").list()
    if "--without-networks" in arguments:
        bundles = tuple(bundle for bundle in bundles if bundle.manifest.kind != "network")
    panel = make_panel(bundles, AppDirs.of_user().graphs)
    names = {
        kind: [b.manifest.name for b in bundles if b.manifest.kind == kind] for kind in ("network", "differential")
    }
    try:
        image = dearest(panel)

        def asked(wanted: Sequence[str], maps: bool = True) -> Callable[[], object]:
            return lambda: next(panel.judge([image], bundles=wanted, maps=maps))

        ways: dict[str, Callable[[], object]] = {
            "two networks": asked(names["network"]),
            "differential": asked(names["differential"]),
            "shape": lambda: measure(image),
            "all": asked([bundle.manifest.name for bundle in bundles]),
            "all without maps": asked([bundle.manifest.name for bundle in bundles], maps=False),
        }
        if not names["network"]:
            del ways["two networks"]
        found = interleaved(ways)
    finally:
        panel.close()
    if "two networks" not in found:
        for name, (wall, used) in found.items():
            print(f"  {name:<18} wall {wall:7.1f} ms; processor {used:6.1f} ms")
        return
    base_wall, base_used = found["two networks"]
    for name, (wall, used) in found.items():
        print(
            f"  {name:<18} wall {wall:7.1f} ms, {wall / base_wall:5.2f} of the two networks'; "
            f"processor {used:6.1f} ms, {used / base_used:5.2f}"
        )
    print(f"  on two quiet cores about {QUIET_MS * found['all'][1] / base_used:.0f} ms for all of one cell")


if __name__ == "__main__":
    main(sys.argv[1:])
