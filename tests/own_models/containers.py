"""Every way to keep a model, and what is no graph of Keras' own layers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tests.own_models.entry import SIDE, Own, body, h5, headed, layers, network, stirred
from tests.own_models.heads import BLOOD, PRO_B, figures, leukemic_of

WAY_OUT = r"model\.export\(“.*”\)"


def one(x: Any) -> Any:
    return layers.Dense(1, activation="sigmoid", name="figure")(x)


def weights_only(model: keras.Model, folder: Path) -> Path:
    model.save_weights(folder / "model.weights.h5")
    return folder / "model.weights.h5"


def exported(model: keras.Model, folder: Path) -> Path:
    model.export(folder / "exported", verbose=False)
    return folder / "exported"


def exported_file(model: keras.Model, folder: Path) -> Path:
    return exported(model, folder) / "saved_model.pb"


def zipped(model: keras.Model, folder: Path) -> Path:
    """As a folder comes out of a notebook that runs elsewhere: in an archive, under its own name."""
    return Path(shutil.make_archive(str(folder / "export"), "zip", folder, exported(model, folder).name))


def lite(model: keras.Model, folder: Path) -> Path:
    file = folder / "model.tflite"
    file.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    return file


def frozen(model: keras.Model, folder: Path) -> Path:
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    shape = (None, *model.inputs[0].shape[1:])
    function = tf.function(lambda x: model(x, training=False)).get_concrete_function(tf.TensorSpec(shape, tf.float32))
    graph = convert_variables_to_constants_v2(function).graph.as_graph_def()
    (folder / "frozen.pb").write_bytes(graph.SerializeToString())
    return folder / "frozen.pb"


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


def plain() -> keras.Model:
    return stirred(network(one))


def four() -> keras.Model:
    return stirred(network(figures(4, "softmax")))


def five() -> keras.Model:
    return stirred(network(figures(5, "softmax")))


def with_lambda() -> Any:
    return layers.Lambda(lambda t: t * 0.5)


CONTAINERS: dict[str, Own] = {
    "h5": Own(headed(one), save=h5),
    "weights only": Own(headed(one), save=weights_only, refused=r"holds weights but no network"),
    "exported": Own(plain, save=exported),
    "exported, by its file": Own(plain, save=exported_file),
    "exported, in an archive": Own(plain, save=zipped),
    "exported, four classes": Own(four, PRO_B, leukemic_of((0, 1, 1, 1)), save=exported),
    "exported, no leukemia": Own(five, BLOOD, lambda p: p, save=exported),
    "TensorFlow Lite": Own(plain, save=lite),
    "a frozen graph": Own(plain, save=frozen),
    "Lambda": Own(with_layer(with_lambda()), refused=WAY_OUT),
    "Lambda in h5": Own(with_layer(with_lambda()), save=h5, refused=WAY_OUT),
    "Lambda, exported": Own(with_layer(with_lambda()), save=exported),
    "a layer of somebody's own": Own(with_layer(Doubled()), refused=WAY_OUT),
    "a registered layer": Own(with_layer(Registered()), save=h5, refused=WAY_OUT),
    "a layer of somebody's own, exported": Own(with_layer(Doubled()), save=exported),
    "a subclassed model": Own(subclassed, refused=WAY_OUT),
    "a subclassed model, exported": Own(subclassed, save=exported),
}
