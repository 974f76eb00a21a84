"""Small real things for the tests of this room: cells, opinions, foreign models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from leukoscope.domain.cells import Box, Cell, CellImage
from leukoscope.domain.findings import BundleId, Opinion, Thresholds

SIDE = 32


def cell() -> Cell:
    return Cell(Box(10, 10, 20, 20), np.ones((20, 20), bool), "0" * 64)


def cell_image(seed: int) -> CellImage:
    rng = np.random.default_rng(seed)
    pixels = np.zeros((450, 450, 3), np.uint8)
    pixels[150:300, 150:300] = rng.integers(40, 220, (150, 150, 3), dtype=np.uint8)
    pixels[150 : 150 + 10 * (seed % 12), 150:300] //= 2
    return CellImage(pixels, cell(), 1.0, (225.0, 225.0))


def opinion(
    probability: float, *, name: str = "a", low: float = 0.4, high: float = 0.6, novelty: float | None = None
) -> Opinion:
    return Opinion(BundleId(name, "1", "0" * 64), 0.0, probability, Thresholds(low, high), (), novelty)


def backbone(name: str, filters: int = 6) -> Any:
    """A nested branch with a residual sum and a gate, (32, 32, 3) -> (4, 4, filters)."""
    import keras

    layers = keras.layers
    x = inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.Rescaling(1 / 127.5, -1.0)(x)
    for _ in range(3):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="swish")(x)
        x = layers.BatchNormalization()(x)
    gate = layers.Dense(filters, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Multiply()([x, gate])
    x = layers.Add()([x, layers.Conv2D(filters, 1)(x)])
    x = layers.Conv2D(filters, 3, padding="same", groups=filters, activation="gelu")(x)
    x = layers.Conv2D(filters, 3, padding="same", groups=2)(x)
    return keras.Model(inputs, layers.Activation("relu", name="last")(x), name=name)


def two_branches() -> Any:
    """The reference ensemble in miniature: nested branches, pooled, one head with a Dropout, one sigmoid."""
    import keras

    layers = keras.layers
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.RandomFlip()(inputs)
    pooled = [layers.GlobalAveragePooling2D()(backbone(name)(x)) for name in ("left", "right")]
    x = layers.BatchNormalization()(layers.Concatenate()(pooled))
    x = layers.Dropout(0.5)(layers.Dense(8, activation="relu", kernel_regularizer="l2")(x))
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def pooled_inside() -> Any:
    """A backbone that pools inside itself, as ``pooling="avg"`` does, and two softmax outputs."""
    import keras

    branch = backbone("inside")
    pooled = keras.Model(branch.input, keras.layers.GlobalAveragePooling2D()(branch.output), name="pooled")
    inputs = keras.Input((SIDE, SIDE, 3))
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(pooled(inputs)))


def rich_tail() -> Any:
    """Behind the last map: max pooling, swish, GELU, LeakyReLU, Keras' own attention, a separate final activation."""
    import keras

    layers = keras.layers
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.Dropout(0.2)(backbone("body", 8)(inputs))
    tokens = layers.Reshape((16, 8))(x)
    tokens = layers.LayerNormalization()(tokens + layers.MultiHeadAttention(2, 4)(tokens, tokens))
    summaries = [layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling1D()(tokens), tokens[:, 3]]
    features = layers.Concatenate()(summaries)
    y = layers.Dense(8, activation="swish")(features)
    y = layers.LeakyReLU()(layers.Dense(8, activation="gelu")(y))
    y = layers.ELU()(layers.Dense(8, activation="tanh")(y))
    return keras.Model(inputs, layers.Activation("sigmoid")(layers.Dense(1)(y)))


def flattened() -> Any:
    """A plain Sequential with Flatten and one logit."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Conv2D(6, 3, strides=4, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


MODELS: dict[str, Callable[[], Any]] = {
    "two-branches": two_branches,
    "pooled-inside": pooled_inside,
    "rich-tail": rich_tail,
    "flattened": flattened,
}


def build(name: str) -> Any:
    """A model with weights that differ from layer to layer, its normalizations included."""
    import keras

    keras.utils.set_random_seed(3)
    model = MODELS[name]()
    rng = np.random.default_rng(5)
    model.set_weights([w + rng.uniform(0.0, 0.3, w.shape) if w.dtype.kind == "f" else w for w in model.get_weights()])
    return model


def save(name: str, path: Path) -> Path:
    model = build(name)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.save(path)
    return path
