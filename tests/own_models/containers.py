"""Every way to keep a model, and what is no graph of Keras' own layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import ops

from tests.own_models.entry import SIDE, Own, body, h5, headed, layers, stirred

WAY_OUT = r"model\.export\(“.*”\)"


def one(x: Any) -> Any:
    return layers.Dense(1, activation="sigmoid", name="figure")(x)


def weights_only(model: keras.Model, folder: Path) -> Path:
    model.save_weights(folder / "model.weights.h5")
    return folder / "model.weights.h5"


class Doubled(layers.Layer):
    """A layer of somebody's notebook, registered nowhere."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2.0


@keras.saving.register_keras_serializable("Custom")
class Registered(Doubled):
    """The same, registered."""


class Subclassed(keras.Model):
    """A model that is written as a class."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.conv = layers.Conv2D(4, 3, activation="relu")
        self.pool = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(1, activation="sigmoid")

    def call(self, inputs: Any) -> Any:
        return self.head(self.pool(self.conv(inputs / 255.0)))


def with_layer(layer: Any) -> Any:
    def make() -> keras.Model:
        inputs = keras.Input((SIDE, SIDE, 3))
        return stirred(keras.Model(inputs, one(body(layer(inputs)))))

    return make


def subclassed() -> keras.Model:
    model = Subclassed()
    model(ops.zeros((1, SIDE, SIDE, 3)))
    return stirred(model)


def with_lambda() -> Any:
    return layers.Lambda(lambda t: t * 0.5)


CONTAINERS: dict[str, Own] = {
    "h5": Own(headed(one), save=h5),
    "weights only": Own(headed(one), save=weights_only, refused=r"holds weights but no network"),
    "Lambda": Own(with_layer(with_lambda()), refused=WAY_OUT),
    "Lambda in h5": Own(with_layer(with_lambda()), save=h5, refused=WAY_OUT),
    "a layer of somebody's own": Own(with_layer(Doubled()), refused=WAY_OUT),
    "a registered layer": Own(with_layer(Registered()), save=h5, refused=WAY_OUT),
    "a subclassed model": Own(subclassed, refused=WAY_OUT),
}
