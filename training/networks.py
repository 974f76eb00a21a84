"""The two networks: an ensemble of convolutional backbones and a hybrid of a backbone and a token transformer.

Both take raw RGB samples 0..255, shape (batch, height, width, 3), and give the probability of the second class,
shape (batch, 1). Backbones are nested models named after themselves; any scaling is a layer inside the network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from leukoscope.domain.errors import BundleError, SettingsError
from leukoscope.inference.layers import (
    BranchScaling,
    CellStandardization,
    FilterTokenCrossAttention,
    TokenSelfAttention,
)
from training.config import NetworkConfig
from training.efficientnet_lite import VARIANTS, efficientnet_lite
from training.imagenet_weights import load_imagenet

# Samples -1..1 for networks of keras.applications that do not rescale inside.
_MINUS_ONE_TO_ONE = (1.0 / 127.5, -1.0)

_APPLICATIONS: dict[str, tuple[Callable[..., keras.Model], tuple[float, float] | None]] = {
    "efficientnetb0": (keras.applications.EfficientNetB0, None),
    "efficientnetb1": (keras.applications.EfficientNetB1, None),
    "efficientnetb3": (keras.applications.EfficientNetB3, None),
    "efficientnetv2-b0": (keras.applications.EfficientNetV2B0, None),
    "convnext_tiny": (keras.applications.ConvNeXtTiny, None),
    "resnet50v2": (keras.applications.ResNet50V2, _MINUS_ONE_TO_ONE),
    "resnet152v2": (keras.applications.ResNet152V2, _MINUS_ONE_TO_ONE),
    "mobilenetv2": (keras.applications.MobileNetV2, _MINUS_ONE_TO_ONE),
}

BACKBONES = (*VARIANTS, *_APPLICATIONS)
"""Names a configuration may use."""


def build_backbone(
    name: str, config: NetworkConfig, input_shape: tuple[int, int, int], pooling: str | None
) -> keras.Model:
    """Build one backbone without classifier, with the weights that the configuration asks for.

    Raises
    ------
    SettingsError
        When the name is unknown or a weights file does not fit.
    BundleError
        When ImageNet weights cannot be had.
    """
    file = config.weights_files.get(name)
    packaged = "imagenet" if file is None and config.weights == "imagenet" else None
    if name in VARIANTS:
        backbone = efficientnet_lite(name, input_shape=input_shape, pooling=pooling)
        if packaged == "imagenet":
            load_imagenet(backbone)
    elif name in _APPLICATIONS:
        backbone = _application(name, packaged, input_shape, pooling)
    else:
        raise SettingsError(f"“{name}” is no known backbone; known are {', '.join(BACKBONES)}.")
    if file is not None:
        try:
            backbone.load_weights(file)
        except (OSError, ValueError) as error:
            raise SettingsError(f"The weights in “{file}” do not fit the backbone {name}.", repr(error)) from error
    return backbone


def _application(name: str, weights: str | None, shape: tuple[int, int, int], pooling: str | None) -> keras.Model:
    build, _ = _APPLICATIONS[name]
    try:
        return build(include_top=False, weights=weights, input_shape=shape, pooling=pooling, name=name)
    # Keras raises a bare Exception when a download fails.
    except Exception as error:
        raise BundleError(
            f"The ImageNet weights of {name} could not be downloaded; give a local file (weights_files).",
            repr(error),
        ) from error


def _branch(pixels: keras.KerasTensor, backbone: keras.Model) -> keras.KerasTensor:
    scaling = _APPLICATIONS[backbone.name][1] if backbone.name in _APPLICATIONS else None
    if scaling is not None:
        pixels = BranchScaling(scale=scaling[0], offset=scaling[1], name=f"{backbone.name}_scaling")(pixels)
    return backbone(pixels)


def _entry(config: NetworkConfig, shape: tuple[int, int, int]) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The input, and what the branches see of it."""
    inputs = keras.Input(shape, name="pixels")
    if config.standardize is None:
        return inputs, inputs
    target = config.standardize
    layer = CellStandardization(
        mean=list(target.mean),
        deviation=list(target.deviation),
        gray=target.gray,
        low_pass=target.low_pass,
        dtype="float32",  # Sums over a picture overflow half precision.
        name="cell_standardization",
    )
    return inputs, layer(inputs)


def build_ensemble(config: NetworkConfig, input_shape: tuple[int, int, int] = (224, 224, 3)) -> keras.Model:
    """Pooled features of every backbone, concatenated -> BatchNorm -> Dense ReLU -> Dropout -> sigmoid."""
    inputs, pixels = _entry(config, input_shape)
    features = [_branch(pixels, build_backbone(n, config, input_shape, "avg")) for n in config.backbones]
    x = keras.layers.Concatenate(name="features")(features) if len(features) > 1 else _named(features[0])
    outputs = ensemble_head(x, config)
    return keras.Model(inputs, outputs, name="ensemble")


def _named(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Identity(name="features")(x)


def ensemble_head(x: keras.KerasTensor, config: NetworkConfig) -> keras.KerasTensor:
    """(batch, features) -> probability (batch, 1)."""
    x = keras.layers.BatchNormalization(name="head_norm")(x)
    regularizer = keras.regularizers.L2(config.l2) if config.l2 else None
    x = keras.layers.Dense(config.dense, activation="relu", kernel_regularizer=regularizer, name="head_dense")(x)
    x = keras.layers.Dropout(config.dropout, name="head_dropout")(x)
    return keras.layers.Dense(1, activation="sigmoid", name="probability")(x)


def build_hybrid(config: NetworkConfig, input_shape: tuple[int, int, int] = (224, 224, 3)) -> keras.Model:
    """Backbone map -> filter tokens -> self-attention -> mean token -> Dense ReLU -> Dropout -> sigmoid."""
    inputs, pixels = _entry(config, input_shape)
    features = _branch(pixels, build_backbone(config.backbones[0], config, input_shape, None))
    return keras.Model(inputs, hybrid_head(features, config), name="hybrid")


def hybrid_head(x: keras.KerasTensor, config: NetworkConfig) -> keras.KerasTensor:
    """(batch, height, width, channels) -> probability (batch, 1)."""
    attention: dict[str, Any] = {
        "heads": config.heads,
        "head_size": config.head_size,
        "feed_forward": config.feed_forward,
        "dropout": config.attention_dropout,
    }
    x = FilterTokenCrossAttention(tokens=config.tokens, name="filter_tokens", **attention)(x)
    for number in range(1, config.self_attention_blocks + 1):
        x = TokenSelfAttention(name=f"self_attention_{number}", **attention)(x)
    x = keras.layers.GlobalAveragePooling1D(name="features")(x)
    x = keras.layers.Dense(config.dense, activation="relu", name="head_dense")(x)
    x = keras.layers.Dropout(config.dropout, name="head_dropout")(x)
    return keras.layers.Dense(1, activation="sigmoid", name="probability")(x)


def build_network(config: NetworkConfig, input_shape: tuple[int, int, int] = (224, 224, 3)) -> keras.Model:
    """Build the network that the configuration describes."""
    return (build_ensemble if config.kind == "ensemble" else build_hybrid)(config, input_shape)


def backbones_of(network: keras.Model) -> tuple[keras.Model, ...]:
    """The nested backbones, in order."""
    return tuple(layer for layer in network.layers if isinstance(layer, keras.Model))


def train_last_layers(network: keras.Model, count: int) -> None:
    """Make the last ``count`` layers of every backbone trainable and the ones before not.

    Layers are counted as Keras lists them, pooling and BatchNormalization included; that is how the published
    43,314,101 trainable parameters come about.
    """
    for backbone in backbones_of(network):
        backbone.trainable = True
        first = len(backbone.layers) - count
        for index, layer in enumerate(backbone.layers):
            layer.trainable = index >= first


def last_spatial(backbone: keras.Model) -> keras.Operation:
    """The last operation of a backbone whose output still has places: (batch, height, width, channels), height > 1.

    Mostly a layer; in ConvNeXt the residual addition before the pooling, which Keras does not list as a layer.

    Raises
    ------
    BundleError
        When there is none.
    """
    for operation in reversed(backbone.operations):
        shape: tuple[int, ...] = tuple(getattr(operation.output, "shape", ()))
        if len(shape) == 4 and shape[1] > 1 and not isinstance(operation, keras.layers.InputLayer):
            return operation
    raise BundleError(f"The backbone {backbone.name} has no spatial activation to explain.")
