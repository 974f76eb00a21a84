"""Turn the configuration of a network whose channels come first into one whose channels come last.

Processors compute only the latter, and maps are made of it. Kernels are kept alike in both; only what the layers are
told about their axes changes. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leukoscope.domain.errors import BundleError, Cause

FIRST, LAST = "channels_first", "channels_last"
BY_AXIS = frozenset({"BatchNormalization", "Concatenate", "GroupNormalization", "Softmax"})
"""Layers that are told the axis of the channels."""
ALIKE = frozenset(
    """
    Activation ActivityRegularization Add Average AveragePooling2D Conv2D Conv2DTranspose Cropping2D Dense
    DepthwiseConv2D Dropout ELU Flatten Functional GaussianDropout GaussianNoise GlobalAveragePooling2D
    GlobalMaxPooling2D Identity InputLayer LeakyReLU MaxPooling2D Maximum Minimum Model Multiply ReLU Rescaling
    SeparableConv2D Sequential SpatialDropout2D Subtract UpSampling2D ZeroPadding2D
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Layers that treat channels alike wherever they stand, or are told by ``data_format``."""
PASSING = frozenset({"Rescaling"})


def channels_last(config: Any) -> bool:
    """Turn a model's configuration in place; whether any of its layers had the channels first.

    Raises
    ------
    BundleError
        When a layer among them counts its axes by itself.
    """
    nodes = [node for node in _layers(config) if isinstance(node["config"], dict)]
    if not any(node["config"].get("data_format") == FIRST for node in nodes):
        return False
    for node in nodes:
        name, inner = str(node["class_name"]).rpartition(">")[2], node["config"]
        if not _turned(name, inner):
            message = (
                f"The model has its channels first, and a layer “{name[:60]}” that cannot be turned; build it anew "
                "with the channels last, give it the weights by new.set_weights(old.get_weights()), and save that."
            )
            raise BundleError(message, f"{name} {inner.get('name')}", cause=Cause.UNKNOWN_KIND)
        node.pop("build_config", None)
    return True


def _turned(name: str, inner: dict[str, Any]) -> bool:
    if inner.get("data_format") == FIRST:
        inner["data_format"] = LAST
    for key in ("batch_shape", "batch_input_shape"):
        shape = inner.get(key)
        if isinstance(shape, list) and len(shape) == 4:
            inner[key] = [shape[0], shape[2], shape[3], shape[1]]
    inner.pop("build_input_shape", None)
    if name in PASSING and any(isinstance(inner.get(key), list) for key in ("scale", "offset")):
        return False
    if name in BY_AXIS:
        axis = inner.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        inner["axis"] = -1
        return axis in (1, -3) or name == "Softmax"
    if name == "Reshape":
        target = inner.get("target_shape")
        if isinstance(target, list) and len(target) == 3 and target[1:] == [1, 1]:
            inner["target_shape"] = [1, 1, target[0]]
            return True
        return isinstance(target, list) and len(target) == 1
    return name in ALIKE


def _layers(value: Any) -> Iterator[dict[str, Any]]:
    """Every serialized layer and model of a configuration, however deep; none of what is inside a layer."""
    if not isinstance(value, dict):
        return
    if "class_name" in value and "config" in value:
        yield value
    inner = value.get("config")
    layers = inner if isinstance(inner, list) else inner.get("layers") if isinstance(inner, dict) else None
    for one in layers if isinstance(layers, list) else ():
        yield from _layers(one)
