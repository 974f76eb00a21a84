"""Compile a bundle once into one OpenVINO graph and hold it against the original. Runs in a child process only."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import openvino as ov
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework import convert_to_constants

from leukoscope.domain.errors import BundleError
from leukoscope.inference.explain import explained
from leukoscope.inference.explain_naming import naming_function
from leukoscope.inference.folding import folded
from leukoscope.inference.foreign.importing import compiled_again
from leukoscope.inference.kinks import at_kinks
from leukoscope.inference.loading import load_model
from leukoscope.inference.manifest import Manifest
from leukoscope.inference.namings import softmax
from leukoscope.inference.opinions import LOGIT, calibrated
from leukoscope.inference.original import Original
from leukoscope.inference.original_naming import OriginalNaming
from leukoscope.inference.probes import PROBES, probe_inputs
from leukoscope.inference.rounding import is_rounding
from leukoscope.inference.runner import COMPILE_OPTIONS
from leukoscope.inference.safety import check_model_file
from leukoscope.inference.same_padding import write_out_same_padding
from leukoscope.inference.shared_weights import share_weights

logger = logging.getLogger(__name__)

PROBABILITY_TOLERANCE = 1e-4
MAP_TOLERANCE = 1e-3
"""Largest difference between compiled and original: absolute for probabilities, of the map's maximum for maps."""

_NO_RULE = re.compile(r"No conversion rule found for operations: (\w+)")
Outputs = dict[str, NDArray[np.float32]]


def compile_bundle(model_file: Path, manifest: Manifest, target: Path) -> None:
    """Load, convert, compare and save one bundle's graph.

    Parameters
    ----------
    model_file
        The Keras file.
    manifest
        Of the bundle.
    target
        The graph's ``.xml``; weights go into the ``.bin`` beside it.

    Raises
    ------
    BundleError
        When the model cannot be loaded or converted, or compiled and original differ.
    """
    if manifest.container != "keras":
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            check_model_file(model_file)
            ov.save_model(compiled_again(model_file, manifest, Path(folder)), target, compress_to_fp16=False)
        return
    fed = manifest.preprocessing
    model = load_model(model_file, (fed.height, fed.width), manifest.head)
    graph = convert(model, manifest)
    logger.info("weights held once instead of twice: %d bytes", share_weights(graph))
    compare(graph, original_of(model, manifest), manifest)
    ov.save_model(graph, target, compress_to_fp16=False)


def original_of(model: keras.Model, manifest: Manifest) -> Original:
    """The model as Keras runs it, by the bundle's kind."""
    return OriginalNaming(model, manifest) if manifest.kind == "differential" else Original(model, manifest)


def convert(model: keras.Model, manifest: Manifest, *, maps: bool = True) -> ov.Model:
    """Turn a loaded model into a graph for one cell, with named outputs.

    Returns
    -------
    openvino.Model
        Input (1, height, width, channels) float32; outputs as :func:`leukoscope.inference.explain.explained` names
        them.

    Raises
    ------
    BundleError
        When OpenVINO has no rule for an operation of the model.
    """
    fed = manifest.preprocessing
    shape = (1, fed.height, fed.width, fed.channels)
    build = naming_function if manifest.kind == "differential" else explained
    function = tf.function(
        build(model, manifest, maps=maps),
        input_signature=[tf.TensorSpec(shape, tf.float32, name="pixels")],
        autograph=False,
    )
    concrete = function.get_concrete_function()
    outputs = [tensor.name for tensor in concrete.outputs]
    graph = _converted(_frozen(concrete), outputs, manifest.name)
    names = dict(zip(outputs, sorted(concrete.structured_outputs), strict=True))
    for output in graph.outputs:
        known = [names[one] for one in output.get_names() if one in names]
        if known:
            output.get_tensor().set_names(set(known))
    graph.reshape(list(shape))
    return graph


def _converted(nodes: Any, outputs: list[str], name: str) -> ov.Model:
    """A graph of TensorFlow as one of OpenVINO; what has no rule there is worked out here, where that can be done."""
    # The converter raises its own exceptions, undocumented; all mean that the graph cannot be built.
    try:
        return _by_openvino(nodes, outputs)
    except Exception as error:  # noqa: BLE001 - undocumented ones; tried another way below
        logger.info("not converted as it is: %s", repr(error)[:2000])
    try:
        return _by_openvino(folded(nodes, outputs), outputs)
    except Exception as error:
        missing = ", ".join(sorted(set(_NO_RULE.findall(str(error)))))[:60] or "an operation"
        message = (
            f"The model “{name}” uses “{missing}”, which cannot be compiled here; build the network anew of other "
            "layers, give it the weights by new.set_weights(old.get_weights()), and save that."
        )
        raise BundleError(message, repr(error)[:2000]) from error


def _by_openvino(nodes: Any, outputs: list[str]) -> ov.Model:
    """What OpenVINO makes of a graph of TensorFlow.

    Its way to ask for TensorFlow's version imports a name by one ``exec`` and deletes it by another, which Python 3.13
    no longer sees (PEP 667; OpenVINO 2026.4): no model could be converted there. It is told the version instead.
    """
    from openvino.frontend.tensorflow import utils

    asks = utils.get_environment_setup
    utils.get_environment_setup = lambda _framework: {"tensorflow": tf.__version__}
    try:
        return ov.convert_model(nodes, output=outputs)
    finally:
        utils.get_environment_setup = asks


def _frozen(function: Any) -> Any:
    """The graph of a traced function with its weights as constants.

    What ``convert_variables_to_constants_v2`` does without its last step: it makes a function of the graph again, which
    takes as long as all the rest, and nobody calls it.
    """
    data = convert_to_constants._FunctionConverterDataInEager(
        func=function, lower_control_flow=False, aggressive_inlining=False
    )
    frozen = convert_to_constants._replace_variables_by_constants(converter_data=data)[0]
    write_out_same_padding(frozen, function.graph)
    return frozen


def run_graph(request: ov.InferRequest, pixels: NDArray[np.float32]) -> Outputs:
    """Run one cell, shape (height, width, channels), through a graph; the outputs are copies."""
    results = request.infer([pixels[None]])
    return {name: np.array(values) for port, values in results.items() for name in port.get_names()}


def request_of(graph: ov.Model) -> ov.InferRequest:
    """Ready to run one cell after another."""
    return ov.Core().compile_model(graph, "CPU", COMPILE_OPTIONS).create_infer_request()


def answer_only(graph: ov.Model) -> ov.Model:
    """A graph that gives the logit alone, without the way back to the maps."""
    own = graph.clone()
    return ov.Model([own.output(LOGIT).get_node()], own.get_parameters())


def probed(
    request: ov.InferRequest, manifest: Manifest, count: int = PROBES
) -> list[tuple[NDArray[np.float32], Outputs]]:
    """Probe pictures, each (height, width, channels), with what a graph says of them."""
    return [(pixels, run_graph(request, pixels)) for pixels in probe_inputs(manifest.preprocessing, count)]


def compare(graph: ov.Model, original: Original, manifest: Manifest) -> None:
    """Hold the compiled graph against what Keras and a GradientTape say, on probe pictures.

    Raises
    ------
    BundleError
        As :func:`hold_against` does.
    """
    hold_against(original, probed(request_of(graph), manifest), manifest)


def hold_against(
    original: Original, outputs: Sequence[tuple[NDArray[np.float32], Outputs]], manifest: Manifest
) -> None:
    """Hold what a graph says of pictures against what Keras and a GradientTape say.

    Raises
    ------
    BundleError
        When a probability or a map differs as :func:`wrong_maps` says.
    """
    wrong = wrong_maps(original, outputs, manifest)
    if wrong:
        raise _differs(manifest, "; ".join(wrong.values()))


def wrong_maps(
    original: Original, outputs: Sequence[tuple[NDArray[np.float32], Outputs]], manifest: Manifest
) -> dict[str, str]:
    """The same of what differs beside the answer: by the name of a graph's output, how.

    A probability may differ by more than ``PROBABILITY_TOLERANCE``, and a map by more than ``MAP_TOLERANCE``, on some
    pictures, not on all, and by no more than the original's own answer or map changes when rounding changes: see
    :mod:`leukoscope.inference.rounding` and :mod:`leukoscope.inference.kinks`.

    Raises
    ------
    BundleError
        When a probability differs.
    """
    apart: dict[str, list[str]] = {}
    wrong: dict[str, str] = {}
    exact = 0
    for number, (pixels, compiled) in enumerate(outputs, 1):
        expected = original(pixels)
        here, there = (_answer(one, manifest) for one in (compiled, expected))
        off = float(np.abs(here - there).max())
        exact += off <= PROBABILITY_TOLERANCE
        if not off <= PROBABILITY_TOLERANCE and (
            not is_rounding(lambda beside: _answer(original(beside), manifest), pixels, off)
            or (number == len(outputs) and not exact)
        ):
            raise _differs(manifest, f"probability {here} instead of {there}")
        found = {name: how for name in expected if name != LOGIT and (how := _apart(name, compiled, expected))}
        for name, how in found.items():
            apart.setdefault(name, []).append(how)
        kinked = at_kinks(original, pixels, compiled, expected, found)
        wrong |= {name: how for name, how in found.items() if name not in kinked}
    return wrong | {name: hows[0] for name, hows in apart.items() if len(hows) == len(outputs)}


def _differs(manifest: Manifest, how: str) -> BundleError:
    message = f"The compiled model “{manifest.name}” does not do the same as the original; it is refused."
    return BundleError(message, how)


def _apart(name: str, compiled: Outputs, expected: Mapping[str, NDArray[np.float32]]) -> str:
    """How far an output is from what it should be; empty where it is near enough."""
    if name not in compiled:
        return f"{name} is lost"
    largest = float(np.abs(expected[name]).max())
    error = float(np.abs(compiled[name] - expected[name]).max())
    return "" if error <= MAP_TOLERANCE * max(largest, 1e-6) else f"{name} differs by {error} of {largest}"


def _answer(outputs: Mapping[str, NDArray[np.float32]], manifest: Manifest) -> NDArray[np.float64]:
    """Probability of leukemic (1,), or of each class."""
    logits = outputs[LOGIT].reshape(-1)
    if manifest.kind == "differential":
        return softmax(logits, manifest.calibration.temperature)
    return np.array([calibrated(float(logits[0]), manifest.calibration)])
