"""Make the files of this folder with the real Keras 2: small networks of random weights, and what it says of pictures.

In an environment of its own (Python 3.11), nothing of which the project needs::

    python -m venv old && old/bin/pip install tensorflow==2.15.1
    old/bin/python tests/unit/inference/keras2_files/make.py [NAME ...]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

keras = tf.keras
layers: Any = keras.layers
HERE = Path(__file__).resolve().parent


def head(x: Any, classes: int = 1) -> Any:
    """Pooled, normalized, one hidden layer, and the figures."""
    x = layers.BatchNormalization()(layers.GlobalAveragePooling2D()(x))
    x = layers.Dropout(0.3)(layers.Dense(8, activation="relu")(x))
    return layers.Dense(classes, activation="sigmoid" if classes == 1 else "softmax")(x)


def many_layers() -> Any:
    """A Sequential with layers whose arguments Keras 3 renamed, or means otherwise: LeakyReLU, the hard sigmoid."""
    return keras.Sequential(
        [
            layers.Rescaling(1 / 255, input_shape=(48, 48, 3)),
            layers.RandomFlip("horizontal"),
            layers.Conv2D(6, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(8, 3, activation="relu"),
            layers.LeakyReLU(alpha=0.2),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(6, activation="hard_sigmoid"),
            layers.Dropout(0.5),
            layers.Dense(2, activation="softmax"),
        ]
    )


def arithmetic() -> Any:
    """A notebook's own arithmetic between layers, and a name with a slash."""
    i = keras.Input((32, 32, 3))
    x = (i / 127.5 - 1.0)[..., ::-1]
    y = layers.Conv2D(4, 3, padding="same", use_bias=False, name="block/conv")(x)
    z = tf.nn.relu(y) + tf.reduce_mean(y, axis=[1, 2], keepdims=True)
    z = 2.0 * layers.Activation("swish")(z)
    z = layers.PReLU(shared_axes=[1, 2])(tf.concat([z, y], -1))
    return keras.Model(i, head(z))


def attention() -> Any:
    """Attention and recurrent layers."""
    i = keras.Input((32, 32, 3))
    x = layers.Reshape((64, 6))(layers.Conv2D(6, 4, strides=4)(i))
    x = layers.Add()([x, layers.MultiHeadAttention(2, 3)(x, x)])
    x = layers.LSTM(5, return_sequences=True)(layers.LayerNormalization(epsilon=1e-6)(x))
    return keras.Model(i, layers.Dense(1, activation="sigmoid")(layers.Bidirectional(layers.GRU(3))(x)))


def shared() -> Any:
    """A nested model that is called twice."""
    inner = keras.Sequential([layers.Conv2D(4, 3, input_shape=(24, 24, 3)), layers.BatchNormalization()], name="inner")
    i = keras.Input((24, 24, 3))
    return keras.Model(i, head(layers.Average()([inner(i), inner(layers.Permute((2, 1, 3))(i))]), 2))


def mixed() -> Any:
    """Trained in half precision."""
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        conv = layers.Conv2D(4, 3, activation="relu")
        last = layers.Dense(1, activation="sigmoid", dtype="float32")
        return keras.Sequential([keras.Input((32, 32, 3)), conv, layers.GlobalMaxPooling2D(), last])
    finally:
        keras.mixed_precision.set_global_policy("float32")


def average() -> Any:
    """The mean of three members."""
    i = keras.Input((24, 24, 3))
    members = []
    for number in range(3):
        conv = layers.Conv2D(3, 3, input_shape=(24, 24, 3), activation="tanh")
        last = layers.Dense(1, activation="sigmoid")
        members.append(keras.Sequential([conv, layers.GlobalAveragePooling2D(), last], name=f"m{number}"))
    return keras.Model(i, layers.Average()([member(i) for member in members]))


def functions() -> Any:
    """Functions of TensorFlow as attention, capsules and metrics are written with: all that are rebuilt by name."""
    i = keras.Input((24, 24, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same")(tf.image.per_image_standardization(i))
    x = layers.Concatenate()([x, layers.Conv2D(4, 2, strides=2)(tf.image.rgb_to_grayscale(i) / 255.0)])
    x = tf.nn.leaky_relu(x, 0.1) * tf.nn.relu6(x + 3.0) / 6.0 - tf.nn.elu(-x) + tf.nn.selu(x)
    first, second, third = tf.split(x, [4, 4, 4], axis=-1)
    gate = tf.math.tanh(tf.reduce_max(first, axis=-1, keepdims=True) - tf.reduce_min(first, axis=-1, keepdims=True))
    x = tf.reverse(second * gate, [2]) + tf.tile(tf.reduce_mean(third, -1, keepdims=True), [1, 1, 1, 4])
    q = tf.reshape(x, (-1, 144, 4)) + layers.Embedding(144, 4)(tf.range(144))
    asked = tf.matmul(tf.nn.softmax(tf.matmul(q, q, transpose_b=True) / 2.0), q)
    squared = tf.reduce_sum(tf.square(asked), -1, keepdims=True)
    asked = squared / (1.0 + squared) / tf.sqrt(squared + 1e-7) * asked
    cut = tf.image.extract_patches(x, [1, 4, 4, 1], [1, 4, 4, 1], [1, 1, 1, 1], "VALID")
    general = tf.pow(tf.reduce_mean(tf.pow(tf.maximum(x, 1e-6), 3.0), axis=[1, 2]), 1 / 3)
    spread = tf.math.log(1.0 + tf.exp(-tf.abs(tf.math.reduce_std(x, axis=[1, 2])))) + tf.math.rsqrt(
        1.0 + tf.math.reduce_variance(x, axis=[1, 2])
    )
    unit = tf.math.l2_normalize(layers.Dense(4)(layers.Flatten()(cut)), axis=1)
    joined = tf.stack([layers.GlobalAveragePooling1D()(asked), general, spread, unit], axis=1)
    return keras.Model(i, layers.Dense(1, activation="sigmoid")(layers.Flatten()(joined)))


def scaled_sums() -> Any:
    """InceptionResNetV2's sum, as a layer of ``keras.applications`` and as the Lambda that it was before Keras 2.13."""
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

    i = keras.Input((24, 24, 3))
    x = layers.Conv2D(6, 3, activation="relu")(layers.Rescaling(1 / 255)(i))
    x = CustomScaleLayer(0.17)([x, layers.Conv2D(6, 1, name="up")(x)])
    before = layers.Lambda(
        lambda inputs, scale: inputs[0] + inputs[1] * scale,
        output_shape=(22, 22, 6),
        arguments={"scale": 0.2},
        name="block8_1",
    )
    return keras.Model(i, head(before([x, layers.Conv2D(6, 1)(x)])))


def regnet() -> Any:
    """A RegNet by its own constructor, as small as that makes one: squeeze and excitation, grouped convolutions."""
    from keras.src.applications.regnet import RegNet

    base = RegNet([1, 1, 1, 1], [8, 8, 16, 16], 4, "Y", 32, include_top=False, weights=None, input_shape=(32, 32, 3))
    i = keras.Input((32, 32, 3))
    return keras.Model(i, head(base(i)))


def resnet_rs() -> Any:
    """A ResNetRS by its own constructor, with its scaling, stem of three convolutions and dropped paths."""
    from keras.src.applications.resnet_rs import ResNetRS

    blocks = [{"input_filters": 4, "num_repeats": 1}, {"input_filters": 8, "num_repeats": 2}]
    base = ResNetRS(
        50, (32, 32, 3), include_top=False, weights=None, block_args=blocks, pooling="avg", model_name="resnet-rs-small"
    )
    return keras.Model(base.input, layers.Dense(2, activation="softmax")(base.output))


def over_cards() -> Any:
    """What ``multi_gpu_model`` of Keras 2.0 to 2.3 made of a network: a slice of the batch for each card."""
    inner = keras.Sequential([layers.Conv2D(4, 3, input_shape=(24, 24, 3))], name="inner")
    i = keras.Input((24, 24, 3))
    slices = [layers.Lambda(lambda x, n: x[n::2], output_shape=(24, 24, 3), arguments={"n": n})(i) for n in (0, 1)]
    return keras.Model(i, layers.Concatenate(axis=0)([inner(one) for one in slices]))


def with_lambda() -> Any:
    """A Lambda in front: what can only come as a folder, as ``model.save("folder", save_format="tf")`` writes it."""
    i = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3)(layers.Lambda(lambda t: t / 255.0)(i))
    return keras.Model(i, layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling2D()(x)))


MODELS: dict[str, Callable[[], Any]] = {
    "layers": many_layers,
    "arithmetic": arithmetic,
    "attention": attention,
    "shared": shared,
    "mixed": mixed,
    "average": average,
    "functions": functions,
    "scaled": scaled_sums,
    "regnet": regnet,
    "resnet_rs": resnet_rs,
    "cards": over_cards,
    "folder": with_lambda,
}


H5_ALONE = frozenset({"arithmetic", "scaled", "cards"})
"""Keras 2 cannot write “...” into a .keras file; those with a Lambda are older than these files."""


def main() -> None:
    """Write ``NAME.h5``, ``NAME.keras`` where Keras 2 can, and ``NAME.npz``: pictures and what Keras 2 says of them.

    Of the models that are named on the command line, or of all.
    """
    rng = np.random.default_rng(1)
    for name in sys.argv[1:] or MODELS:
        make = MODELS[name]
        keras.backend.clear_session()
        tf.random.set_seed(3)
        model = make()
        for weight in model.weights:
            if any(word in weight.name for word in ("moving", "gamma", "beta", "bias")):
                weight.assign(weight + (0.1 * rng.random(weight.shape)).astype("float32"))
        pixels = rng.integers(0, 256, (3, *model.input_shape[1:])).astype("float32")
        said = model.predict(pixels, verbose=0).astype("float32")
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        if name == "folder":
            with tempfile.TemporaryDirectory() as folder:
                model.save(folder, save_format="tf")
                shutil.make_archive(str(HERE / name), "zip", folder)
            np.savez(HERE / f"{name}.npz", pixels=pixels, said=said)
            continue
        model.save(HERE / f"{name}.h5", include_optimizer=False)
        if name not in H5_ALONE:
            model.save(HERE / f"{name}.keras")
        if name == "cards":
            continue
        np.savez(HERE / f"{name}.npz", pixels=pixels.astype("uint8"), said=said)


if __name__ == "__main__":
    main()
