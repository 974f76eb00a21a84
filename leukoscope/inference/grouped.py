"""Grouped convolutions in ops that OpenVINO can convert.

Keras hands a grouped Conv2D (ConvNeXt's 7x7 is one) to a function that XLA must compile on CPUs; such a function is
neither inlined nor converted. Runs in a child process only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import tensorflow as tf


def is_grouped(layer: Any) -> bool:
    """Whether a layer is a convolution in groups over pictures with the channels last."""
    return isinstance(layer, keras.layers.Conv2D) and layer.groups > 1 and layer.data_format == "channels_last"


def call_grouped(layer: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a grouped Conv2D, its bias and activation included, without XLA."""
    with without_xla([layer]):
        return layer(*args, **kwargs)


@contextmanager
def without_xla(layers: Iterable[Any]) -> Iterator[None]:
    """Inside, those of the layers that are grouped convolutions do without XLA when they are called.

    ``convolution_op`` is the place Keras offers for another implementation of the convolution alone.
    """
    grouped = [layer for layer in layers if is_grouped(layer)]
    for layer in grouped:
        layer.convolution_op = partial(_convolve, layer)
    try:
        yield
    finally:
        for layer in grouped:
            del layer.convolution_op


def _convolve(layer: Any, x: Any, kernel: Any) -> Any:
    """(batch, rows, columns, channels) with a kernel (height, width, channels / groups, filters)."""
    kernel = tf.convert_to_tensor(kernel)
    padding, dilations = layer.padding.upper(), list(layer.dilation_rate)
    if layer.groups == x.shape[-1] == layer.filters and len(set(layer.strides)) == 1:
        depthwise = tf.transpose(kernel, (0, 1, 3, 2))
        return tf.nn.depthwise_conv2d(x, depthwise, [1, *layer.strides, 1], padding, dilations=dilations)
    parts = zip(tf.split(x, layer.groups, axis=-1), tf.split(kernel, layer.groups, axis=-1), strict=True)
    return tf.concat(
        [tf.nn.conv2d(part, weights, list(layer.strides), padding, dilations=dilations) for part, weights in parts],
        axis=-1,
    )
