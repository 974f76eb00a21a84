"""Look into somebody's model: what goes in, what comes out, and where each branch last sees the picture as a map.

Runs in a child process only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
import tensorflow as tf

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.canonical import hands_on
from leukoscope.inference.layers import FilterTokenCrossAttention
from leukoscope.inference.manifest import ExplanationLayer
from leukoscope.inference.trace import Step, trace

MAX_BRANCHES = 9
"""As many as there are number keys to choose a map with."""

# These hand a map on as they got it: the layer before them is the one worth naming.
_PASSING = (keras.layers.Dropout, keras.layers.SpatialDropout2D, keras.layers.InputLayer)


@dataclass(frozen=True)
class Anatomy:
    """What an imported model is.

    Parameters
    ----------
    height, width
        Of its input in pixels.
    output
        What its last layer gives.
    explanations
        One Grad-CAM layer for each branch, and attention where there is any; maxima not yet calibrated.
    parameters
        Number of weights.
    """

    height: int
    width: int
    output: Literal["sigmoid", "logit", "softmax"]
    explanations: tuple[ExplanationLayer, ...]
    parameters: int


def dissect(model: keras.Model, file_name: str) -> Anatomy:
    """Find out what a model takes and gives, and its branches.

    Raises
    ------
    BundleError
        When it does not take one RGB picture or does not tell two classes apart.
    """
    height, width = _input_size(model, file_name)
    steps: list[Step] = []

    def record(pixels: Any) -> Any:
        run = trace(model, pixels)
        steps.extend(run.steps)
        return run.result

    tf.function(record, autograph=False).get_concrete_function(tf.TensorSpec((1, height, width, 3), tf.float32))
    output = _output_kind(model, steps, file_name)
    return Anatomy(height, width, output, _explanations(steps), int(model.count_params()))


def _input_size(model: keras.Model, file_name: str) -> tuple[int, int]:
    shapes = [tuple(one.shape) for one in model.inputs]
    if len(shapes) != 1:
        message = (
            f"“{file_name}” takes {len(shapes)} inputs; one RGB picture is needed. Rebuild it so that everything it "
            "needs comes from one picture."
        )
        raise BundleError(message, str(shapes), cause=Cause.UNKNOWN_KIND)
    if len(shapes[0]) != 4 or shapes[0][3] != 3:
        message = (
            f"“{file_name}” takes an input of {_shape(shapes[0])}; one RGB picture of height × width × 3 is needed. "
            "Rebuild it for color pictures, with the channels last."
        )
        raise BundleError(message, str(shapes), cause=Cause.UNKNOWN_KIND)
    height, width = shapes[0][1:3]
    if height is None or width is None:
        message = (
            f"“{file_name}” takes pictures of any size; one size is needed. Rebuild it with a fixed one, for example "
            "224 x 224."
        )
        raise BundleError(message, str(shapes), cause=Cause.UNKNOWN_KIND)
    return int(height), int(width)


def _shape(shape: Sequence[int | None]) -> str:
    """Of one cell, without the batch: ``96 × 96 × 1``; a side that may have any length is a ``?``."""
    return " × ".join("?" if side is None else str(side) for side in shape[1:]) or "no size"


def _last_figures(steps: Sequence[Step]) -> Any:
    """The layer that makes the model's figures; behind it they are only handed on."""
    step = steps[-1]
    while hands_on(step.layer) and step.inputs:
        before = [one for one in steps if any(output is step.inputs[0] for output in one.outputs)]
        if not before:
            break
        step = before[-1]
    return step.layer


_KINDS: dict[tuple[int, Any], Literal["sigmoid", "logit", "softmax"]] = {
    (1, keras.activations.sigmoid): "sigmoid",
    (1, keras.activations.hard_sigmoid): "sigmoid",
    (1, keras.activations.linear): "logit",
    (2, keras.activations.softmax): "softmax",
}
"""By the number of figures and the activation that makes them."""


def _output_kind(model: keras.Model, steps: Sequence[Step], file_name: str) -> Literal["sigmoid", "logit", "softmax"]:
    shapes = [tuple(one.shape) for one in model.outputs]
    layer = _last_figures(steps)
    activation = keras.activations.softmax if isinstance(layer, keras.layers.Softmax) else _activation(layer)
    if len(shapes) == 1 and len(shapes[0]) == 2 and (shapes[0][1], activation) in _KINDS:
        return _KINDS[shapes[0][1], activation]
    message = _unfit(file_name, shapes, layer, activation)
    raise BundleError(message, f"{shapes} {type(layer).__name__} {activation}", cause=Cause.UNKNOWN_KIND)


def _activation(layer: Any) -> Any:
    """What a layer makes figures with; a Dropout that nothing stands before hands on a linear layer's."""
    return keras.activations.linear if hands_on(layer) else getattr(layer, "activation", None)


def _unfit(file_name: str, shapes: Sequence[tuple[int | None, ...]], layer: Any, activation: Any) -> str:
    """What a model ends in, what is needed, and how to get there."""
    if len(shapes) != 1:
        return (
            f"“{file_name}” has {len(shapes)} outputs; one is needed. Save the one that tells healthy from leukemic: "
            "keras.Model(model.inputs, model.outputs[0]), with its number for 0."
        )
    if len(shapes[0]) != 2:
        return (
            f"“{file_name}” ends in figures of {_shape(shapes[0])} for each cell; one or two are needed. Put "
            "GlobalAveragePooling2D and Dense(1, activation=“sigmoid”) at its end, and train that."
        )
    count = shapes[0][1]
    if count not in {1, 2}:
        return (
            f"“{file_name}” tells {count} classes apart; two are needed, healthy and leukemic. Give it one sigmoid or "
            "two softmax outputs for its last layer, and train that."
        )
    what = getattr(activation, "__name__", None) or type(layer).__name__
    if count == 2:
        return (
            f"“{file_name}” ends in two figures made by “{what}”; two that add up to 1 are needed. Put "
            "keras.layers.Softmax() at its end if they are logits, else train it with softmax."
        )
    return (
        f"“{file_name}” ends in one figure made by “{what}”; a probability (sigmoid) or its logit (linear) is needed. "
        "Give its last layer the activation “sigmoid”, and train that."
    )


def _is_map(tensor: Any) -> bool:
    shape = tensor.shape
    return len(shape) == 4 and None not in shape[1:] and shape[1] > 1 and shape[2] > 1 and shape[3] > 1


def _explanations(steps: Sequence[Step]) -> tuple[ExplanationLayer, ...]:
    """Last spatial activation of every branch: a map that something consumes which gives no map itself."""
    found = [_named_producer(steps, tensor) for tensor in _last_maps(steps)]
    cams = list(dict.fromkeys(path for path in found if path is not None))[:MAX_BRANCHES]
    names = _short_names(cams)
    layers = [
        ExplanationLayer(name=name, title=_title(name), kind="grad-cam", layer=path, maximum=1.0)
        for name, path in zip(names, cams, strict=True)
    ]
    attention = [step.path for step in steps if isinstance(step.layer, FilterTokenCrossAttention)]
    layers += [
        ExplanationLayer(
            name=f"attention{index or ''}", title="Token attention", kind="attention", layer=path, maximum=1.0
        )
        for index, path in enumerate(attention)
    ]
    return tuple(layers)


def _last_maps(steps: Sequence[Step]) -> list[Any]:
    last: dict[int, Any] = {}
    for step in steps:
        gives_map = any(_is_map(one) for one in step.outputs)
        for one in step.inputs:
            if _is_map(one) and not gives_map and len(step.outputs[0].shape) < 4:
                last[id(one)] = one
    # Squeeze-and-excitation pools a map too, but the map goes on; only what reaches the head unbranched counts.
    consumers: dict[int, int] = {}
    for step in steps:
        for one in step.inputs:
            consumers[id(one)] = consumers.get(id(one), 0) + (1 if any(_is_map(y) for y in step.outputs) else 0)
    return [one for key, one in last.items() if consumers.get(key, 0) == 0]


def _named_producer(steps: Sequence[Step], tensor: Any) -> str | None:
    for step in reversed(steps):
        if any(one is tensor for one in step.outputs):
            if isinstance(step.layer, _PASSING) and step.inputs:
                return _named_producer(steps, step.inputs[0])
            return step.path
    return None


def _short_names(paths: Sequence[str]) -> list[str]:
    """Name of the backbone a layer lies in, else of the layer; made unique and fit for a file name."""
    names: list[str] = []
    for path in paths:
        base = re.sub(r"[^a-z0-9._-]+", "-", path.split("/")[0].lower()).strip("-._") or "map"
        base = base[:48]
        count = sum(one == base or one.startswith(f"{base}-") for one in names)
        names.append(base if not count else f"{base}-{count + 1}")
    return names


_SPELLINGS = {
    "convnext": "ConvNeXt",
    "densenet": "DenseNet",
    "efficientnet": "EfficientNet",
    "mobilenet": "MobileNet",
    "nasnet": "NASNet",
    "resnet": "ResNet",
    "vgg": "VGG",
}


def _title(name: str) -> str:
    """``convnext_tiny`` -> ``ConvNeXt Tiny``, ``efficientnetb3`` -> ``EfficientNetB3``."""
    text = name.replace("_", " ").replace("-", " ").title()
    for plain, spelling in _SPELLINGS.items():
        text = re.sub(plain, spelling, text, flags=re.IGNORECASE)
    return re.sub(r"(?<=[a-z0-9])[bv](?=\d)", lambda found: found[0].upper(), text)
