"""Vector-Jacobian products of the layers behind the explained activations, in ordinary ops.

A traced GradientTape leaves gradient ops in the graph that OpenVINO has no rule for; these are plain products and
sums, with a dynamic batch. A layer without a rule here is differentiated by
TensorFlow, op by op (see ``plain_gradients.py``).
Runs in a child process only.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from leukoscope.inference.layers import FilterTokenCrossAttention, TokenAttention, TokenSelfAttention
from leukoscope.inference.trace import Step

Rule = Callable[[Step, Any], tuple[Any, ...]]


def input_gradients(step: Step, gradients: Sequence[Any]) -> tuple[Any, ...]:
    """Gradient with respect to each of a step's inputs, given those of its outputs; ``None``: it counts for nothing."""
    rule = _RULES.get(type(step.layer)) if len(gradients) == 1 else None
    ruled = rule(step, gradients[0]) if rule is not None else ()
    if ruled:
        return ruled
    flowing = [(y, gradient) for y, gradient in zip(step.outputs, gradients, strict=True) if gradient is not None]
    # A layer may take one tensor twice, as attention takes queries and values: its gradient counts once.
    different = list({id(x): x for x in step.inputs}.values())
    outputs, given = (list(one) for one in zip(*flowing, strict=True))
    found = tf.gradients(outputs, different, grad_ys=given, stop_gradients=different)
    by_tensor = {id(x): tf.zeros_like(x) if g is None else g for x, g in zip(different, found, strict=True)}
    return tuple(by_tensor.pop(id(x)) if id(x) in by_tensor else tf.zeros_like(x) for x in step.inputs)


def _pooled_2d(step: Step, gradient: Any) -> tuple[Any, ...]:
    x = step.inputs[0]
    height, width = x.shape[1:3]
    if step.layer.data_format != "channels_last" or height is None or width is None:
        return ()
    # A product with ones, not a tile: OpenVINO 2026.4 loses the layout of a tiled NHWC tensor and returns it shuffled.
    spread = tf.reshape(gradient, (-1, 1, 1, x.shape[-1]))
    return (spread * tf.fill((1, height, width, 1), 1.0 / (height * width)),)


def _pooled_1d(step: Step, gradient: Any) -> tuple[Any, ...]:
    x = step.inputs[0]
    if step.layer.data_format != "channels_last" or x.shape[1] is None or len(step.inputs) != 1:
        return ()
    return (tf.reshape(gradient, (-1, 1, x.shape[-1])) * tf.fill((1, x.shape[1], 1), 1.0 / x.shape[1]),)


def _concatenated(step: Step, gradient: Any) -> tuple[Any, ...]:
    if step.layer.axis not in (-1, len(gradient.shape) - 1):
        return ()
    ends = list(itertools.accumulate(x.shape[-1] for x in step.inputs))
    return tuple(gradient[..., start:end] for start, end in itertools.pairwise([0, *ends]))


def _batch_normalized(step: Step, gradient: Any) -> tuple[Any, ...]:
    layer = step.layer
    if layer.axis not in (-1, len(step.inputs[0].shape) - 1):
        return ()
    scale = tf.math.rsqrt(tf.convert_to_tensor(layer.moving_variance) + layer.epsilon)
    return (gradient * (scale * tf.convert_to_tensor(layer.gamma) if layer.scale else scale),)


def _same(_: Step, gradient: Any) -> tuple[Any, ...]:
    return (gradient,)


def _reshaped(step: Step, gradient: Any) -> tuple[Any, ...]:
    return (tf.reshape(gradient, (-1, *step.inputs[0].shape[1:])),)


def _added(step: Step, gradient: Any) -> tuple[Any, ...]:
    if len({tuple(x.shape[1:]) for x in step.inputs}) > 1:
        return ()
    return tuple(gradient for _ in step.inputs)


def _slope(activation: Any, output: Any) -> Any | None:
    """Slope of an activation from its output; ``None`` where that is not enough."""
    if activation is keras.activations.linear:
        return 1.0
    if activation is keras.activations.relu:
        return tf.cast(output > 0.0, tf.float32)
    if activation is keras.activations.sigmoid:
        return output * (1.0 - output)
    if activation is keras.activations.tanh:
        return 1.0 - output * output
    return None


def _dense(step: Step, gradient: Any) -> tuple[Any, ...]:
    slope = _slope(step.layer.activation, step.outputs[0])
    if slope is None:
        return ()
    return (_times_kernel(gradient * slope, step.layer),)


def _activated(step: Step, gradient: Any) -> tuple[Any, ...]:
    slope = _slope(step.layer.activation, step.outputs[0])
    return () if slope is None else (gradient * slope,)


def _rectified(step: Step, gradient: Any) -> tuple[Any, ...]:
    layer, x = step.layer, step.inputs[0]
    if layer.negative_slope or layer.threshold:
        return ()
    passes = x > 0.0 if layer.max_value is None else tf.logical_and(x > 0.0, x < layer.max_value)
    return (gradient * tf.cast(passes, tf.float32),)


def _times_kernel(gradient: Any, dense: Any) -> Any:
    return tf.matmul(gradient, tf.convert_to_tensor(dense.kernel), transpose_b=True)


def _through_norm(norm: Any, x: Any, gradient: Any) -> Any:
    """Gradient through a LayerNormalization over the last axis (Ba et al. 2016) at input ``x``."""
    mean = tf.reduce_mean(x, axis=-1, keepdims=True)
    centered = x - mean
    inverse = tf.math.rsqrt(tf.reduce_mean(centered * centered, axis=-1, keepdims=True) + norm.epsilon)
    unit = centered * inverse
    weighted = gradient * tf.convert_to_tensor(norm.gamma)
    along = tf.reduce_mean(weighted * unit, axis=-1, keepdims=True)
    return inverse * (weighted - tf.reduce_mean(weighted, axis=-1, keepdims=True) - unit * along)


def _layer_normalized(step: Step, gradient: Any) -> tuple[Any, ...]:
    layer = step.layer
    axis = layer.axis if isinstance(layer.axis, int) else tuple(layer.axis)
    if axis not in (-1, (-1,)) or not layer.scale:
        return ()
    return (_through_norm(layer, step.inputs[0], gradient),)


def _through_block(layer: TokenAttention, asking: Any, context: Any, gradient: Any) -> tuple[Any, Any, Any]:
    """Gradients of a token block with respect to the residual path, the queries' projection and the context."""
    mixed, scores = layer.attend(asking, context)
    before_norm = asking + layer.projection(mixed)
    x = layer.attention_norm(before_norm)
    hidden = layer.expand(x)
    g_sum = _through_norm(layer.output_norm, x + layer.contract(hidden), gradient)
    g_hidden = _times_kernel(g_sum, layer.contract) * tf.cast(hidden > 0.0, tf.float32)
    g_residual = _through_norm(layer.attention_norm, before_norm, g_sum + _times_kernel(g_hidden, layer.expand))
    g_mixed = layer.split_heads(_times_kernel(g_residual, layer.projection))
    q = layer.split_heads(layer.query(asking))
    k = layer.split_heads(layer.key(context))
    v = layer.split_heads(layer.value(context))
    g_values = tf.matmul(scores, g_mixed, transpose_a=True)
    g_scores = tf.matmul(g_mixed, v, transpose_b=True)
    inner = scores * (g_scores - tf.reduce_sum(g_scores * scores, axis=-1, keepdims=True))
    inner = inner * (1.0 / math.sqrt(layer.head_size))
    g_keys = tf.matmul(inner, tf.broadcast_to(q, tf.shape(g_mixed)), transpose_a=True)
    g_queries = tf.matmul(inner, k)
    g_context = _times_kernel(layer.join_heads(g_keys), layer.key) + _times_kernel(
        layer.join_heads(g_values), layer.value
    )
    return g_residual, _times_kernel(layer.join_heads(g_queries), layer.query), g_context


def _filter_tokens(step: Step, gradient: Any) -> tuple[Any, ...]:
    layer, x = step.layer, step.inputs[0]
    _, _, g_context = _through_block(layer, layer.queries(), layer.places(x), gradient)
    return (tf.reshape(g_context, (-1, *x.shape[1:])),)


def _self_attention(step: Step, gradient: Any) -> tuple[Any, ...]:
    x = step.inputs[0]
    return (sum(_through_block(step.layer, x, x, gradient)),)


_RULES: dict[type, Rule] = {
    keras.layers.GlobalAveragePooling2D: _pooled_2d,
    keras.layers.GlobalAveragePooling1D: _pooled_1d,
    keras.layers.Concatenate: _concatenated,
    keras.layers.BatchNormalization: _batch_normalized,
    keras.layers.LayerNormalization: _layer_normalized,
    keras.layers.Dropout: _same,
    keras.layers.Flatten: _reshaped,
    keras.layers.Reshape: _reshaped,
    keras.layers.Add: _added,
    keras.layers.Dense: _dense,
    keras.layers.Activation: _activated,
    keras.layers.ReLU: _rectified,
    FilterTokenCrossAttention: _filter_tokens,
    TokenSelfAttention: _self_attention,
}


def backward(steps: Sequence[Step], seeds: Sequence[tuple[Any, Any]], targets: Sequence[Any]) -> list[Any]:
    """Carry gradients from the head back to the explained activations.

    Parameters
    ----------
    steps
        All calls, in order.
    seeds
        Tensors among the steps' inputs or outputs, each with the gradient of the logit with respect to it.
    targets
        Activations.

    Returns
    -------
    list
        One gradient for each target, of its shape; zeros where the logit does not depend on it.
    """
    depends = {id(one) for one in targets}
    for step in steps:
        if any(id(x) in depends for x in step.inputs):
            depends.update(id(y) for y in step.outputs)
    flowing: dict[int, Any] = {id(tensor): gradient for tensor, gradient in seeds}
    for step in reversed(steps):
        gradients = [flowing.get(id(y)) for y in step.outputs]
        if all(one is None for one in gradients) or not any(id(x) in depends for x in step.inputs):
            continue
        for x, g in zip(step.inputs, input_gradients(step, gradients), strict=True):
            flowing[id(x)] = flowing[id(x)] + g if id(x) in flowing else g
    return [flowing.get(id(one), tf.zeros_like(one)) for one in targets]
