"""Look into a foreign model file, compile it and write the bundle. Runs in a child process only."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leukoscope.inference.containers import Container, container_of, put_together
from leukoscope.inference.examined import Examiner
from leukoscope.inference.graph_cache import KEPT_FOLDER, save_graph
from leukoscope.inference.import_manifest import manifest_of
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.input_schema import FeedingTrial
from leukoscope.inference.manifest import (
    CARD_FILE,
    MODEL_FILE,
    MODEL_FILES,
    Manifest,
    write_manifest,
)
from leukoscope.inference.map_words import map_sentences
from leukoscope.inference.opinions import map_output
from leukoscope.inference.probes import PROBES

if TYPE_CHECKING:
    import openvino as ov

    from leukoscope.inference.graph import Outputs
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
MOST_PROBES = 24
"""Probe pictures on which the color scales are set; the first of them are those that Keras is asked about too."""


def install(order: ImportOrder, file: Path, say: Callable[[Any], None], examiner: Examiner) -> None:
    """The work of ``import_child``: make the bundle of a model that lies in one file."""
    install_into(replace(order, file=str(file)), say, examiner)


def install_into(order: ImportOrder, say: Callable[[Any], object], examiner: Examiner | None = None) -> None:
    """Make the bundle of a model in the order's folder; ``say`` is told each step.

    Parameters
    ----------
    order
        What is wanted; its file is one file.
    say
        Told (text, done, total).
    examiner
        May have loaded the model already. Keeps nothing of it afterwards: trying its maps takes its weights.

    Raises
    ------
    BundleError
        With one sentence, when it cannot be taken.
    """

    def step(index: int) -> None:
        say((STEPS[index], index, len(STEPS)))

    examiner = examiner or Examiner()
    step(0)
    examiner.check(order)
    file, part = Path(order.file), Path(order.part)
    manifest, graph, original = _examined(order, step, examiner)
    from leukoscope.inference.map_sanity import try_maps

    step(6)
    if original is not None:
        examiner.forget()
        manifest = manifest.model_copy(update={"explanations": try_maps(graph, original, manifest, order.cells)})
    step(7)
    if manifest.container == "keras":
        shutil.copyfile(file, part / MODEL_FILE)
    (part / CARD_FILE).write_text(_card(manifest, file.name), encoding="utf-8")
    write_manifest(manifest, part)
    if original is not None:  # what OpenVINO reads by itself is compiled again in a moment
        save_graph(graph, part / KEPT_FOLDER)


def compiled(
    order: ImportOrder, step: Callable[[int], None], examiner: Examiner | None = None
) -> tuple[Manifest, ov.Model]:
    """The manifest and the graph of a checked file, held against what Keras says.

    Raises
    ------
    BundleError
        With one sentence, when it cannot be taken.
    """
    manifest, graph, _ = _examined(order, step, examiner or Examiner())
    return manifest, graph


def _examined(
    order: ImportOrder, step: Callable[[int], None], examiner: Examiner
) -> tuple[Manifest, ov.Model, Original | None]:
    """The same, with the model itself where Keras gives it."""
    container = container_of(Path(order.file))
    if container is not None:
        return *_foreign(order, container, step), None
    step(1)
    from leukoscope.inference.graph import hold_against, original_of, probed, request_of, wrong_maps

    known = examiner.examined(order, lambda: step(2))
    manifest = manifest_of(order, known.found, known.head)
    step(3)
    manifest, graph = examiner.graph(manifest)
    step(4)
    original = original_of(known.model, manifest)
    outputs = probed(request_of(graph), manifest, MOST_PROBES)
    wrong = wrong_maps(original, outputs[:PROBES], manifest)
    if wrong:
        logger.warning("maps are left out: %s", wrong)
        names = [one.name for one in manifest.explanations if map_output(one.name) in wrong]
        manifest, graph = examiner.graph(manifest, names)
        original = original_of(known.model, manifest)
        outputs = probed(request_of(graph), manifest, MOST_PROBES)
        hold_against(original, outputs[:PROBES], manifest)
    step(5)
    return _with_maxima(manifest, [one for _, one in outputs]), graph, original


def _foreign(order: ImportOrder, container: Container, step: Callable[[int], None]) -> tuple[Manifest, ov.Model]:
    """The same of a model that OpenVINO reads by itself; its copy in the bundle is made first."""
    from leukoscope.inference.foreign.importing import compiled_foreign

    model = Path(order.part) / MODEL_FILES[container]
    put_together(Path(order.file), container, model)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        manifest, graph = compiled_foreign(order, container, model, Path(folder), step)
        step(5)
        from leukoscope.inference.graph import probed, request_of

        return _with_maxima(manifest, [one for _, one in probed(request_of(graph), manifest, MOST_PROBES)]), graph


def _with_maxima(manifest: Manifest, outputs: Sequence[Outputs]) -> Manifest:
    """Set the top of each map's color scale: the 99th percentile of its largest value over probe pictures."""
    layers = []
    for layer in manifest.explanations:
        peaks = [float(np.abs(one[map_output(layer.name)]).max()) for one in outputs]
        top = max(float(np.percentile(peaks, MAXIMUM_PERCENTILE)), SMALLEST_MAXIMUM)
        layers.append(layer.model_copy(update={"maximum": top}))
    return manifest.model_copy(update={"explanations": tuple(layers)})


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
        return (
            "Compiled and original agree on the probe pictures: probability to 1e-4, maps to 1e-3 of their maximum, or "
            "as near as the original's own answer where rounding moves it, and its own maps where its gradient jumps."
        )
    return (
        "It came as no Keras file, and nothing else here computes it: compiled with and without its map it says the "
        "same of the probe pictures, to 1e-4. Its inside is not known, so it has a map by occlusion alone: places are "
        "covered one after the other."
    )


def _trial_text(trial: FeedingTrial | None) -> str:
    if trial is None:
        return "Not tried on cells of both sides."
    return f"Tried on {trial.text}. The cells that chose it flatter it."
