"""How fast a cell is judged with its maps, and how soon after the start.

``python -m tests.benchmarks.bench_inference --reference`` measures the networks of DESIGN section 6 with random weights
instead of the shipped bundles. Part of the reference ensemble's ratio is Keras running ConvNeXt's grouped convolution
badly on CPUs: with ``depthwise_conv2d`` in its place the ratios were 13x and 1.6x instead of 23x and 3.6x.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leukoscope.domain.cells import Box, Cell, CellImage
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine import Engine
from leukoscope.inference.importer import import_model
from leukoscope.inference.library import BundleLibrary, InstalledBundle

SHIPPED = Path(__file__).resolve().parents[2] / "models"
ROUNDS = 30
SLOW_ROUNDS = 8
"""The published way takes a second or more; it need not be repeated as often."""


def cell_image() -> CellImage:
    """A cell of noise on black, on the canvas of C-NMC."""
    pixels = np.zeros((450, 450, 3), np.uint8)
    pixels[150:300, 150:300] = np.random.default_rng(0).integers(40, 220, (150, 150, 3), dtype=np.uint8)
    whole = Box(150, 150, 150, 150)
    return CellImage(pixels, Cell(whole, np.ones((150, 150), bool), "0" * 64), 1.0, (225.0, 225.0))


def row(what: str, milliseconds: float, note: str = "") -> None:
    """Print one line of the table."""
    print(f"| {what:<58} | {milliseconds:>9.1f} | {note:<42} |", flush=True)


def interleaved(ways: dict[str, Callable[[], Any]], slow: Sequence[str]) -> dict[str, float]:
    """Median milliseconds of each way; all ways in turn, so that a noisy machine hits them alike."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for number in range(ROUNDS):
        for name, way in ways.items():
            if name in slow and number >= SLOW_ROUNDS:
                continue
            begun = time.perf_counter()
            way()
            times[name].append((time.perf_counter() - begun) * 1e3)
    return {name: float(np.median(found)) for name, found in times.items()}


def one_cell(bundle: InstalledBundle, cache: Path) -> None:
    """Prediction and maps of one cell: published way, tf.function, compiled graph, engine."""
    import openvino as ov
    import tensorflow as tf

    from leukoscope.inference.graph import COMPILE_OPTIONS, convert, run_graph
    from leukoscope.inference.loading import load_model
    from leukoscope.inference.original import Original
    from leukoscope.inference.probes import probe_inputs

    manifest = bundle.manifest
    model = load_model(bundle.model_file)
    original = Original(model, manifest)
    core = ov.Core()
    requests = [
        core.compile_model(convert(model, manifest, maps=maps), "CPU", COMPILE_OPTIONS).create_infer_request()
        for maps in (True, False)
    ]
    pixels = probe_inputs(manifest.preprocessing)[1]
    batch, image = tf.constant(pixels[None]), cell_image()
    engine = Engine([bundle], cache)
    try:
        found = interleaved(
            {
                "published": lambda: (original.predict(pixels), original.tape(batch)),
                "predict": lambda: original.predict(pixels),
                "tf.function": lambda: original(pixels),
                "graph": lambda: run_graph(requests[0], pixels),
                "graph without maps": lambda: run_graph(requests[1], pixels),
                "engine": lambda: next(engine.judge([image])),
            },
            slow=("published", "predict"),
        )
    finally:
        engine.close()
    graph = found["graph"]
    row("published way: model.predict + eager GradientTape", found["published"], f"{found['published'] / graph:.1f}x")
    row("model.predict alone", found["predict"])
    row("tf.function: prediction + maps", found["tf.function"], f"{found['tf.function'] / graph:.2f}x")
    row("compiled graph: prediction + maps", graph, "1x")
    row(
        "compiled graph: prediction only",
        found["graph without maps"],
        f"maps cost {graph / found['graph without maps']:.2f}x",
    )
    row("engine: cut, resize, other process, calibrate, novelty", found["engine"], "what a technician waits")
    _agreement(original, requests[0], probe_inputs(manifest.preprocessing), run_graph)


def _agreement(original: Any, request: Any, probes: Sequence[Any], run_graph: Callable[..., Any]) -> None:
    probability = maps = 0.0
    for pixels in probes:
        compiled, expected = run_graph(request, pixels), original(pixels)
        for name, values in expected.items():
            if name == "logit":
                p, q = (1 / (1 + np.exp(-one[name].astype(np.float64))) for one in (compiled, expected))
                probability = max(probability, float(np.abs(p - q).max()))
            else:
                off = np.abs(compiled[name] - values).max() / np.abs(values).max()
                maps = max(maps, float(off))
    print(f"largest difference from Keras: probability {probability:.1e}, maps {maps:.1e} of their maximum\n")


def start(bundles: Sequence[InstalledBundle], cache: Path) -> None:
    """From nothing to the first finding of all bundles, against Keras doing the same without maps."""
    engine = Engine(bundles, cache)
    engine.wait_ready()
    engine.close()
    ours, theirs = [], []
    for _ in range(3):
        begun = time.perf_counter()
        engine = Engine(bundles, cache)
        next(engine.judge([cell_image()]))
        ours.append((time.perf_counter() - begun) * 1e3)
        engine.close()
        files = [str(bundle.model_file) for bundle in bundles]
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.keras_start", *files], capture_output=True, text=True, check=True
        )
        theirs.append(float(done.stdout.split()[-2]) * 1e3)
    names = " + ".join(bundle.manifest.name for bundle in bundles)
    row(f"Keras: import, load, first predict ({names})", float(np.median(theirs)))
    row(
        "engine: start to first finding, warm cache",
        float(np.median(ours)),
        f"{np.median(theirs) / np.median(ours):.1f}x",
    )


def _reference(folder: Path) -> tuple[InstalledBundle, ...]:
    """Build the reference networks and import them as a person would."""
    library = BundleLibrary(folder / "none", folder / "user")
    for name in ("hybrid", "ensemble"):
        command = [sys.executable, "-m", "tests.benchmarks.reference", str(folder / f"{name}.keras"), name]
        subprocess.run(command, check=True, capture_output=True)
        begun = time.perf_counter()
        import_model(
            folder / f"{name}.keras",
            library,
            classes=("healthy", "leukemic"),
            name=f"reference-{name}",
            on_step=lambda text, done, total: None,
            cancel=CancelToken(),
        )
        print(f"imported reference-{name} in {time.perf_counter() - begun:.0f} s", flush=True)
    return library.list()


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "graphs"
        if "--reference" in arguments:
            bundles = _reference(Path(folder))
        else:
            bundles = BundleLibrary(SHIPPED, Path(folder) / "none").list()
        for bundle in bundles:
            manifest = bundle.manifest
            print(f"\n{manifest.name} {manifest.version}, {manifest.parameters:,} parameters; one cell, median ms\n")
            one_cell(bundle, cache)
        for chosen in [(bundle,) for bundle in bundles] + [bundles]:
            start(chosen, cache)


if __name__ == "__main__":
    main(sys.argv[1:])
