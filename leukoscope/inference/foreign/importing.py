"""Take in a model that OpenVINO reads by itself. Runs in a child process only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from leukoscope.domain.feeding import fitting
from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.containers import Container, not_read
from leukoscope.inference.foreign.fitting import GRID, OCCLUSION, figures_graph, fitted, run
from leukoscope.inference.foreign.reading import input_of, read_graph, structure_of, wanted_port
from leukoscope.inference.import_manifest import manifest_of
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.manifest import ExplanationLayer, Manifest
from leukoscope.inference.namings import softmax
from leukoscope.inference.opinions import calibrated
from leukoscope.inference.probes import probe_inputs
from leukoscope.inference.runner import COMPILE_OPTIONS

TOLERANCE = 1e-4
"""Largest difference of a probability between a graph with its map and one without."""


def compiled_foreign(
    order: ImportOrder, container: Container, model: Path, folder: Path, step: Callable[[int], None]
) -> tuple[Manifest, ov.Model]:
    """The manifest and the graph of a checked model.

    Parameters
    ----------
    order
        What is wanted.
    container
        Of which kind it is.
    model
        The bundle's copy of it.
    folder
        For what has to be unpacked; must outlive the graph.
    step
        Told what is being done.

    Raises
    ------
    BundleError
        With one sentence, when it cannot be taken.
    """
    step(1)
    name = Path(order.file).name
    graph = read_graph(model, container, folder, name)
    head, port = wanted_port(graph, len(order.classes), order.output, name)
    height, width, channels, _ = input_of(graph, name)
    step(2)
    fed = Preprocessing.of(fitting(order.feeding, channels), height, width, channels)
    probes = probe_inputs(fed)
    try:
        said = run(figures_graph(model, container, folder, head, len(order.classes)), probes, COMPILE_OPTIONS)
    except RuntimeError as error:
        raise not_read(name, repr(error)) from error
    found = structure_of(graph, port, np.stack(said), name)
    manifest = manifest_of(order, found, head, model).model_copy(update={"container": container})
    step(3)
    plain = fitted(model, manifest, folder, 0)
    step(4)
    mapped = _with_map(model, manifest, folder, plain)
    return mapped if mapped is not None else (manifest, plain)


def _with_map(model: Path, manifest: Manifest, folder: Path, plain: ov.Model) -> tuple[Manifest, ov.Model] | None:
    """The graph with its map; ``None`` where the model does not take several looks at once and say the same."""
    layer = ExplanationLayer(name=OCCLUSION, title="Occlusion", kind=MapKind.OCCLUSION, layer="input", maximum=1.0)
    shown = manifest.model_copy(update={"explanations": (layer,)})
    try:
        graph = fitted(model, shown, folder, GRID)
    except RuntimeError:
        return None
    probes = probe_inputs(manifest.preprocessing, 3)
    pairs = zip(run(plain, probes, COMPILE_OPTIONS), run(graph, probes, COMPILE_OPTIONS), strict=True)
    same = all(np.abs(_shares(one, manifest) - _shares(other, manifest)).max() <= TOLERANCE for one, other in pairs)
    return (shown, graph) if same else None


def _shares(logits: NDArray[np.float32], manifest: Manifest) -> NDArray[np.float64]:
    if manifest.kind == "differential":
        return softmax(logits)
    return np.array([calibrated(float(logits[0]), manifest.calibration)])


def compiled_again(model: Path, manifest: Manifest, folder: Path) -> ov.Model:
    """The graph of an installed bundle, once more."""
    return fitted(model, manifest, folder, GRID if manifest.explanations else 0)
