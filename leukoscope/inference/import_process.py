"""The process that looks into a foreign model file, compiles it and writes the bundle. It ends afterwards."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leukoscope.domain.errors import BundleError, LeukoScopeError
from leukoscope.inference.compile_process import silence_tensorflow
from leukoscope.inference.containers import Container, container_of, put_together
from leukoscope.inference.graph_cache import KEPT_FOLDER, save_graph
from leukoscope.inference.heartbeat import HeartbeatSender
from leukoscope.inference.import_manifest import manifest_of
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.input_schema import FeedingTrial
from leukoscope.inference.manifest import (
    CARD_FILE,
    MODEL_FILE,
    MODEL_FILES,
    ExplanationLayer,
    Manifest,
    write_manifest,
)
from leukoscope.inference.map_words import map_sentences
from leukoscope.inference.opinions import map_output
from leukoscope.inference.refused import not_understood
from leukoscope.inference.sides import is_differential
from leukoscope.inference.two_files import one_file
from leukoscope.system.child_limits import refuse_network
from leukoscope.system.child_processes import leave_interrupts_to_parent

if TYPE_CHECKING:
    import openvino as ov

    from leukoscope.inference.original import Original

logger = logging.getLogger(__name__)

STEPS = (
    "Checking the file",
    "Loading the model",
    "Finding its branches",
    "Compiling",
    "Comparing compiled and original",
    "Setting the scale of the maps",
    "Trying the maps",
    "Installing",
)
MAXIMUM_PERCENTILE = 99.0
SMALLEST_MAXIMUM = 1e-6


def main(order: ImportOrder, connection: Connection) -> None:
    """Entry of the process: sends (text, done, total) for each step, then ``None`` or the error, and signs of life."""
    leave_interrupts_to_parent()
    refuse_network()
    tell = HeartbeatSender(connection, on_gone=lambda: os._exit(1))
    try:
        silence_tensorflow(Path(order.part))
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            _run(replace(order, file=str(one_file(Path(order.file), Path(folder)))), tell)
        tell.send(None)
    except LeukoScopeError as error:
        tell.send(error)
    except OSError as error:
        message = "The model cannot be installed: the disk is full or the folder cannot be written."
        tell.send(BundleError(message, repr(error)))
    except Exception as error:
        logger.exception("import failed")
        tell.send(not_understood(Path(order.file), error))
    finally:
        tell.close()


def _run(order: ImportOrder, tell: HeartbeatSender) -> None:
    def step(index: int) -> None:
        tell.send((STEPS[index], index, len(STEPS)))

    step(0)
    from leukoscope.inference.safety import check_model_file

    file, part = Path(order.file), Path(order.part)
    check_model_file(file)
    manifest, graph, original = _examined(order, step)
    from leukoscope.inference.map_sanity import try_maps

    step(6)
    if original is not None:
        manifest = manifest.model_copy(update={"explanations": try_maps(graph, original, manifest, order.cells)})
    step(7)
    if manifest.container == "keras":
        shutil.copyfile(file, part / MODEL_FILE)
    (part / CARD_FILE).write_text(_card(manifest, file.name), encoding="utf-8")
    write_manifest(manifest, part)
    if original is not None:  # what OpenVINO reads by itself is compiled again in a moment
        save_graph(graph, part / KEPT_FOLDER)


def compiled(order: ImportOrder, step: Callable[[int], None]) -> tuple[Manifest, ov.Model]:
    """The manifest and the graph of a checked file, held against what Keras says.

    Raises
    ------
    BundleError
        With one sentence, when it cannot be taken.
    """
    manifest, graph, _ = _examined(order, step)
    return manifest, graph


def _examined(order: ImportOrder, step: Callable[[int], None]) -> tuple[Manifest, ov.Model, Original | None]:
    """The same, with the model itself where Keras gives it."""
    file, container = Path(order.file), container_of(Path(order.file))
    if container is not None:
        return *_foreign(order, container, step), None
    step(1)
    from leukoscope.inference.branches import dissect
    from leukoscope.inference.explanations import by_class, shown_by
    from leukoscope.inference.graph import compare, convert, original_of
    from leukoscope.inference.loading import load_model
    from leukoscope.inference.outputs import wanted_output
    from leukoscope.inference.shared_weights import share_weights

    model = load_model(file, head=order.output)
    head = wanted_output(model, order, file.name)
    if head != order.output:
        model = load_model(file, head=head)
    step(2)
    found = dissect(model, file.name)
    shown = shown_by(order.maps, found.explanations)
    found = replace(found, explanations=by_class(shown) if is_differential(order.classes) else shown)
    manifest = manifest_of(order, found, head)
    step(3)
    graph = convert(model, manifest)
    share_weights(graph)
    step(4)
    original = original_of(model, manifest)
    compare(graph, original, manifest)
    step(5)
    return manifest.model_copy(update={"explanations": _with_maxima(graph, manifest)}), graph, original


def _foreign(order: ImportOrder, container: Container, step: Callable[[int], None]) -> tuple[Manifest, ov.Model]:
    """The same of a model that OpenVINO reads by itself; its copy in the bundle is made first."""
    from leukoscope.inference.foreign.importing import compiled_foreign

    model = Path(order.part) / MODEL_FILES[container]
    put_together(Path(order.file), container, model)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        manifest, graph = compiled_foreign(order, container, model, Path(folder), step)
        step(5)
        return manifest.model_copy(update={"explanations": _with_maxima(graph, manifest)}), graph


def _with_maxima(graph: object, manifest: Manifest) -> tuple[ExplanationLayer, ...]:
    """Set the top of each map's color scale: the 99th percentile of its largest value over probe pictures."""
    import openvino as ov

    from leukoscope.inference.graph import run_graph
    from leukoscope.inference.probes import probe_inputs
    from leukoscope.inference.runner import COMPILE_OPTIONS

    request = ov.Core().compile_model(graph, "CPU", COMPILE_OPTIONS).create_infer_request()
    outputs = [run_graph(request, pixels) for pixels in probe_inputs(manifest.preprocessing, 24)]
    layers = []
    for layer in manifest.explanations:
        peaks = [float(np.abs(one[map_output(layer.name)]).max()) for one in outputs]
        top = max(float(np.percentile(peaks, MAXIMUM_PERCENTILE)), SMALLEST_MAXIMUM)
        layers.append(layer.model_copy(update={"maximum": top}))
    return tuple(layers)


def _card(manifest: Manifest, file_name: str) -> str:
    branches = (
        "\n".join(f"- {one.title}: `{one.layer}` ({one.kind})" for one in manifest.explanations) or "- none found"
    )
    tried = "\n".join(f"- {sentence}" for sentence in map_sentences(manifest))
    return f"""# {manifest.title}

Imported on {manifest.created} from `{file_name}` by a user of this workstation.

**Nothing is known here of its training, and its probability is not calibrated.** {_rule(manifest)}
Decision support for research and evaluation; not a medical device.

- classes: {json.dumps(list(manifest.figures or manifest.classes))}, output {manifest.output}{_of_head(manifest)},
  {manifest.parameters:,} parameters
- input: {manifest.preprocessing.height} x {manifest.preprocessing.width}: {manifest.preprocessing.feeding.text}
- SHA-256 of the model file: `{manifest.model_sha256}`

## Maps

{branches}

{tried}

## How it is fed

{_trial_text(manifest.tried)}

{_compared(manifest)}
"""


def _rule(manifest: Manifest) -> str:
    """When it decides."""
    if manifest.naming is not None:
        return f"It names a cell from probability {manifest.naming.confident:.2f} on, and judges no cell for leukemia."
    joined = (
        " The log-odds are those of the leukemic classes' probabilities together against the healthy ones'; what is "
        "neither counts half for each."
        if manifest.figures
        else ""
    )
    return f"The unsure band is\n{manifest.band.low:.2f} to {manifest.band.high:.2f}.{joined}"


def _of_head(manifest: Manifest) -> str:
    return f" of “{manifest.head}”" if manifest.head else ""


def _compared(manifest: Manifest) -> str:
    """What the graph was held against."""
    if manifest.container == "keras":
        return "Compiled and original agree on the probe pictures: probability to 1e-4, maps to 1e-3 of their maximum."
    return (
        "It came as no Keras file, and nothing else here computes it: compiled with and without its map it says the "
        "same of the probe pictures, to 1e-4. Its inside is not known, so it has a map by occlusion alone: places are "
        "covered one after the other."
    )


def _trial_text(trial: FeedingTrial | None) -> str:
    if trial is None:
        return "Not tried on cells of both sides."
    return f"Tried on {trial.text}. The cells that chose it flatter it."
