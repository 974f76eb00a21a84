"""One function that gives a differential network's class logits, attributes, class activation maps and features.

The head is linear on pooled features, so the maps of all classes are a closed form of the last activation and the
head's weights: they cost one small product.
Runs in a child process only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from leukoscope.domain.errors import BundleError
from leukoscope.inference.backward import backward
from leukoscope.inference.explanations import METHODS
from leukoscope.inference.joined_figures import by_class
from leukoscope.inference.manifest import Manifest
from leukoscope.inference.namings import ATTRIBUTES
from leukoscope.inference.opinions import FEATURES, LOGIT, map_output
from leukoscope.inference.plain_gradients import plain_gradients
from leukoscope.inference.trace import Step, Trace, trace

CLASSES_LAYER = "classes"
ATTRIBUTES_LAYER = "attributes"
FEATURES_LAYER = "features"


def naming_function(model: keras.Model, manifest: Manifest, *, maps: bool = True) -> Callable[[Any], dict[str, Any]]:
    """Build the function that is compiled.

    Parameters
    ----------
    model
        A loaded differential network: a Dense layer ``classes`` (and ``attributes``, when the manifest has any) on the
        global average ``features`` of each explained activation.
    manifest
        Of its bundle.
    maps
        Without them only logits and attributes are computed.

    Returns
    -------
    callable
        From (batch, height, width, 3) float32 to ``logit`` (batch, classes), ``attributes`` (batch, values),
        ``map:NAME`` (batch, rows, columns, classes) and ``features`` (batch, n). All float32.

    Raises
    ------
    BundleError
        When a layer that is needed is not there or not of that kind (raised while tracing).
    """

    def run(pixels: Any) -> dict[str, Any]:
        with plain_gradients():
            record = trace(model, pixels)
        if manifest.source == "imported":
            return _foreign(record, manifest, maps)
        classes = _dense(record, CLASSES_LAYER, len(manifest.classes))
        outputs = {LOGIT: _linear(classes)}
        if manifest.attributes:
            values = sum(len(head.values) for head in manifest.attributes)
            outputs[ATTRIBUTES] = _linear(_dense(record, ATTRIBUTES_LAYER, values))
        if maps:
            outputs |= _maps(record, manifest, classes)
            if manifest.novelty is not None:
                outputs[FEATURES] = _step(record, manifest.novelty.layer).outputs[0]
        return {name: tf.identity(value, name=name.replace(":", "_")) for name, value in outputs.items()}

    return run


def _foreign(record: Trace, manifest: Manifest, maps: bool) -> dict[str, Any]:
    """The same of a network whose head is unknown: the maps of each class by a way back of its own."""
    logits, start, gradients = by_class(record, manifest)
    outputs = {LOGIT: logits}
    layers = manifest.explanations if maps else ()
    found = [(layer, record.at(layer.layer, layer.call)) for layer in layers]
    targets = [step.outputs[0] for _, step in found]
    ways = [backward(record.steps, [(start, gradient)], targets) for gradient in (gradients if targets else [])]
    for index, (layer, step) in enumerate(found):
        find = METHODS[layer.kind].find
        outputs[map_output(layer.name)] = tf.stack([find(step, way[index]) for way in ways], axis=-1)
    return {name: tf.identity(value, name=name.replace(":", "_")) for name, value in outputs.items()}


def _step(record: Trace, path: str) -> Step:
    try:
        return record.at(path)
    except KeyError as error:
        message = f"The model has no layer “{path}” that its manifest names; export it again."
        raise BundleError(message, repr(error)) from error


def _dense(record: Trace, name: str, units: int) -> Step:
    step = _step(record, name)
    if not isinstance(step.layer, keras.layers.Dense) or step.layer.units != units:
        message = f"The layer “{name}” of the model does not give the {units} outputs that its manifest names."
        raise BundleError(message, f"{type(step.layer).__name__} {getattr(step.layer, 'units', None)}")
    return step


def _linear(step: Step) -> Any:
    """A Dense layer before its activation."""
    layer = step.layer
    return tf.matmul(step.inputs[0], tf.convert_to_tensor(layer.kernel)) + tf.convert_to_tensor(layer.bias)


def _maps(record: Trace, manifest: Manifest, classes: Step) -> dict[str, Any]:
    kernel = tf.convert_to_tensor(classes.layer.kernel)
    outputs = {}
    for explanation in manifest.explanations:
        step = _step(record, explanation.layer)
        channels = step.outputs[0].shape[-1]
        if channels != kernel.shape[0]:
            message = f"The layer “{explanation.layer}” does not feed the head “{CLASSES_LAYER}” alone."
            raise BundleError(message, f"{channels} channels, {kernel.shape[0]} features")
        find = METHODS[explanation.kind].find_by_class
        if find is None:
            message = f"A model that names cells has no maps of the kind “{explanation.kind}”; correct the manifest."
            raise BundleError(message, manifest.name)
        outputs[map_output(explanation.name)] = find(step, kernel)
    return outputs
