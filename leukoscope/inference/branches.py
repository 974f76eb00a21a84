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

from leukoscope.domain.errors import BundleError
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
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][3] != 3:
        message = f"“{file_name}” does not take one RGB picture (height, width, 3); it takes {shapes}."
        raise BundleError(message, str(shapes))
    height, width = shapes[0][1:3]
    if height is None or width is None:
        message = f"“{file_name}” takes pictures of any size; rebuild it with a fixed one, for example 224 x 224."
        raise BundleError(message, str(shapes))
    return int(height), int(width)


def _output_kind(model: keras.Model, steps: Sequence[Step], file_name: str) -> Literal["sigmoid", "logit", "softmax"]:
    shapes = [tuple(one.shape) for one in model.outputs]
    activation = getattr(steps[-1].layer, "activation", None)
    if shapes == [(None, 1)] and activation is keras.activations.sigmoid:
        return "sigmoid"
    if shapes == [(None, 1)] and activation is keras.activations.linear:
        return "logit"
    is_softmax = activation is keras.activations.softmax or isinstance(steps[-1].layer, keras.layers.Softmax)
    if shapes == [(None, 2)] and is_softmax:
        return "softmax"
    message = f"“{file_name}” must end in one sigmoid, one logit or two softmax outputs; it gives {shapes}."
    raise BundleError(message, f"{shapes} {activation}")


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
