"""Blocks as notebooks about leukemia and blood cells write them, each between convolutions and a head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from tests.own_models.entry import SIDE, layers, stirred

Block = Callable[[Any], Any]


def one(x: Any) -> Any:
    return layers.Dense(1, activation="sigmoid")(x)


def one_logit(x: Any) -> Any:
    return layers.Dense(1)(x)


def two(x: Any) -> Any:
    return layers.Dense(2)(x)


def start() -> Any:
    return keras.Input((SIDE, SIDE, 3))


def built(block: Block, head: Block = one) -> Callable[[], keras.Model]:
    """Convolutions, a block of the notebook's, a head."""

    def make() -> keras.Model:
        inputs = start()
        x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(layers.Rescaling(1 / 255)(inputs))
        return stirred(keras.Model(inputs, head(block(x))))

    return make


def pooled(x: Any) -> Any:
    return layers.GlobalAveragePooling2D()(x)


def squeezed(x: Any) -> Any:
    """Squeeze and excitation by operations of ``keras.ops``."""
    gate = ops.mean(x, axis=(1, 2), keepdims=True)
    gate = layers.Dense(2, activation="relu")(gate)
    return pooled(x * ops.sigmoid(layers.Dense(8)(gate)))


def reshaped_gate(x: Any) -> Any:
    gate = layers.Reshape((1, 1, 8))(layers.GlobalAveragePooling2D()(x))
    gate = layers.Dense(8, activation="hard_sigmoid", use_bias=False)(layers.Dense(2, activation="relu")(gate))
    return pooled(layers.multiply([x, gate]))


def channel_attention(x: Any) -> Any:
    hidden, out = layers.Dense(4, activation="relu"), layers.Dense(8)
    average = out(hidden(layers.Reshape((1, 1, 8))(layers.GlobalAveragePooling2D()(x))))
    highest = out(hidden(layers.Reshape((1, 1, 8))(layers.GlobalMaxPooling2D()(x))))
    return layers.Multiply()([x, layers.Activation("sigmoid")(layers.Add()([average, highest]))])


def cbam(x: Any) -> Any:
    """Attention over channels, then over places, whose means are operations and no Lambda."""
    x = channel_attention(x)
    seen = layers.Concatenate()([ops.mean(x, axis=-1, keepdims=True), ops.max(x, axis=-1, keepdims=True)])
    return pooled(layers.Multiply()([x, layers.Conv2D(1, 7, padding="same", activation="sigmoid")(seen)]))


def efficient_attention(x: Any) -> Any:
    """ECA: a convolution over the channels' means."""
    gate = layers.Reshape((8, 1))(layers.GlobalAveragePooling2D()(x))
    gate = layers.Conv1D(1, 3, padding="same", use_bias=False)(gate)
    gate = layers.Reshape((1, 1, 8))(layers.Activation("sigmoid")(gate))
    return pooled(layers.multiply([x, gate]))


def self_attention(x: Any) -> Any:
    """Non-local attention, as ``keras.ops`` writes it."""
    q, k, v = (layers.Reshape((256, 4))(layers.Conv2D(4, 1)(x)) for _ in range(3))
    scores = ops.softmax(ops.matmul(q, ops.transpose(k, (0, 2, 1))) / 2.0, axis=-1)
    y = layers.Conv2D(8, 1)(layers.Reshape((16, 16, 4))(ops.matmul(scores, v)))
    return pooled(layers.Add()([x, y]))


def dot_attention(x: Any) -> Any:
    places = layers.Reshape((256, 8))(x)
    return layers.GlobalAveragePooling1D()(layers.Attention(use_scale=True)([places, places]))


def weighted_places(x: Any) -> Any:
    """Gap attention of many Kaggle notebooks: a mask of 1x1 convolutions, and the mean rescaled by the mask's mean."""
    mask = layers.Conv2D(4, 1, activation="relu")(layers.Dropout(0.5)(layers.BatchNormalization()(x)))
    mask = layers.Conv2D(1, 1, activation="sigmoid")(mask)
    spread = layers.Conv2D(8, 1, use_bias=False, activation="linear")(mask)
    features, share = pooled(layers.multiply([spread, x])), pooled(spread)
    return layers.Dense(8, activation="relu")(features / (share + 2.0))


def inception(x: Any) -> Any:
    parts = [
        layers.Conv2D(4, 1, padding="same", activation="relu")(x),
        layers.Conv2D(4, 5, padding="same", activation="relu")(layers.Conv2D(2, 1)(x)),
        layers.Conv2D(4, 1)(layers.MaxPooling2D(3, 1, padding="same")(x)),
        layers.Conv2D(4, 1)(layers.AveragePooling2D(3, 1, padding="same")(x)),
    ]
    return pooled(layers.concatenate(parts, axis=3))


def padded_average(x: Any) -> Any:
    x = layers.ZeroPadding2D(((1, 2), (3, 0)))(x)
    return pooled(layers.AveragePooling2D(3, 2, padding="same")(x))


def padded_highest(x: Any) -> Any:
    x = layers.ZeroPadding2D(2)(layers.Conv2D(8, 1)(x))
    return pooled(layers.MaxPooling2D(3, 2, padding="same")(x))


def twice_padded(x: Any) -> Any:
    x = layers.ZeroPadding2D(1)(layers.ZeroPadding2D(2)(x))
    return pooled(layers.AveragePooling2D((2, 3), (3, 2), padding="same")(x))


def padded_then_activated(x: Any) -> Any:
    x = layers.Dropout(0.2)(layers.ZeroPadding2D(1)(x))
    return pooled(layers.AveragePooling2D(2, 1, padding="same")(x))


def dilated(x: Any) -> Any:
    return pooled(layers.Conv2D(8, 3, dilation_rate=2, padding="same", groups=2)(x))


def residual(x: Any) -> Any:
    y = layers.Conv2D(8, 3, padding="same", kernel_regularizer=keras.regularizers.L1L2(1e-4, 1e-4))(x)
    y = layers.LeakyReLU(negative_slope=0.1)(layers.BatchNormalization(axis=3)(y))
    y = layers.SpatialDropout2D(0.2)(y)
    return pooled(layers.Activation("relu")(layers.add([x, y])))


def both_poolings(x: Any) -> Any:
    return layers.concatenate([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])


def three_poolings(x: Any) -> Any:
    return layers.concatenate([pooled(x), layers.GlobalMaxPooling2D()(x), layers.Flatten()(x)])


def generalized_mean(x: Any) -> Any:
    return ops.power(ops.mean(ops.power(ops.maximum(x, 1e-6), 3.0), axis=(1, 2)), 1 / 3)


def normalized_features(x: Any) -> Any:
    """Features on the sphere, as for a metric."""
    return layers.UnitNormalization()(layers.Dense(8)(pooled(x)))


def l2_features(x: Any) -> Any:
    return ops.normalize(layers.Dense(8)(pooled(x)), axis=-1)


def bidirectional(x: Any) -> Any:
    return layers.Bidirectional(layers.GRU(4))(layers.Reshape((16, 128))(x))


def convolved_rows(x: Any) -> Any:
    x = layers.TimeDistributed(layers.Dense(4, activation="relu"))(layers.Reshape((16, 128))(x))
    return layers.Dense(8, activation="tanh")(layers.Flatten()(layers.LSTM(4, return_sequences=True)(x)))


def capsule_like(x: Any) -> Any:
    """Squashed vectors by ``keras.ops``."""
    v = ops.reshape(layers.Conv2D(8, 3, strides=2)(x), (-1, 98, 4))
    squared = ops.sum(ops.square(v), axis=-1, keepdims=True)
    return layers.Flatten()(squared / (1.0 + squared) / ops.sqrt(squared + 1e-7) * v)


def involuted(x: Any) -> Any:
    x = layers.DepthwiseConv2D(5, padding="same", depth_multiplier=2)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.Dense(32, activation="gelu")(x)
    return pooled(layers.Dense(8)(x))


def shuffled_channels(x: Any) -> Any:
    x = layers.Reshape((16, 16, 2, 4))(x)
    return pooled(layers.Reshape((16, 16, 8))(layers.Permute((1, 2, 4, 3))(x)))


def split_channels(x: Any) -> Any:
    first, second = ops.split(x, 2, axis=-1)
    return pooled(layers.Concatenate()([layers.Conv2D(4, 3, padding="same", activation="relu")(first), second]))


def upsampled(x: Any) -> Any:
    """The middle of a U-Net, and its skip."""
    low = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.MaxPooling2D()(x))
    up = layers.UpSampling2D(interpolation="bilinear")(low)
    return pooled(layers.Conv2D(8, 3, padding="same", activation="elu")(layers.Concatenate()([x, up])))


def gated_halves(x: Any) -> Any:
    """A gate by halves of a map, whose two outputs reach the head."""
    first, second = ops.split(layers.Conv2D(8, 3, activation="relu")(x), 2, axis=-1)
    return layers.Concatenate()([pooled(first), pooled(second)])


def positions(x: Any) -> Any:
    """Coordinates of the places beside the channels."""
    rows = ops.ones_like(x[..., :1]) * ops.reshape(ops.linspace(-1.0, 1.0, 16), (1, 16, 1, 1))
    return pooled(layers.Conv2D(8, 3, activation="relu")(layers.Concatenate()([x, rows])))


def highest_places(x: Any) -> Any:
    """The mean of the four highest places, as multiple-instance networks take it."""
    values, _ = ops.top_k(ops.transpose(layers.Reshape((256, 8))(x), (0, 2, 1)), 4)
    return ops.mean(values, axis=-1)


def normalized_by_ops(x: Any) -> Any:
    mean, variance = ops.moments(x, axes=[1, 2], keepdims=True)
    return pooled((x - mean) / ops.sqrt(variance + 1e-5))


def pooled_rows(x: Any) -> Any:
    """A pooling of whose gradient OpenVINO has no rule: no map of what lies before it."""
    return layers.Flatten()(layers.MaxPooling1D(4)(layers.Reshape((256, 8))(x)))


def cumulated(x: Any) -> Any:
    """A function of which OpenVINO has no rule."""
    return ops.cumprod(pooled(x), axis=-1)


BLOCKS: dict[str, Block] = {
    "squeeze and excitation by ops": squeezed,
    "squeeze and excitation, reshaped": reshaped_gate,
    "CBAM": cbam,
    "ECA": efficient_attention,
    "self-attention by ops": self_attention,
    "Attention of Keras": dot_attention,
    "attention over places, rescaled": weighted_places,
    "an Inception block": inception,
    "padding, then average pooling": padded_average,
    "padding, then max pooling": padded_highest,
    "padding twice, then average pooling": twice_padded,
    "padding and Dropout, then average pooling": padded_then_activated,
    "grouped and dilated": dilated,
    "a residual with LeakyReLU": residual,
    "mean and highest": both_poolings,
    "mean, highest and all places": three_poolings,
    "generalized mean": generalized_mean,
    "features on the sphere": normalized_features,
    "features on the sphere by ops": l2_features,
    "a bidirectional GRU": bidirectional,
    "TimeDistributed and LSTM": convolved_rows,
    "capsules": capsule_like,
    "an inverted block": involuted,
    "shuffled channels": shuffled_channels,
    "split channels": split_channels,
    "a skip of a U-Net": upsampled,
    "halves that reach the head": gated_halves,
    "positions": positions,
    "the highest places": highest_places,
    "normalized by ops": normalized_by_ops,
}
