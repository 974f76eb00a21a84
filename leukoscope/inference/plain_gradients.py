"""Gradients of TensorFlow's ops in ordinary ops, where TensorFlow's own leave something OpenVINO has no rule for.

TensorFlow differentiates ELU with an op ``EluGrad``, a broadcast product with ``BroadcastGradientArgs``, a slice with
``StridedSliceGrad``. Within :func:`plain_gradients` the same derivatives are written as products, sums, gathers and
convolutions.
They need static shapes: a graph is made for one cell. Runs in a child process only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

Gradient = Callable[[Any, Any], Any]


def _on(condition: Any) -> Any:
    return tf.cast(condition, tf.float32)


def _unbroadcast(gradient: Any, x: Any) -> Any:
    """Sum a gradient over the axes along which ``x`` was repeated."""
    if gradient.shape == x.shape:
        return gradient
    missing = len(gradient.shape) - len(x.shape)
    repeated = [axis + missing for axis, size in enumerate(x.shape) if size == 1 != gradient.shape[axis + missing]]
    return tf.reshape(tf.reduce_sum(gradient, axis=[*range(missing), *repeated]), x.shape)


def _both(of: Callable[[Any, Any, Any], tuple[Any, Any]]) -> Gradient:
    def gradient(op: Any, g: Any) -> tuple[Any, Any]:
        x, y = op.inputs
        of_x, of_y = of(x, y, g)
        return _unbroadcast(of_x, x), _unbroadcast(of_y, y)

    return gradient


def _matmul(op: Any, g: Any) -> tuple[Any, Any]:
    a, b = op.inputs
    flip_a, flip_b = op.get_attr("adj_x"), op.get_attr("adj_y")
    of_a = tf.matmul(b, g, transpose_a=flip_b, transpose_b=True) if flip_a else tf.matmul(g, b, transpose_b=not flip_b)
    of_b = tf.matmul(g, a, transpose_a=True, transpose_b=flip_a) if flip_b else tf.matmul(a, g, transpose_a=not flip_a)
    return _unbroadcast(of_a, a), _unbroadcast(of_b, b)


def _sliced(op: Any, g: Any) -> tuple[Any, None, None, None]:
    """Put each element back where the slice took it; the rest is zero."""
    x, *bounds = op.inputs
    masks = {name: op.get_attr(name) for name in ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask")}
    with tf.init_scope():
        places = np.arange(np.prod(x.shape), dtype=np.int64).reshape(x.shape)
        fixed = [tf.get_static_value(one) for one in bounds]
        taken = tf.strided_slice(places, *fixed, **masks, shrink_axis_mask=op.get_attr("shrink_axis_mask")).numpy()
    source = np.full(places.size, taken.size, np.int64)
    source[taken.ravel()] = np.arange(taken.size)
    padded = tf.concat([tf.reshape(g, (-1,)), tf.zeros((1,))], axis=0)
    return tf.reshape(tf.gather(padded, source), x.shape), None, None, None


def _joined(op: Any, g: Any) -> tuple[Any, ...]:
    axis = int(tf.get_static_value(op.inputs[-1]))
    return (*tf.split(g, [one.shape[axis] for one in op.inputs[:-1]], axis), None)


def _extreme(op: Any, g: Any) -> tuple[Any, None]:
    """Of a maximum or minimum over axes: shared by the places that reach it, as TensorFlow does."""
    x, y = op.inputs[0], op.outputs[0]
    axes = np.atleast_1d(tf.get_static_value(op.inputs[1])) % len(x.shape)
    kept = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
    highest = _on(tf.equal(x, tf.reshape(y, kept)))
    count = tf.reduce_sum(highest, axis=list(axes), keepdims=True)
    return highest / count * tf.reshape(g, kept), None


def _leaky(op: Any, g: Any) -> Any:
    slope = op.get_attr("alpha")
    return g * (slope + (1.0 - slope) * _on(op.inputs[0] > 0.0))


def _selu(op: Any, g: Any) -> Any:
    # Klambauer et al. 2017.
    scale, scale_alpha = 1.0507009873554805, 1.7580993408473766
    y = op.outputs[0]
    return g * tf.where(y < 0.0, y + scale_alpha, scale * tf.ones_like(y))


def _depthwise(op: Any, g: Any) -> tuple[Any, None]:
    """Of a depthwise convolution: another one, of the spread gradient with the kernel turned around.

    Nobody asks for the kernel's own gradient.
    """
    x, kernel = op.inputs
    _, *strides, _ = op.get_attr("strides")
    _, *dilations, _ = op.get_attr("dilations")
    for axis, (stride, dilation) in enumerate(zip(strides, dilations, strict=True), start=1):
        reach = (kernel.shape[axis - 1] - 1) * dilation
        spread = (g.shape[axis] - 1) * stride + 1
        before = max(spread + reach - x.shape[axis], 0) // 2 if op.get_attr("padding") == b"SAME" else 0
        g = _between_zeros(_spread(g, axis, stride), axis, reach - before, x.shape[axis] - spread + before)
    turned = tf.reshape(tf.reverse(kernel, axis=[0, 1]), (*kernel.shape[:2], -1, 1))
    found = tf.nn.depthwise_conv2d(g, turned, [1, 1, 1, 1], "VALID", dilations=dilations)
    if kernel.shape[3] > 1:
        found = tf.reduce_sum(tf.reshape(found, (*x.shape, kernel.shape[3])), axis=-1)
    return found, None


def _spread(g: Any, axis: int, stride: int) -> Any:
    """Zeros between the places of a gradient along an axis, ``stride`` - 1 of them."""
    if stride == 1:
        return g
    before, after = g.shape[:axis], g.shape[axis + 1 :]
    apart = tf.reshape(g, (*before, g.shape[axis], 1, *after))
    zeros = tf.zeros((*before, g.shape[axis], stride - 1, *after))
    filled = tf.reshape(tf.concat([apart, zeros], axis=axis + 1), (*before, g.shape[axis] * stride, *after))
    return tf.split(filled, [(g.shape[axis] - 1) * stride + 1, stride - 1], axis=axis)[0]


def _between_zeros(g: Any, axis: int, before: int, behind: int) -> Any:
    """A rim of zeros along an axis. No padding: OpenVINO joins one wrongly with a convolution with holes behind it."""
    sides = [tf.zeros((*g.shape[:axis], count, *g.shape[axis + 1 :])) for count in (before, behind)]
    return tf.concat([sides[0], g, sides[1]], axis=axis)


_GRADIENTS: dict[str, Gradient] = {
    "Relu": lambda op, g: g * _on(op.outputs[0] > 0.0),
    "Relu6": lambda op, g: g * _on(op.outputs[0] > 0.0) * _on(op.outputs[0] < 6.0),
    "LeakyRelu": _leaky,
    "Elu": lambda op, g: g * (1.0 + tf.minimum(op.outputs[0], 0.0)),
    "Selu": _selu,
    "Sigmoid": lambda op, g: g * op.outputs[0] * (1.0 - op.outputs[0]),
    "Tanh": lambda op, g: g * (1.0 - op.outputs[0] * op.outputs[0]),
    "Softplus": lambda op, g: g * tf.sigmoid(op.inputs[0]),
    "Softsign": lambda op, g: g / tf.square(1.0 + tf.abs(op.inputs[0])),
    "Rsqrt": lambda op, g: g * -0.5 * op.outputs[0] * op.outputs[0] * op.outputs[0],
    "Sqrt": lambda op, g: g * 0.5 / op.outputs[0],
    "Reciprocal": lambda op, g: -g * op.outputs[0] * op.outputs[0],
    "Add": _both(lambda _x, _y, g: (g, g)),
    "AddV2": _both(lambda _x, _y, g: (g, g)),
    "BiasAdd": lambda _op, g: (g, tf.reduce_sum(g, axis=list(range(len(g.shape) - 1)))),
    "Sub": _both(lambda _x, _y, g: (g, -g)),
    "Mul": _both(lambda x, y, g: (g * y, g * x)),
    "RealDiv": _both(lambda x, y, g: (g / y, -g * x / (y * y))),
    "SquaredDifference": _both(lambda x, y, g: (2.0 * g * (x - y), -2.0 * g * (x - y))),
    "Maximum": _both(lambda x, y, g: (g * _on(x >= y), g * _on(x < y))),
    "Minimum": _both(lambda x, y, g: (g * _on(x <= y), g * _on(x > y))),
    "BatchMatMulV2": _matmul,
    "DepthwiseConv2dNative": _depthwise,
    "StridedSlice": _sliced,
    "ConcatV2": _joined,
    "Max": _extreme,
    "Min": _extreme,
}
_PREFIX = "LeukoScopePlain"

for _name, _gradient in _GRADIENTS.items():
    tf.RegisterGradient(f"{_PREFIX}{_name}")(_gradient)


@contextmanager
def plain_gradients() -> Iterator[None]:
    """Give every op that is made inside a plain gradient, where there is one."""
    with tf.compat.v1.get_default_graph().gradient_override_map({name: f"{_PREFIX}{name}" for name in _GRADIENTS}):
        yield
