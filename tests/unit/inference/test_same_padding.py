"""What is padded, then convolved or pooled with a padding of its own, is the same in the graph as in Keras."""

from __future__ import annotations

import keras
import numpy as np
import openvino as ov
import pytest
import tensorflow as tf

from leukoscope.inference.graph import _frozen
from leukoscope.inference.runner import COMPILE_OPTIONS
from leukoscope.inference.same_padding import same_amounts

HEIGHT, WIDTH = 25, 24
LAYERS = {
    "plain": lambda: keras.layers.Conv2D(4, 3, padding="same"),
    "in steps": lambda: keras.layers.Conv2D(4, (2, 5), padding="same", strides=2),
    "with holes": lambda: keras.layers.Conv2D(4, 3, padding="same", dilation_rate=2),
    "channel by channel": lambda: keras.layers.DepthwiseConv2D(3, padding="same", strides=2),
    "separable": lambda: keras.layers.SeparableConv2D(4, 3, padding="same"),
    "an average": lambda: keras.layers.AveragePooling2D(3, 2, padding="same"),
    "an average at each place": lambda: keras.layers.AveragePooling2D((2, 5), 1, padding="same"),
    "an average in steps longer than it": lambda: keras.layers.AveragePooling2D(2, (3, 4), padding="same"),
    "a highest": lambda: keras.layers.MaxPooling2D(3, 2, padding="same"),
    "without padding of its own": lambda: keras.layers.Conv2D(4, 3),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_padding_before_a_layer_that_pads_is_kept(name: str) -> None:
    pixels = keras.Input((HEIGHT, WIDTH, 3))
    padded = keras.layers.ZeroPadding2D(((1, 2), (0, 1)))(pixels)
    model = keras.Model(pixels, LAYERS[name]()(keras.layers.Identity()(padded)))
    spec = tf.TensorSpec((1, HEIGHT, WIDTH, 3), tf.float32)
    traced = tf.function(lambda x: model(x, training=False), input_signature=[spec], autograph=False)
    graph = ov.Core().compile_model(ov.convert_model(_frozen(traced.get_concrete_function())), "CPU", COMPILE_OPTIONS)
    shown = np.random.default_rng(1).random((1, HEIGHT, WIDTH, 3), np.float32)
    (found,) = graph(shown).values()
    np.testing.assert_allclose(found, model(shown), atol=1e-5)


@pytest.mark.parametrize(
    ("size", "kernel", "step", "hole", "amounts"),
    [(26, 3, 1, 1, (1, 1)), (26, 2, 1, 1, (0, 1)), (7, 3, 2, 1, (1, 1)), (8, 3, 2, 1, (0, 1)), (9, 3, 1, 2, (2, 2)),
     (8, 1, 2, 1, (0, 0))],
)  # fmt: skip
def test_the_amounts_are_those_of_tensorflow(
    size: int, kernel: int, step: int, hole: int, amounts: tuple[int, int]
) -> None:
    assert same_amounts(size, kernel, step, hole) == amounts
