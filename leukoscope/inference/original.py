"""What the Keras model itself says: prediction and maps by a GradientTape, to hold a compiled graph against.

It shares nothing with ``trace.py`` and ``backward.py``: Keras calls its layers itself and TensorFlow differentiates.
This is also the way the published web app explains its models, so the benchmarks measure against it.
Runs in a child process only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.manifest import Manifest
from leukoscope.inference.opinions import LOGIT, map_output
from leukoscope.inference.sides import weights
from leukoscope.inference.trace import as_functional

SMALLEST_PROBABILITY = 1e-7
"""Keeps the log-odds finite where only a probability is given."""
_TAKEN_OFF = {
    "sigmoid": keras.activations.sigmoid,
    "softmax": keras.activations.softmax,
    "logit": keras.activations.linear,
}


def _grad_cam(activation: Any, gradient: Any) -> Any:
    weights = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)
    return tf.reduce_sum(activation * weights, axis=-1)


def _hires_cam(activation: Any, gradient: Any) -> Any:
    return tf.einsum("brci,brci->brc", activation, gradient)


def _attention(layer: Any, given: Any, model: keras.Model) -> Any:
    _, scores = layer(*given, return_attention_scores=True)
    mean = tf.reduce_mean(scores, axis=(1, 2))
    # One of the published hybrid sees a map; Keras' own is given its places one by one.
    seen = given[0].shape[1:3] if len(given[0].shape) == 4 else _lying(model, int(mean.shape[1]))
    return tf.reshape(mean, (-1, *seen))


def _lying(model: Any, places: int) -> tuple[int, int]:
    """Rows and columns of the only map of a model that has so many places."""
    graph: Any = as_functional(model)
    nodes = [node for level in graph._nodes_by_depth.values() for node in level]
    tensors = [tensor for node in nodes for tensor in node.outputs]
    inner = {_lying(node.operation, places) for node in nodes if as_functional(node.operation) is not None}
    found = {tuple(one.shape[1:3]) for one in tensors if len(one.shape) == 4 and one.shape[1] and one.shape[2]}
    fitting = {(rows, columns) for rows, columns in found if rows * columns == places and min(rows, columns) > 1}
    fitting |= {grid for grid in inner if grid[0] > 1}
    return fitting.pop() if len(fitting) == 1 else (1, places)


BY_GRADIENT: dict[MapKind, Callable[[Any, Any], Any]] = {MapKind.GRAD_CAM: _grad_cam, MapKind.HIRES_CAM: _hires_cam}
"""Maps of an activation and the gradient there, both (batch, rows, columns, channels)."""
WITHOUT_GRADIENT: dict[MapKind, Callable[[Any, Any, Any], Any]] = {MapKind.ATTENTION: _attention}
"""Maps of a layer, of what went into it in the order of its arguments, and of the model that it is a part of."""


class Original:
    """A loaded Keras model whose explained layers are watched.

    The activations of nested backbones are recorded by wrapping ``layer.call`` on the instance; a ``keras.Model`` to a
    nested layer's output cannot be built ("not connected to inputs").

    Parameters
    ----------
    model
        The loaded model; its explained layers stay wrapped, which changes nothing of what it computes.
    manifest
        Says which layers are shown and what the output means.
    """

    def __init__(self, model: keras.Model, manifest: Manifest) -> None:
        self.model, self.manifest = model, manifest
        self._seen: dict[str, list[tuple[Any, Any]]] = {}
        self._layers = {one.layer: _layer_at(model, one.layer) for one in manifest.explanations}
        self._head = _last_layer(model)
        for path, layer in self._layers.items():
            self._watch(path, layer)
        self.traced = tf.function(self.tape, autograph=False)

    def _watch(self, path: str, layer: Any) -> None:
        original = layer.call

        def call(*args: Any, **kwargs: Any) -> Any:
            outputs = original(*args, **kwargs)
            named = [kwargs[name] for name in ("query", "value", "key") if kwargs.get(name) is not None]
            self._seen.setdefault(path, []).append(((*args, *named), outputs))
            return outputs

        layer.call = call

    def predict(self, pixels: NDArray[np.float32]) -> float:
        """Probability of the model's last output by ``model.predict``, for one cell (height, width, 3)."""
        return float(self.model.predict(pixels[None], verbose=0)[0, -1])

    def __call__(self, pixels: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Logit (1,) and maps (1, rows, columns) of one cell, shape (height, width, 3), by name."""
        return {name: np.asarray(value) for name, value in self.traced(tf.constant(pixels[None])).items()}

    def tape(self, pixels: Any) -> dict[str, Any]:
        """The same, eagerly, for a batch (batch, height, width, 3)."""
        by_gradient = [one for one in self.manifest.explanations if one.kind in BY_GRADIENT]
        self._seen.clear()
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            logit = self._logit(pixels)
        activations = [self._seen[one.layer][one.call][1] for one in by_gradient]
        gradients = tape.gradient(logit, activations, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        outputs = {LOGIT: tf.reshape(logit, (-1,))}
        for one, activation, gradient in zip(by_gradient, activations, gradients, strict=True):
            outputs[map_output(one.name)] = BY_GRADIENT[one.kind](activation, gradient)
        for one in self.manifest.explanations:
            if one.kind in WITHOUT_GRADIENT:
                seen = self._seen[one.layer][one.call][0]
                outputs[map_output(one.name)] = WITHOUT_GRADIENT[one.kind](self._layers[one.layer], seen, self.model)
        return outputs

    def _logit(self, pixels: Any) -> Any:
        """Log-odds of leukemic (batch, 1); the last activation is taken off, where there is one, so none saturates."""
        z, off = self._figures(pixels)
        if self.manifest.figures:
            logs = self._logarithms(z, off)
            for_leukemic, for_healthy = weights(self.manifest.figures)
            return _log_of_sum(logs, for_leukemic) - _log_of_sum(logs, for_healthy)
        if self.manifest.output == "softmax":
            z = z if off else tf.math.log(tf.maximum(z, SMALLEST_PROBABILITY))
            z = z[:, 1:] - z[:, :1]
        elif self.manifest.output == "sigmoid" and not off:
            p = tf.clip_by_value(z, SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
            z = tf.math.log(p) - tf.math.log(1.0 - p)
        return z if self.manifest.positive_class == 1 else -z

    def _figures(self, pixels: Any) -> tuple[Any, bool]:
        """What the model says, and whether that is before its last activation."""
        activation = getattr(self._head, "activation", None)
        off = activation is _TAKEN_OFF.get(self.manifest.output)
        if off:
            self._head.activation = keras.activations.linear
        try:
            return self.model(pixels, training=False), off
        finally:
            if off:
                self._head.activation = activation

    def _logarithms(self, z: Any, off: bool) -> Any:
        """Logarithms of the figures' probabilities, (batch, n), up to a summand."""
        return (
            z
            if off or self.manifest.output == "logits"
            else tf.math.log(tf.clip_by_value(z, SMALLEST_PROBABILITY, 1.0))
        )


def _log_of_sum(logs: Any, shares: Sequence[float]) -> Any:
    counted = [index for index, share in enumerate(shares) if share > 0]
    chosen = tf.gather(logs, counted, axis=1) + tf.math.log(tf.constant([[shares[index] for index in counted]]))
    return tf.reduce_logsumexp(chosen, axis=1, keepdims=True)


def _layer_at(model: Any, path: str) -> Any:
    # Not get_layer: a sum written as ``a + b`` is an operation and no layer.
    for name in path.split("/"):
        graph: Any = as_functional(model)
        model = next(one for one in graph.operations if one.name == name)
    return model


def _last_layer(model: Any) -> Any:
    graph = as_functional(model)
    return model if graph is None else _last_layer(graph.outputs[0]._keras_history.operation)
