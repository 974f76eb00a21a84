"""A network's several figures joined to one logit of leukemic, or to one logit for each class. Runs in a child only.

``log(sum of leukemic probabilities / sum of healthy ones)``; what is neither counts half for each side (``sides.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from leukoscope.inference.manifest import Manifest
from leukoscope.inference.sides import weights
from leukoscope.inference.trace import Trace

SMALLEST_PROBABILITY = 1e-7
"""Keeps the log-odds of a head that gives only probabilities finite."""
ABSENT = 1e-30
"""Weight of a figure that does not count: its logarithm is finite."""


@dataclass(frozen=True, eq=False)
class LogFigures:
    """Logarithms of a network's figures up to a common summand.

    Parameters
    ----------
    logs
        Shape (batch, n): the logits of a softmax that can be taken off, or logits; else of probabilities.
    start
        The tensor of the network that they come from.
    back
        From the gradient with respect to ``logs`` to that with respect to ``start``.
    """

    logs: Any
    start: Any
    back: Callable[[Any], Any]


def log_figures(record: Trace, manifest: Manifest) -> LogFigures:
    """The logarithms of what a network says."""
    figures = record.result
    if manifest.output == "logits":
        return LogFigures(figures, figures, lambda gradient: gradient)
    before = _before_softmax(record, figures) if manifest.output == "softmax" else None
    if before is not None:
        return before
    probabilities = tf.clip_by_value(figures, SMALLEST_PROBABILITY, 1.0)
    return LogFigures(tf.math.log(probabilities), figures, lambda gradient: gradient / probabilities)


def _before_softmax(record: Trace, figures: Any) -> LogFigures | None:
    last = next((step for step in reversed(record.steps) if any(one is figures for one in step.outputs)), None)
    if last is None or len(figures.shape) != 2:
        return None
    layer, x = last.layer, last.inputs[0]
    if isinstance(layer, keras.layers.Dense) and layer.activation is keras.activations.softmax:
        kernel = tf.convert_to_tensor(layer.kernel)
        z = tf.matmul(x, kernel)
        z = z + tf.convert_to_tensor(layer.bias) if layer.use_bias else z
        return LogFigures(z, x, lambda gradient: tf.matmul(gradient, kernel, transpose_b=True))
    alone = isinstance(layer, keras.layers.Activation) and layer.activation is keras.activations.softmax
    return LogFigures(x, x, lambda gradient: gradient) if alone or isinstance(layer, keras.layers.Softmax) else None


def leukemic(record: Trace, manifest: Manifest) -> tuple[Any, Any, Any]:
    """Log-odds of leukemic (batch, 1), the tensor of figures that they come from, and their gradient there."""
    read = log_figures(record, manifest)
    for_leukemic, for_healthy = weights(manifest.figures)
    parts = [read.logs + _logarithm(one) for one in (for_leukemic, for_healthy)]
    sums = [_log_sum(part) for part in parts]
    shares = [tf.exp(part - total) for part, total in zip(parts, sums, strict=True)]
    return sums[0] - sums[1], read.start, read.back(shares[0] - shares[1])


def by_class(record: Trace, manifest: Manifest) -> tuple[Any, Any, list[Any]]:
    """Logits of the classes (batch, classes), the tensor of figures, and the gradient there of each class's logit.

    Figures that mean the same class are added up.
    """
    read = log_figures(record, manifest)
    figures = manifest.figures or manifest.classes
    logits, gradients = [], []
    for code in manifest.classes:
        part = read.logs + _logarithm([float(one == code) for one in figures])
        total = _log_sum(part)
        logits.append(total)
        gradients.append(read.back(tf.exp(part - total)))
    return tf.concat(logits, axis=1), read.start, gradients


def _logarithm(values: Sequence[float]) -> Any:
    return tf.constant(np.log(np.maximum(np.asarray([values], np.float32), ABSENT)), tf.float32)


def _log_sum(x: Any) -> Any:
    highest = tf.reduce_max(x, axis=1, keepdims=True)
    return highest + tf.math.log(tf.reduce_sum(tf.exp(x - highest), axis=1, keepdims=True))
