"""Each family of ``keras.applications`` as notebooks put a head on it, and the published ensemble, in full size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from leukoscope.inference.probes import probe_pixels
from tests.own_models.entry import Own, h5, layers, stirred

SIDE = 224
FAMILIES: dict[str, str] = {
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3Small": "mobilenet_v3",
    "MobileNetV3Large": "mobilenet_v3",
    "DenseNet121": "densenet",
    "ResNet50": "resnet",
    "ResNet50V2": "resnet_v2",
    "EfficientNetB0": "efficientnet",
    "EfficientNetV2B0": "efficientnet_v2",
    "InceptionV3": "inception_v3",
    "InceptionResNetV2": "inception_resnet_v2",
    "Xception": "xception",
    "VGG16": "vgg16",
    "VGG19": "vgg19",
    "NASNetMobile": "nasnet",
    "ConvNeXtTiny": "convnext",
}
"""Name of the network, and of the module with its ``preprocess_input``."""


def backbone(family: str, **more: Any) -> keras.Model:
    made: keras.Model = getattr(keras.applications, family)(
        include_top=False, weights=None, input_shape=(SIDE, SIDE, 3), **more
    )
    return made


def head(x: Any) -> Any:
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return layers.Dense(1, activation="sigmoid", name="figure")(x)


def settled(model: keras.Model) -> keras.Model:
    """The model with normalizations that know what they see, as training leaves them.

    Without, the activations of a network of random weights grow from block to block until every cell gets 0 or 1.
    """
    cells = np.stack([probe_pixels(seed, SIDE) for seed in range(4)]).astype(np.float32)
    normalizing = [one for one in every_layer(model) if isinstance(one, layers.BatchNormalization)]
    kept = [one.momentum for one in normalizing]
    for one in normalizing:
        one.momentum = 0.0
    model(cells, training=True)
    for one, momentum in zip(normalizing, kept, strict=True):
        one.momentum = momentum
    return model


def every_layer(model: keras.Model) -> list[Any]:
    return list(model._flatten_layers(include_self=False))


def nested(family: str) -> Callable[[], keras.Model]:
    """Its ``preprocess_input`` inside, the backbone one layer: how a functional notebook does it."""

    def make() -> keras.Model:
        inputs = keras.Input((SIDE, SIDE, 3))
        x = getattr(keras.applications, FAMILIES[family]).preprocess_input(inputs)
        return settled(stirred(keras.Model(inputs, head(backbone(family)(x, training=False)))))

    return make


def flat(family: str) -> Callable[[], keras.Model]:
    """The head on the backbone's own output, all layers in one model: ``Model(base.input, ...)``."""

    def make() -> keras.Model:
        base = backbone(family)
        return settled(stirred(keras.Model(base.input, head(base.output))))

    return make


def ensemble() -> keras.Model:
    """EfficientNetB3, ResNet152V2 and ConvNeXtTiny beside each other, 99 million parameters, without a Lambda."""
    inputs = keras.Input((SIDE, SIDE, 3))
    members = [
        backbone("EfficientNetB3", pooling="avg")(inputs),
        backbone("ResNet152V2", pooling="avg")(keras.applications.resnet_v2.preprocess_input(inputs)),
        backbone("ConvNeXtTiny", pooling="avg")(inputs),
    ]
    x = layers.BatchNormalization()(layers.Concatenate()(members))
    x = layers.Dense(512, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4))(x)
    made = keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="figure")(layers.Dropout(0.5)(x)))
    made.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
    return settled(stirred(made))


FULL_FAMILIES: dict[str, Own] = {
    **{f"{family} in one layer": Own(nested(family)) for family in FAMILIES},
    **{f"{family} in h5": Own(flat(family), save=h5) for family in FAMILIES},
    "the published ensemble": Own(ensemble),
    "the published ensemble in h5": Own(ensemble, save=h5),
}
