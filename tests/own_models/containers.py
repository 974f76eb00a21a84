"""Every way to keep a model, and what is no graph of Keras' own layers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tests.own_models.entry import SIDE, Own, body, h5, headed, in_8_bits, layers, network, stirred
from tests.own_models.heads import BLOOD, PRO_B, figures, leukemic_of

WAY_OUT = r"model\.export\('.*'\)"


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


@keras.saving.register_keras_serializable("keras_hub")
class ResNetBackbone(keras.Model):
    """As KerasHub writes its backbones: a graph, of which a file keeps only what its constructor was given."""

    def __init__(self, filters: int, **more: Any) -> None:
        inputs = keras.Input((SIDE, SIDE, 3))
        x = layers.Conv2D(filters, 3, strides=2, activation="relu")(layers.Rescaling(1 / 255)(inputs))
        super().__init__(inputs=inputs, outputs=layers.BatchNormalization()(x), **more)
        self.filters = filters

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "filters": self.filters}


def on_keras_hub() -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 3))
    return stirred(keras.Model(inputs, one(layers.GlobalAveragePooling2D()(ResNetBackbone(8)(inputs)))))


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


def small_whole_numbers() -> keras.Model:
    """Dense layers of 8 bits, whose sums of 200 products do not fit into 8."""
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.Dense(200, activation="relu")(body(inputs))
    return in_8_bits(stirred(keras.Model(inputs, one(layers.Dense(16, activation="relu")(x)))))


class Patches(layers.Layer):
    """As vision transformers in notebooks have it."""

    def call(self, inputs: Any) -> Any:
        return ops.reshape(ops.image.extract_patches(inputs, 8), (-1, 16, 192))


class PatchEncoder(layers.Layer):
    """The same."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.projection = layers.Dense(16)
        self.position = layers.Embedding(16, 16)

    def call(self, inputs: Any) -> Any:
        return self.projection(inputs) + self.position(ops.arange(16))


def own_patches() -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 3))
    x = PatchEncoder()(Patches()(inputs / 255.0))
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x))
    return stirred(keras.Model(inputs, one(layers.Flatten()(x))))


def without_weights(model: keras.Model, folder: Path) -> Path:
    """The file that a cloud's download button gives of an exported folder."""
    (folder / "alone").mkdir()
    return Path(shutil.copy(exported_file(model, folder), folder / "alone"))


CONTAINERS: dict[str, Own] = {
    "h5": Own(headed(one), save=h5),
    "weights only": Own(headed(one), save=weights_only, refused=r"holds weights but no network"),
    "exported": Own(plain, save=exported),
    "exported, by its file": Own(plain, save=exported_file),
    "exported, in an archive": Own(plain, save=zipped),
    "exported, four classes": Own(four, PRO_B, leukemic_of((0, 1, 1, 1)), save=exported),
    "exported, no leukemia": Own(five, BLOOD, lambda p: p, save=exported),
    "exported, its file alone": Own(
        plain, save=without_weights, refused=r"without its folder “variables”.*whole folder"
    ),
    "int8, exported": Own(small_whole_numbers, save=exported),
    "patches of one's own": Own(own_patches, refused=WAY_OUT),
    "patches of one's own, exported": Own(own_patches, save=exported),
    "TensorFlow Lite": Own(plain, save=lite),
    "a frozen graph": Own(plain, save=frozen),
    "Lambda": Own(with_layer(with_lambda()), refused=WAY_OUT),
    "Lambda in h5": Own(with_layer(with_lambda()), save=h5, refused=WAY_OUT),
    "Lambda, exported": Own(with_layer(with_lambda()), save=exported),
    "a layer of somebody's own": Own(with_layer(Doubled()), refused=WAY_OUT),
    "a registered layer": Own(with_layer(Registered()), save=h5, refused=WAY_OUT),
    "a layer of somebody's own, exported": Own(with_layer(Doubled()), save=exported),
    "a backbone of KerasHub": Own(on_keras_hub, refused=rf"uses “ResNetBackbone”.*{WAY_OUT}"),
    "a backbone of KerasHub in h5": Own(on_keras_hub, save=h5, refused=WAY_OUT),
    "a backbone of KerasHub, exported": Own(on_keras_hub, save=exported),
    "a subclassed model": Own(subclassed, refused=WAY_OUT),
    "a subclassed model, exported": Own(subclassed, save=exported),
}
