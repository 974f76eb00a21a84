"""What notebooks about leukemia and blood cells save: their networks, heads and files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from tests.own_models.blocks import BLOCKS, built, cumulated, one, one_logit, pooled, pooled_rows, start, two
from tests.own_models.entry import SIDE, Own, body, h5, in_8_bits, last, layers, sigmoid, softmax, stirred
from tests.own_models.networks import prepared
from tests.own_models.notebook_files import (
    F1,
    Warm,
    checkpoint,
    f1_score,
    focal,
    kept_by_checkpoint,
    older_weights,
    pickled,
    traced,
    trained,
    unpacked,
    without_signature,
    without_training,
)

WAY_OUT = r"model\.export\('.*'\)"


def in_sequence(*parts: Any, shape: tuple[int, ...] | None = (SIDE, SIDE, 3)) -> Callable[[], keras.Model]:
    """A Sequential; without a shape it is built by its first call, as ``fit`` does it."""

    def make() -> keras.Model:
        first = [keras.Input(shape)] if shape is not None else []
        model = keras.Sequential([*first, *(part() for part in parts)])
        model(np.zeros((2, SIDE, SIDE, 3), np.float32))
        return stirred(model)

    return make


def augmentation() -> keras.Model:
    return keras.Sequential(
        [
            layers.RandomFlip("horizontal_and_vertical"),
            layers.RandomRotation(0.2),
            layers.RandomZoom(0.1),
            layers.RandomTranslation(0.1, 0.1),
            layers.RandomBrightness(0.2),
        ],
        name="data_augmentation",
    )


def tutorial(shape: tuple[int, ...] | None) -> Callable[[], keras.Model]:
    """The classification tutorial: augmentation, scaling, three convolutions, logits."""
    return in_sequence(
        augmentation,
        lambda: layers.Rescaling(1.0 / 255),
        lambda: layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPooling2D,
        lambda: layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D,
        lambda: layers.Dropout(0.2),
        layers.Flatten,
        lambda: layers.Dense(16, activation="relu"),
        lambda: layers.Dense(2, name="outputs"),
        shape=shape,
    )


def normalized_input() -> keras.Model:
    inputs = start()
    x = layers.BatchNormalization()(inputs)
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(x)
    return stirred(keras.Model(inputs, one(layers.GlobalMaxPooling2D()(x))))


def adapted_per_channel() -> keras.Model:
    layer = layers.Normalization(axis=-1)
    layer.adapt(np.random.default_rng(0).uniform(0, 255, (8, SIDE, SIDE, 3)).astype(np.float32))
    inputs = start()
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(layer(inputs))
    return stirred_but(keras.Model(inputs, one(pooled(x))), layer)


def stirred_but(model: keras.Model, layer: Any) -> keras.Model:
    """The same, whose adapted layer keeps what it was adapted to."""
    kept = layer.get_weights()
    model = stirred(model)
    layer.set_weights(kept)
    return model


def given_mean() -> keras.Model:
    inputs = start()
    x = layers.Normalization(mean=[123.7, 116.3, 103.5], variance=[3409.0, 3262.0, 3291.0])(inputs)
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(x)
    return stirred(keras.Model(inputs, one(pooled(x))))


def vision_transformer() -> keras.Model:
    """Patches, a class token as a weight of Keras' own Embedding, positions, two blocks, the token's figures."""
    inputs = start()
    x = layers.Conv2D(16, 8, strides=8)(layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    x = layers.Reshape((16, 16))(x)
    token = layers.Dense(16)(ops.zeros_like(x[:, :1, :]))
    x = layers.Concatenate(axis=1)([token, x])
    x = x + layers.Embedding(17, 16)(ops.arange(17))
    for _ in range(2):
        seen = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 8, dropout=0.1)(seen, seen)])
        seen = layers.Dense(16)(layers.Dense(32, activation="gelu")(layers.LayerNormalization(epsilon=1e-6)(x)))
        x = layers.Add()([x, seen])
    return stirred(keras.Model(inputs, one(layers.LayerNormalization()(x)[:, 0])))


def cut_patches() -> keras.Model:
    """The ViT of the Keras examples: patches cut out by an operation."""
    inputs = start()
    patches = ops.image.extract_patches(inputs / 255.0, 8)
    x = layers.Dense(16)(layers.Reshape((16, 192))(patches))
    x = layers.Add()([x, layers.MultiHeadAttention(2, 8)(x, x)])
    return stirred(keras.Model(inputs, one(layers.Flatten()(layers.LayerNormalization()(x)))))


def scaled_blocks() -> keras.Model:
    """A block of ConvNeXt with its LayerScale, of keras.applications."""
    from keras.src.applications.convnext import LayerScale

    inputs = start()
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Conv2D(8, 4, strides=4)(layers.Rescaling(1 / 255)(inputs)))
    y = layers.LayerNormalization(epsilon=1e-6)(layers.Conv2D(8, 7, padding="same", groups=8)(x))
    y = LayerScale(0.1, 8)(layers.Dense(8)(layers.Dense(32, activation="gelu")(y)))
    return stirred(keras.Model(inputs, one(pooled(layers.Add()([x, y])))))


def two_backbones() -> keras.Model:
    """Two networks beside each other, each with its own scaling, as DenseNet201 with Xception."""
    inputs = start()
    first = keras.Model(a := start(), pooled(layers.Conv2D(8, 3, activation="relu")(a)), name="densenet201")
    second = keras.Model(b := start(), pooled(layers.SeparableConv2D(8, 3, activation="relu")(b)), name="xception")
    x = keras.applications.densenet.preprocess_input(inputs)
    y = keras.applications.xception.preprocess_input(inputs)
    joined = layers.concatenate([first(x), second(y)])
    return stirred(keras.Model(inputs, one(layers.Dropout(0.4)(layers.Dense(8, activation="swish")(joined)))))


def quantized() -> keras.Model:
    return in_8_bits(built(lambda x: layers.Dense(16, activation="relu")(pooled(x)))())


def adapted_low_rank() -> keras.Model:
    """Dense layers with LoRA, as fine-tuning enables it."""
    model = built(lambda x: layers.Dense(16, activation="relu", name="features")(pooled(x)))()
    model.get_layer("features").enable_lora(4)
    for weight in model.get_layer("features").trainable_weights:
        weight.assign(weight + 0.05)
    return model


def wrapped() -> keras.Model:
    """A class around a functional graph: ``class Net(keras.Model)`` that calls super().__init__(inputs, outputs)."""

    @keras.saving.register_keras_serializable("Notebook")
    class Net(keras.Model):
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    inputs = start()
    return stirred(Net(inputs, one(body(inputs))))


def distilled() -> keras.Model:
    """A student inside a model that was trained by a teacher: the student is saved."""
    inner = built(pooled, two)()
    inputs = start()
    return keras.Model(inputs, layers.Softmax()(inner(inputs)), name="student")


def temperature() -> keras.Model:
    inner = built(pooled, two)()
    inputs = start()
    return keras.Model(inputs, ops.softmax(inner(inputs) / 1.7))


def softmax_by_lambda(x: Any) -> Any:
    return layers.Lambda(lambda t: keras.ops.softmax(t, axis=-1))(layers.Dense(2)(x))


def family(name: str, **more: Any) -> Callable[[], keras.Model]:
    """A small network of keras.applications with its own scaling inside, and a notebook's head on it."""

    def make() -> keras.Model:
        base = getattr(keras.applications, name)(
            include_top=False, weights=None, input_shape=(SIDE, SIDE, 3), pooling="avg", **more
        )
        base.trainable = False
        inputs = start()
        x = layers.RandomFlip("horizontal")(inputs)
        x = layers.BatchNormalization()(base(x, training=False))
        return stirred(keras.Model(inputs, one(layers.Dropout(0.3)(x))))

    return make


logit = lambda z: sigmoid(last(z))  # noqa: E731
two_logits = lambda z: last(softmax(z))  # noqa: E731


IN_H5 = (
    "squeeze and excitation by ops", "CBAM", "self-attention by ops", "attention over places, rescaled",
    "generalized mean", "features on the sphere by ops", "capsules", "split channels", "positions",
    "the highest places",
)  # fmt: skip
"""Those whose functions an ``.h5`` file names by their class alone."""
NOTEBOOKS: dict[str, Own] = {
    **{name: Own(built(block)) for name, block in BLOCKS.items()},
    **{f"{name} in h5": Own(built(BLOCKS[name]), save=h5) for name in IN_H5},
    "pooled rows": Own(built(pooled_rows), left_out=True),
    "a cumulated product": Own(
        built(cumulated), refused=r"uses “Cumprod”, which cannot.*set_weights\(old\.get_weights"
    ),
    "the tutorial": Own(tutorial((SIDE, SIDE, 3)), truth=two_logits),
    "the tutorial, built by its call": Own(tutorial(None), truth=two_logits),
    "BatchNormalization of the pixels": Own(normalized_input),
    "Normalization adapted": Own(adapted_per_channel),
    "Normalization adapted in h5": Own(adapted_per_channel, save=h5),
    "Normalization of given numbers": Own(given_mean),
    "a vision transformer": Own(vision_transformer),
    "patches cut out": Own(cut_patches),
    "LayerScale": Own(scaled_blocks),
    "LayerScale in h5": Own(scaled_blocks, save=h5),
    "two backbones": Own(two_backbones),
    "preprocess_input of caffe in h5": Own(prepared("resnet50"), save=h5),
    "preprocess_input of torch in h5": Own(prepared("densenet"), save=h5),
    "preprocess_input of tf in h5": Own(prepared("mobilenet_v2"), save=h5),
    "two backbones in h5": Own(two_backbones, save=h5),
    "MobileNetV3 with its scaling": Own(family("MobileNetV3Small", minimalistic=True)),
    "EfficientNetV2 with its scaling in h5": Own(family("EfficientNetV2B0"), save=h5),
    "focal loss and F1": Own(trained(focal(), [f1_score, F1()], lambda: keras.optimizers.Adam(1e-3))),
    "focal loss and F1 in h5": Own(trained(focal(), [f1_score], keras.optimizers.SGD), save=h5),
    "a schedule of one's own": Own(trained("binary_crossentropy", ["accuracy"], lambda: keras.optimizers.Adam(Warm()))),
    "a checkpoint's file": Own(built(pooled), save=kept_by_checkpoint),
    "without its training in h5": Own(built(pooled), save=without_training),
    "int8": Own(quantized, refused=WAY_OUT),
    "LoRA": Own(adapted_low_rank),
    "a class around a graph": Own(wrapped, refused=WAY_OUT),
    "a class around a graph in h5": Own(wrapped, save=h5, refused=WAY_OUT),
    "Softmax over logits": Own(distilled),
    "softmax of logits by a temperature": Own(temperature),
    "softmax in a Lambda": Own(built(pooled, softmax_by_lambda), refused=WAY_OUT),
    "from_logits": Own(built(pooled, one_logit), truth=logit),
    "sigmoid by ops": Own(built(pooled, lambda x: ops.sigmoid(layers.Dense(1)(x)))),
    "softmax by ops": Own(built(pooled, lambda x: ops.softmax(layers.Dense(2)(x)))),
    "an unpacked archive": Own(built(pooled), save=unpacked),
    "a folder without a signature": Own(
        built(pooled), save=without_signature, refused=r"says neither what it takes.*model\.export\('folder'\)"
    ),
    "a folder with a signature of one's own": Own(built(pooled), save=traced),
    "a checkpoint of TensorFlow": Own(built(pooled), save=checkpoint, refused=r"model\.save|model\.export"),
    "a pickle": Own(built(pooled), save=pickled, refused=r"model\.save"),
    "weights as Keras 2 kept them": Own(built(pooled), save=older_weights, refused=r"model\.save"),
}
