"""One function that gives logit, the maps that the manifest asks for and features together.

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
from leukoscope.inference.joined_figures import SMALLEST_PROBABILITY, leukemic
from leukoscope.inference.manifest import Manifest
from leukoscope.inference.opinions import FEATURES, LOGIT, map_output
from leukoscope.inference.plain_gradients import plain_gradients
from leukoscope.inference.trace import Step, Trace, trace


def explained(model: keras.Model, manifest: Manifest, *, maps: bool = True) -> Callable[[Any], dict[str, Any]]:
    """Build the function that is compiled.

    Parameters
    ----------
    model
        The loaded Keras model.
    manifest
        Says which layers are shown and what the output means.
    maps
        Without them only the logit is computed.

    Returns
    -------
    callable
        From (batch, height, width, 3) float32 to ``logit`` (batch,), ``map:NAME`` (batch, rows, columns) for each
        explanation layer, and ``features`` (batch, n) when the manifest has a novelty reference. All float32;
        positive speaks for leukemic.

    Raises
    ------
    BundleError
        When the manifest names a layer that the model does not have (raised while tracing).
    """

    def run(pixels: Any) -> dict[str, Any]:
        with plain_gradients():
            record = trace(model, pixels)
        logit, seeds = head(record, manifest)
        outputs = {LOGIT: tf.reshape(logit, (-1,))}
        if maps:
            outputs |= _maps(record, manifest, seeds)
            if manifest.novelty is not None:
                features = _step(record, manifest.novelty.layer).outputs[0]
                outputs[FEATURES] = tf.reshape(features, (-1, features.shape[-1]))
        return {name: tf.identity(value, name=name.replace(":", "_")) for name, value in outputs.items()}

    return run


def _step(record: Trace, path: str, number: int = 0) -> Step:
    try:
        return record.at(path, number)
    except KeyError as error:
        message = f"The model has no layer “{path}” that its manifest names; export or import it again."
        raise BundleError(message, repr(error)) from error


def _maps(record: Trace, manifest: Manifest, seeds: list[tuple[Any, Any]]) -> dict[str, Any]:
    found = [
        (layer.name, METHODS[layer.kind], _step(record, layer.layer, layer.call)) for layer in manifest.explanations
    ]
    by_gradient = [step.outputs[0] for _, method, step in found if method.uses_gradient]
    gradients = iter(backward(record.steps, seeds, by_gradient))
    return {
        map_output(name): method.find(step, next(gradients) if method.uses_gradient else None)
        for name, method, step in found
    }


def head(record: Trace, manifest: Manifest) -> tuple[Any, list[tuple[Any, Any]]]:
    """Find the logit of leukemic and where its gradient starts.

    Returns
    -------
    tuple
        Logit, shape (batch, 1), and seeds for :func:`leukoscope.inference.backward.backward`.
    """
    if manifest.figures:
        logit, start, gradient = leukemic(record, manifest)
        return logit, [(start, gradient)]
    last = record.steps[-1]
    sign = 1.0 if manifest.positive_class == 1 else -1.0
    if isinstance(last.layer, keras.layers.Dense) and manifest.output != "logit":
        found = _dense_head(last, manifest, sign)
        if found is not None:
            return found
    output = last.outputs[0]
    if manifest.output == "logit":
        return sign * output, [(output, sign * tf.ones_like(output))]
    x = last.inputs[0]
    activation = last.layer.activation if last.layer.__class__ is keras.layers.Activation else None
    if activation is keras.activations.sigmoid and manifest.output == "sigmoid":
        return sign * x, [(x, sign * tf.ones_like(x))]
    if manifest.output == "softmax":
        odds = tf.constant([[-sign, sign]])
        if activation is keras.activations.softmax or last.layer.__class__ is keras.layers.Softmax:
            return tf.reduce_sum(x * odds, axis=1, keepdims=True), [(x, tf.zeros_like(x) + odds)]
        p = tf.clip_by_value(output, SMALLEST_PROBABILITY, 1.0)
        return tf.reduce_sum(tf.math.log(p) * odds, axis=1, keepdims=True), [(output, odds / p)]
    p = tf.clip_by_value(output, SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
    return sign * (tf.math.log(p) - tf.math.log(1.0 - p)), [(output, sign / (p * (1.0 - p)))]


def _dense_head(last: Step, manifest: Manifest, sign: float) -> tuple[Any, list[tuple[Any, Any]]] | None:
    layer, x = last.layer, last.inputs[0]
    kernel = tf.convert_to_tensor(layer.kernel)
    z = tf.matmul(x, kernel)
    if layer.use_bias:
        z = z + tf.convert_to_tensor(layer.bias)
    if manifest.output == "sigmoid" and layer.activation is keras.activations.sigmoid:
        return sign * z, [(x, tf.zeros_like(x) + sign * tf.transpose(kernel))]
    if manifest.output == "softmax" and layer.activation is keras.activations.softmax:
        odds = tf.constant([[-sign, sign]])
        return tf.reduce_sum(z * odds, axis=1, keepdims=True), [
            (x, tf.zeros_like(x) + tf.matmul(odds, kernel, transpose_b=True))
        ]
    return None
