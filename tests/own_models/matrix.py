"""Import one model of the list as the child process does, and hold what comes of it against Keras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov

from leukoscope.domain.feeding import Feeding
from leukoscope.inference.examined import Examiner
from leukoscope.inference.graph import run_graph
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.import_process import compiled
from leukoscope.inference.manifest import Manifest
from leukoscope.inference.namings import softmax
from leukoscope.inference.opinions import LOGIT, calibrated
from leukoscope.inference.probes import probe_inputs
from leukoscope.inference.runner import COMPILE_OPTIONS
from leukoscope.inference.safety import check_model_file
from leukoscope.inference.sides import check_figures
from leukoscope.inference.two_files import one_file
from tests.own_models.containers import CONTAINERS
from tests.own_models.entry import Own
from tests.own_models.heads import HEADS
from tests.own_models.inputs import INPUTS
from tests.own_models.networks import NETWORKS
from tests.own_models.notebooks import NOTEBOOKS

ALL: dict[str, Own] = {**HEADS, **INPUTS, **NETWORKS, **NOTEBOOKS, **CONTAINERS}


def taken(own: Own, folder: Path, probes: int = 3) -> tuple[float, Manifest]:
    """Make, keep and import a model.

    Returns
    -------
    tuple
        Largest difference between its probabilities and those that Keras says of the same cells, and its manifest.

    Raises
    ------
    BundleError
        When it is refused.
    """
    model = own.make()
    file = one_file(own.save(model, folder), folder)
    said_by = own.plain() if own.plain is not None else model
    order = ImportOrder(str(file), "own", own.classes, Feeding(), str(folder), output=own.output)
    check_figures(order.classes)
    check_model_file(file)
    examiner = Examiner()
    manifest, graph = compiled(order, lambda _: None, examiner)
    if manifest.container == "keras":
        found = examiner.examined(order).found.explanations
        assert own.left_out == (len(manifest.explanations) < len(found)), "maps that can be computed are shown"
    request = ov.Core().compile_model(graph, "CPU", COMPILE_OPTIONS).create_infer_request()
    off = 0.0
    for pixels in probe_inputs(manifest.preprocessing, probes):
        logits = run_graph(request, pixels)[LOGIT].reshape(-1)
        differential = manifest.kind == "differential"
        found = softmax(logits) if differential else calibrated(float(logits[0]), manifest.calibration)
        off = max(off, float(np.abs(np.asarray(own.said(said_by, pixels)) - found).max()))
    return off, manifest
