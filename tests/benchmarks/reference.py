"""The two networks of DESIGN section 6 in full size, with random weights, for benchmarks and heavy tests.

``python -m tests.benchmarks.reference FILE ensemble|hybrid`` writes one as ``.keras`` or ``.h5``, as FILE is named.
"""

from __future__ import annotations

import sys
from typing import Any

SIDE = 224


def ensemble() -> Any:
    """As published: three nested backbones, raw 0..255 pixels, one sigmoid; 99,181,968 parameters."""
    import keras

    layers, applications = keras.layers, keras.applications
    inputs = keras.Input((SIDE, SIDE, 3))
    makers = (applications.EfficientNetB3, applications.ResNet152V2, applications.ConvNeXtTiny)
    pooled = [
        make(include_top=False, weights=None, input_shape=(SIDE, SIDE, 3), pooling="avg")(inputs) for make in makers
    ]
    x = layers.BatchNormalization()(layers.Concatenate()(pooled))
    x = layers.Dropout(0.5)(layers.Dense(512, activation="relu", kernel_regularizer="l2")(x))
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x), name="reference_ensemble")


def hybrid() -> Any:
    """EfficientNetB0, 64 filter tokens, two self-attention blocks, one sigmoid."""
    import keras

    from leukoscope.inference.layers import FilterTokenCrossAttention, TokenSelfAttention

    layers = keras.layers
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(SIDE, SIDE, 3))(inputs)
    x = FilterTokenCrossAttention(tokens=64, heads=8, head_size=32, feed_forward=256, name="filter_tokens")(x)
    for number in (1, 2):
        x = TokenSelfAttention(heads=8, head_size=32, feed_forward=256, name=f"self_attention_{number}")(x)
    x = layers.Dense(512, activation="relu")(layers.GlobalAveragePooling1D()(x))
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.Dropout(0.4)(x)), name="reference_hybrid")


def build(name: str) -> Any:
    """A reference network whose random weights give outputs that are neither 0 nor 1."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(11)
    model = {"ensemble": ensemble, "hybrid": hybrid}[name]()
    # Normalizations as fresh as after construction let activations of 150 layers run away; one look at noise sets them.
    pixels = np.random.default_rng(1).uniform(0, 255, (8, SIDE, SIDE, 3)).astype(np.float32)
    for _ in range(3):
        model(pixels, training=True)
    return model


if __name__ == "__main__":
    build(sys.argv[2]).save(sys.argv[1])
