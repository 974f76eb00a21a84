"""Groups of one shipped network: its compiled graph beside Keras, TensorFlow and the machine's own limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.bench_inference import cell_image
from tests.benchmarks.guard.ratios import Better, Row
from tests.benchmarks.guard.timing import Group

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle

STREAM = 8
"""Cells of one call that shows the engine at work."""
QUEUE = 64
"""Cells of one call that shows the engine kept busy, each core with a cell of its own."""


def bundle_of(models: Path, name: str) -> InstalledBundle:
    """An installed bundle by its name."""
    from leukoscope.inference.library import BundleLibrary

    return next(one for one in BundleLibrary(models, models / "none").list() if one.manifest.name == name)


@contextmanager
def network(models: Path, cache: Path, name: str) -> Iterator[Group]:
    """Prediction and maps of one cell, and a stream of cells through the engine.

    The published way is ``model.predict`` and an eager GradientTape; ``tf.function`` does both in one traced call; the
    batch is that function over eight cells, the quickest that the reference Grad-CAM can be run in TensorFlow.
    """
    import openvino as ov
    import tensorflow as tf

    from leukoscope.inference.engine import Engine
    from leukoscope.inference.graph import convert, run_graph
    from leukoscope.inference.loading import load_model
    from leukoscope.inference.original import Original
    from leukoscope.inference.probes import probe_inputs
    from leukoscope.inference.runner import COMPILE_OPTIONS
    from tests.benchmarks.guard.flops import PRODUCT_FLOPS, flops_of, product
    from tests.benchmarks.guard.onnx_peer import onnx_runtime

    bundle = bundle_of(models, name)
    manifest = bundle.manifest
    model = load_model(bundle.model_file)
    original, core = Original(model, manifest), ov.Core()
    graphs = {maps: convert(model, manifest, maps=maps) for maps in (True, False)}
    requests = {
        maps: core.compile_model(graph, "CPU", COMPILE_OPTIONS).create_infer_request() for maps, graph in graphs.items()
    }
    flops = flops_of(graphs[False])
    pixels = probe_inputs(manifest.preprocessing)[1]
    one, eight = tf.constant(pixels[None]), tf.constant([pixels] * STREAM)
    image = cell_image()
    engine = Engine([bundle], cache)
    try:
        list(engine.judge([image] * QUEUE, maps=False))
        yield Group(
            ways={
                "graph": lambda: run_graph(requests[True], pixels),
                "graph without maps": lambda: run_graph(requests[False], pixels),
                "published": lambda: (original.predict(pixels), original.tape(one)),
                "tf.function": lambda: original(pixels),
                "tf.function, batch": lambda: original.traced(eight),
                "engine": lambda: list(engine.judge([image] * STREAM)),
                "engine kept busy": lambda: list(engine.judge([image] * QUEUE, maps=False)),
                "ONNX Runtime": onnx_runtime(model, pixels),
                "product": product(COMPILE_OPTIONS),
            },
            rows=(
                Row(f"{name}: prediction and maps of one cell, as fast as the published way", "graph", "published"),
                Row(f"{name}: the same, as fast as one tf.function", "graph", "tf.function"),
                Row(f"{name}: maps and prediction cost, in predictions", "graph", "graph without maps", Better.LESS),
                Row(f"{name}: eight cells through the engine with maps, as fast as one tf.function over eight",
                    "engine", "tf.function, batch"),
                Row(f"{name}: share of the machine's float32 product, engine kept busy", "engine kept busy",
                    "product", scale=QUEUE * flops / PRODUCT_FLOPS),
                Row(f"{name}: prediction of one cell, as fast as ONNX Runtime", "graph without maps", "ONNX Runtime"),
            ),
            seconds=45.0,
            facts={"gigaflops of one cell": flops / 1e9},
        )  # fmt: skip
    finally:
        engine.close()


@contextmanager
def panel(models: Path, cache: Path) -> Iterator[Group]:
    """What one cell costs: all models, two networks with maps alone, and the machine's measure."""
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.model_panel import make_panel
    from tests.benchmarks.bench_one_cell import dearest

    bundles = BundleLibrary(models, models / "none").list()
    networks = [one.manifest.name for one in bundles if one.manifest.kind == "network"]
    everyone = [one.manifest.name for one in bundles]
    judging = make_panel(bundles, cache)
    try:
        image = dearest(judging)
        yield Group(
            ways={
                "all": lambda: next(judging.judge([image], bundles=everyone, maps=True)),
                "two networks": lambda: next(judging.judge([image], bundles=networks, maps=True)),
            },
            rows=(Row("one cell: all models cost, in the two networks", "all", "two networks", Better.LESS),),
        )
    finally:
        judging.close()
