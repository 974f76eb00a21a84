"""Every kind of input, and every precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from tests.own_models.entry import Own, body, h5, headed, layers, network, stirred


def one(x: Any) -> Any:
    return layers.Dense(1, activation="sigmoid", name="figure")(x)


def in_policy(policy: str, build: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
    """Built in a policy, with the weights that the same network has in float32."""

    def make() -> keras.Model:
        plain = build()
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            model = build()
        finally:
            keras.config.set_dtype_policy(before)
        model.set_weights([np.asarray(w, np.float32) for w in plain.get_weights()])
        return model

    return make


def rounded(policy: str) -> Callable[[], keras.Model]:
    """The network in float32 with the weights that the saved one has."""

    def make() -> keras.Model:
        saved, plain = in_policy(policy, PLAIN)(), PLAIN()
        plain.set_weights([np.asarray(w).astype(np.float32) for w in saved.get_weights()])
        return plain

    return make


def _plain() -> keras.Model:
    keras.utils.set_random_seed(5)
    return stirred(network(one))


PLAIN = _plain


def first_channels(x: Any, data_format: str) -> Any:
    more: dict[str, Any] = {"data_format": data_format}
    axis = 1 if data_format == "channels_first" else -1
    x = layers.Rescaling(1 / 255)(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", **more)(x)
    x = layers.BatchNormalization(axis=axis)(x)
    x = layers.DepthwiseConv2D(3, padding="same", **more)(x)
    x = layers.Concatenate(axis=axis)([x, layers.MaxPooling2D(3, 1, "same", **more)(x)])
    return layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", **more)(x)


def channels(data_format: str, flat: bool = False) -> Callable[[], keras.Model]:
    """The same network with its channels first, which no processor computes, or last."""

    def make() -> keras.Model:
        keras.utils.set_random_seed(5)
        inputs = keras.Input((3, 32, 24) if data_format == "channels_first" else (32, 24, 3))
        x = first_channels(inputs, data_format)
        pool = layers.Flatten if flat else layers.GlobalAveragePooling2D
        return stirred(keras.Model(inputs, one(pool(data_format=data_format)(x))))

    return make


def permuted() -> keras.Model:
    """Channels first, with a layer that counts its axes by itself."""
    inputs = keras.Input((3, 32, 24))
    x = layers.Permute((1, 3, 2))(first_channels(inputs, "channels_first"))
    return keras.Model(inputs, one(layers.Flatten()(x)))


def turned() -> keras.Model:
    """What turns its channels over in the middle, by itself."""
    inputs = keras.Input((3, 32, 24))
    x = layers.Permute((2, 3, 1))(inputs)
    return stirred(keras.Model(inputs, one(body(x))))


def two() -> keras.Model:
    picture, age = keras.Input((32, 32, 3)), keras.Input((1,))
    return keras.Model([picture, age], one(layers.Concatenate()([body(picture), age])))


def row() -> keras.Model:
    inputs = keras.Input((32 * 32 * 3,))
    return keras.Model(inputs, one(layers.Dense(4)(inputs)))


def first_of(pixels: Any) -> Any:
    return np.moveaxis(pixels, -1, 0)[None]


def with_alpha(pixels: Any) -> Any:
    return np.concatenate([pixels, np.full_like(pixels[..., :1], 255.0)], axis=-1)[None]


POLICIES = ("mixed_float16", "mixed_bfloat16", "float64", "float16", "bfloat16")
INPUTS: dict[str, Own] = {
    **{f"policy {policy}": Own(in_policy(policy, PLAIN), plain=rounded(policy)) for policy in POLICIES},
    "policy mixed_float16 in h5": Own(in_policy("mixed_float16", PLAIN), plain=rounded("mixed_float16"), save=h5),
    "a batch of one": Own(headed(one, batch_size=1)),
    "a batch of one in h5": Own(headed(one, batch_size=1), save=h5),
    "a batch of eight": Own(headed(one, batch_size=8), feed=lambda pixels: np.repeat(pixels[None], 8, axis=0)),
    "any size": Own(headed(one, shape=(None, None, 3))),
    "any height": Own(headed(one, shape=(None, 32, 3))),
    "gray": Own(headed(one, shape=(32, 32, 1))),
    "with alpha": Own(headed(one, shape=(32, 32, 4)), feed=with_alpha),
    "channels first": Own(channels("channels_first"), plain=channels("channels_last")),
    "channels first in h5": Own(channels("channels_first"), plain=channels("channels_last"), save=h5),
    "channels first, flattened": Own(channels("channels_first", True), plain=channels("channels_last", True)),
    "channels first, turned in the middle": Own(permuted, refused=r"has its channels first, and a layer “Permute”"),
    "channels first, turned inside": Own(turned, feed=first_of),
    "bytes": Own(headed(one, dtype="uint8")),
    "taller than wide": Own(headed(one, shape=(40, 24, 3))),
    "4 pixels": Own(headed(one, shape=(4, 4, 3))),
    "two inputs": Own(two, refused=r"takes 2 inputs; one picture is needed"),
    "a row of figures": Own(row, refused=r"takes an input of 3072"),
    "five channels": Own(headed(one, shape=(32, 32, 5)), refused=r"takes an input of 32 × 32 × 5"),
}


def large() -> keras.Model:
    keras.utils.set_random_seed(5)
    return stirred(network(one, shape=(2000, 2000, 3)))


LARGE: dict[str, Own] = {"2000 pixels": Own(large, plain=in_policy("float64", large))}
"""Held against Keras in float64: in float32 its own mean of 250,000 places is 2e-5 from that, the compiled one 3e-7."""
