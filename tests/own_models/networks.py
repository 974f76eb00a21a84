"""Networks put together in every way: members, shared backbones, names, preprocessing, kinds of layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from leukoscope.inference.layers import FilterTokenCrossAttention, TokenSelfAttention
from tests.own_models.entry import SIDE, Own, body, h5, headed, layers, stirred
from tests.own_models.heads import BLOOD, figures


def one(x: Any, name: str = "figure") -> Any:
    return layers.Dense(1, activation="sigmoid", name=name)(x)


def start() -> Any:
    return keras.Input((SIDE, SIDE, 3))


def member(name: str, units: int = 1, compiled: bool = False) -> keras.Model:
    """A model of its own, as one trains several of before they are averaged."""
    inputs = start()
    activation = "sigmoid" if units == 1 else "softmax"
    made = keras.Model(inputs, layers.Dense(units, activation=activation)(body(inputs)), name=name)
    if compiled:
        made.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(), keras.metrics.Recall()])
    return made


def joined(how: Callable[[list[Any]], Any], units: int = 1, compiled: bool = False) -> Callable[[], keras.Model]:
    def make() -> keras.Model:
        inputs = start()
        model = keras.Model(inputs, how([member(n, units, compiled)(inputs) for n in ("first", "second")]))
        if compiled:
            model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
        return stirred(model)

    return make


def flipped(turn: Callable[[Any], Any], average: bool = False, first: bool = False) -> Callable[[], keras.Model]:
    """One backbone that sees a cell twice."""

    def make() -> keras.Model:
        inputs = start()
        shared = member("shared") if average else keras.Model(inputs, body(inputs), name="shared")
        seen = [shared(turn(inputs)), shared(inputs)] if first else [shared(inputs), shared(turn(inputs))]
        return stirred(keras.Model(inputs, layers.Average()(seen) if average else one(layers.Concatenate()(seen))))

    return make


def named(name: str, layer: str) -> Callable[[], keras.Model]:
    def make() -> keras.Model:
        inputs = keras.Input((SIDE, SIDE, 3), name=f"{layer} in")
        x = layers.Conv2D(8, 3, strides=2, activation="relu", name=f"{layer} 1")(inputs)
        x = layers.GlobalAveragePooling2D(name=f"{layer}.pool")(x)
        return stirred(keras.Model(inputs, one(x, f"{layer} out"), name=name))

    return make


def prepared(by: str, version: str = "") -> Callable[[], keras.Model]:
    """``keras.applications.NAME.preprocess_input`` inside the network, as notebooks call it."""

    def make() -> keras.Model:
        inputs = start()
        x = getattr(keras.applications, by).preprocess_input(inputs)
        x = layers.Conv2D(8, 3, strides=2, activation="relu")(x)
        return stirred(keras.Model(inputs, one(layers.GlobalAveragePooling2D()(x))))

    return make


def arithmetic(on: Callable[[Any], Any]) -> Callable[[], keras.Model]:
    def make() -> keras.Model:
        inputs = start()
        x = layers.Conv2D(8, 3, strides=2, activation="relu")(on(inputs))
        return stirred(keras.Model(inputs, one(layers.GlobalAveragePooling2D()(x))))

    return make


def normalized() -> keras.Model:
    layer = layers.Normalization()
    layer.adapt(np.random.default_rng(0).uniform(0, 255, (8, SIDE, SIDE, 3)).astype(np.float32))
    return arithmetic(layer)()


def between(*middle: Any) -> Callable[[], keras.Model]:
    """A network of convolutions with these layers between them and the head."""

    def make() -> keras.Model:
        inputs = start()
        x = layers.Conv2D(8, 3, strides=2, activation="relu")(layers.Rescaling(1 / 255)(inputs))
        for each in middle:
            x = each()(x)
        return stirred(keras.Model(inputs, one(x)))

    return make


def transformer() -> keras.Model:
    """Patches, a MultiHeadAttention with a residual, a mean."""
    inputs = start()
    x = layers.Conv2D(16, 8, strides=8)(layers.Rescaling(1 / 255)(inputs))
    x = layers.Reshape((16, 16))(x)
    seen = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 8)(seen, seen)])
    return stirred(keras.Model(inputs, one(layers.GlobalAveragePooling1D()(x))))


def keras_hybrid(head: Callable[[Any], Any] = one) -> keras.Model:
    """A hybrid of Keras' own layers: tokens that ask the places of a map by MultiHeadAttention, arguments by name."""
    inputs = start()
    x = layers.Conv2D(16, 8, strides=8, activation="relu", name="features")(layers.Rescaling(1 / 255)(inputs))
    places = layers.Reshape((16, 16))(x)
    tokens = layers.Dense(16)(layers.Permute((2, 1))(layers.Dense(4)(places)))
    asked = layers.MultiHeadAttention(2, 8, name="cross")(key=places, value=places, query=tokens)
    return stirred(keras.Model(inputs, head(layers.GlobalAveragePooling1D()(layers.LayerNormalization()(asked)))))


def gated() -> keras.Model:
    """Squeeze and excitation, and a residual."""
    inputs = start()
    x = layers.Conv2D(8, 3, strides=2, activation="swish")(layers.Rescaling(1 / 255)(inputs))
    gate = layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Add()([x, layers.Multiply()([x, gate])])
    return stirred(keras.Model(inputs, one(layers.GlobalAveragePooling2D()(x))))


def augmented() -> keras.Model:
    inputs = start()
    x = keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.1), layers.RandomContrast(0.2)])(inputs)
    return stirred(keras.Model(inputs, one(body(x))))


def sequential() -> keras.Model:
    return stirred(
        keras.Sequential(
            [
                keras.Input((SIDE, SIDE, 3)),
                layers.Rescaling(1 / 255),
                layers.Conv2D(8, 3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(8, activation="relu"),
                layers.Dropout(0.5),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
    )


def rows() -> keras.Model:
    """A recurrent network over the rows of a map."""
    inputs = start()
    x = layers.Conv2D(4, 3, strides=4, activation="relu")(layers.Rescaling(1 / 255)(inputs))
    return stirred(keras.Model(inputs, one(layers.LSTM(6)(layers.Reshape((8, 32))(x)))))


def notebook_layers(package: str | None) -> tuple[type, type]:
    """The layers of the published hybrid as a notebook defines them: its own classes, registered or not."""
    made = [type(base.__name__, (base,), {}) for base in (FilterTokenCrossAttention, TokenSelfAttention)]
    if package is not None:
        made = [keras.saving.register_keras_serializable(package)(one) for one in made]
    return made[0], made[1]


def hybrid(package: str | None, backbone: Callable[[Any], Any] | None = None, side: int = SIDE) -> Any:
    def make() -> keras.Model:
        cross, self_attention = notebook_layers(package)
        inputs = keras.Input((side, side, 3))
        if backbone is None:
            x = layers.Conv2D(16, 8, strides=8, activation="relu")(layers.Rescaling(1 / 255)(inputs))
            x = cross(tokens=6, heads=2, head_size=8, feed_forward=12, name="filter_tokens")(x)
            x = self_attention(heads=2, head_size=8, feed_forward=12, name="tokens")(x)
        else:
            x = cross(name="filter_tokens")(backbone(inputs))
            x = self_attention(name="tokens_1")(x)
            x = self_attention(name="tokens_2")(x)
        return stirred(keras.Model(inputs, one(layers.GlobalAveragePooling1D()(x))))

    return make


def weighted(parts: list[Any]) -> Any:
    return 0.75 * parts[0] + 0.25 * parts[1]


NETWORKS: dict[str, Own] = {
    "the average of members": Own(joined(layers.Average())),
    "the average of members with two figures": Own(joined(layers.Average(), 2)),
    "members compiled with metrics": Own(joined(layers.Average(), compiled=True)),
    "members compiled with metrics in h5": Own(joined(layers.Average(), compiled=True), save=h5),
    "a weighted sum of members": Own(joined(weighted)),
    "the mean of members by arithmetic": Own(joined(lambda parts: (parts[0] + parts[1]) / 2)),
    "the mean of stacked members": Own(joined(lambda parts: ops.mean(ops.stack(parts, axis=0), axis=0))),
    "the highest of members": Own(joined(layers.Maximum())),
    "the product of members": Own(joined(layers.Multiply())),
    "the sum of members": Own(joined(layers.Add()), refused=r"ends in figures made by “Add”, which may be more than 1"),
    "a head on members": Own(joined(lambda parts: one(layers.Concatenate()(parts)))),
    "a backbone that sees a flip too": Own(flipped(lambda x: ops.flip(x, axis=2))),
    "a backbone that sees a flip first": Own(flipped(lambda x: ops.flip(x, axis=2), first=True)),
    "a backbone that sees a slice backward": Own(flipped(lambda x: x[:, :, ::-1])),
    "the average over a flip": Own(flipped(lambda x: ops.flip(x, axis=(1, 2)), average=True)),
    "names with spaces": Own(named("my model (final)", "conv block")),
    "names of another script": Own(named("白血病", "卷积层")),
    "names with umlauts": Own(named("größtes Modell", "Schicht für Übung")),
    "preprocess_input of caffe": Own(prepared("resnet50")),
    "preprocess_input of tf": Own(prepared("mobilenet")),
    "preprocess_input of torch": Own(prepared("densenet")),
    "preprocess_input of vgg": Own(prepared("vgg16")),
    "preprocess_input of efficientnet": Own(prepared("efficientnet")),
    "arithmetic before it": Own(arithmetic(lambda x: x / 255.0)),
    "more arithmetic before it": Own(arithmetic(lambda x: (x - 127.5) / 127.5)),
    "ops before it": Own(arithmetic(lambda x: ops.subtract(ops.multiply(x, 1 / 127.5), 1.0))),
    "Normalization before it": Own(normalized),
    "augmentation before it": Own(augmented),
    "Sequential and Flatten": Own(sequential),
    "pooling that keeps dimensions": Own(between(lambda: layers.GlobalAveragePooling2D(keepdims=True), layers.Flatten)),
    "max pooling": Own(between(layers.GlobalMaxPooling2D)),
    "a trailing pooling": Own(between(lambda: layers.MaxPooling2D(2), layers.Flatten)),
    "pooling down to one place": Own(between(lambda: layers.AveragePooling2D(15), layers.Flatten)),
    "separable convolutions": Own(
        between(lambda: layers.SeparableConv2D(8, 3), lambda: layers.DepthwiseConv2D(3), layers.GlobalAveragePooling2D)
    ),
    "other activations": Own(
        between(
            lambda: layers.Conv2D(8, 3), layers.PReLU, lambda: layers.Activation("mish"), layers.LeakyReLU,
            lambda: layers.Conv2D(8, 3, activation="gelu"), layers.GlobalAveragePooling2D,
        )
    ),
    "other normalizations": Own(
        between(
            lambda: layers.GroupNormalization(4), layers.LayerNormalization, layers.UnitNormalization,
            layers.GlobalAveragePooling2D,
        )
    ),
    "upsampling and cropping": Own(
        between(
            lambda: layers.Conv2DTranspose(4, 3, strides=2), layers.UpSampling2D, lambda: layers.Cropping2D(3),
            lambda: layers.ZeroPadding2D(2), layers.GlobalAveragePooling2D,
        )
    ),
    "squeeze and excitation": Own(gated),
    "a transformer": Own(transformer),
    "a hybrid of Keras' own attention": Own(keras_hybrid),
    "a hybrid of Keras' own attention in h5": Own(keras_hybrid, save=h5),
    "a hybrid that names cells": Own(lambda: keras_hybrid(figures(5, "softmax")), BLOOD, lambda p: p),
    "a recurrent network": Own(rows),
    "the published hybrid of a notebook": Own(hybrid(None)),
    "the published hybrid of a package": Own(hybrid("Custom")),
    "the published hybrid of a package in h5": Own(hybrid("MyPackage"), save=h5),
    "the published hybrid of a notebook in h5": Own(hybrid(None), save=h5),
    "other figures in h5": Own(headed(lambda x: one(layers.Dense(4, "elu")(x))), save=h5),
}  # fmt: skip


def efficient(inputs: Any) -> Any:
    return keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(224, 224, 3))(inputs)


FULL_SIZE: dict[str, Own] = {
    "the published hybrid": Own(hybrid(None, efficient, 224)),
    "the published hybrid in h5": Own(hybrid("Custom", efficient, 224), save=h5),
}
