"""The process that looks into a foreign model file, compiles it and writes the bundle. It ends afterwards."""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from leukoscope.domain.errors import BundleError, Cause, LeukoScopeError
from leukoscope.domain.feeding import Feeding, fitting
from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.compile_process import silence_tensorflow
from leukoscope.inference.heartbeat import HeartbeatSender
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.manifest import (
    CARD_FILE,
    MODEL_FILE,
    Band,
    Calibration,
    ExplanationLayer,
    Manifest,
    file_sha256,
    write_manifest,
)
from leukoscope.inference.opinions import map_output
from leukoscope.system.child_processes import leave_interrupts_to_parent

if TYPE_CHECKING:
    from leukoscope.inference.branches import ModelStructure

logger = logging.getLogger(__name__)

STEPS = (
    "Checking the file",
    "Loading the model",
    "Finding its branches",
    "Compiling",
    "Comparing compiled and original",
    "Setting the scale of the maps",
    "Installing",
)
UNCALIBRATED_BAND = Band(low=0.35, high=0.65)
MAXIMUM_PERCENTILE = 99.0
SMALLEST_MAXIMUM = 1e-6


@dataclass(frozen=True)
class ImportOrder:
    """What to import and where to."""

    file: str
    name: str
    classes: tuple[str, str]
    feeding: Feeding
    part: str
    """Folder that becomes the bundle; exists and is empty."""
    maps: MapKind = MapKind.GRAD_CAM
    """How the last activation of each branch is shown."""


def main(order: ImportOrder, connection: Connection) -> None:
    """Entry of the process: sends (text, done, total) for each step, then ``None`` or the error, and signs of life."""
    leave_interrupts_to_parent()
    tell = HeartbeatSender(connection, on_gone=lambda: os._exit(1))
    try:
        silence_tensorflow(Path(order.part))
        _run(order, tell)
        tell.send(None)
    except LeukoScopeError as error:
        tell.send(error)
    except OSError as error:
        message = "The model cannot be installed: the disk is full or the folder cannot be written."
        tell.send(BundleError(message, repr(error)))
    except Exception as error:
        logger.exception("import failed")
        message = (
            f"“{Path(order.file).name}” is put together in a way that this program cannot follow "
            f"({type(error).__name__}). Rebuild it of Keras’ own layers, from one picture to one sigmoid, and save it "
            "again."
        )
        tell.send(BundleError(message, repr(error)[:2000], cause=Cause.NOT_UNDERSTOOD))
    finally:
        tell.close()


def _run(order: ImportOrder, tell: HeartbeatSender) -> None:
    file, part = Path(order.file), Path(order.part)

    def step(index: int) -> None:
        tell.send((STEPS[index], index, len(STEPS)))

    step(0)
    from leukoscope.inference.safety import check_model_file

    check_model_file(file)
    step(1)
    from leukoscope.inference.branches import dissect
    from leukoscope.inference.explanations import shown_by
    from leukoscope.inference.graph import compare, convert
    from leukoscope.inference.loading import load_model
    from leukoscope.inference.original import Original

    model = load_model(file)
    step(2)
    anatomy = dissect(model, file.name)
    anatomy = replace(anatomy, explanations=shown_by(order.maps, anatomy.explanations))
    manifest = _manifest(order, anatomy, file)
    step(3)
    graph = convert(model, manifest)
    step(4)
    compare(graph, Original(model, manifest), manifest)
    step(5)
    manifest = manifest.model_copy(update={"explanations": _with_maxima(graph, manifest)})
    step(6)
    shutil.copyfile(file, part / MODEL_FILE)
    (part / CARD_FILE).write_text(_card(manifest, file.name), encoding="utf-8")
    write_manifest(manifest, part)


def _manifest(order: ImportOrder, anatomy: ModelStructure, file: Path) -> Manifest:
    today = date.today()
    fed = fitting(order.feeding, anatomy.channels)
    return Manifest(
        name=order.name,
        title=order.name.replace("-", " ").replace("_", " ").capitalize(),
        version=today.strftime("%Y.%m.%d"),
        created=today.isoformat(),
        architecture=f"imported from {file.name}",
        parameters=anatomy.parameters,
        source="imported",
        model_sha256=file_sha256(file),
        classes=order.classes,
        positive_class=cast(Literal[0, 1], order.classes.index("leukemic")),
        output=anatomy.output,
        preprocessing=Preprocessing.of(fed, anatomy.height, anatomy.width, anatomy.channels),
        calibration=Calibration(fitted_on="not calibrated: imported by the user"),
        thresholds=UNCALIBRATED_BAND,
        explanations=anatomy.explanations,
    )


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
    return f"""# {manifest.title}

Imported on {manifest.created} from `{file_name}` by a user of this workstation.

**Nothing is known here of its training, and its probability is not calibrated.** The unsure band is
{manifest.band.low:.2f} to {manifest.band.high:.2f}. Decision support for research and evaluation;
not a medical device.

- classes: {json.dumps(list(manifest.classes))}, output {manifest.output}, {manifest.parameters:,} parameters
- input: {manifest.preprocessing.height} x {manifest.preprocessing.width}: {manifest.preprocessing.feeding.text}
- SHA-256 of the model file: `{manifest.model_sha256}`

## Maps

{branches}

Compiled and original agree on the probe pictures: probability to 1e-4, maps to 1e-3 of their maximum.
"""
