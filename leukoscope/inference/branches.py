"""Look into somebody's model: what goes in, what comes out, and what of it is shown as maps.

Runs in a child process only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
import tensorflow as tf

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.canonical import hands_on
from leukoscope.inference.explanations import suggested_layers
from leukoscope.inference.manifest import ExplanationLayer
from leukoscope.inference.trace import Step, trace


@dataclass(frozen=True)
class ModelStructure:
    """What an imported model is.

    Parameters
    ----------
    height, width, channels
        Of its input in pixels; one channel is gray.
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
    channels: int = 3


def dissect(model: keras.Model, file_name: str) -> ModelStructure:
    """Find out what a model takes and gives, and its branches.

    Raises
    ------
    BundleError
        When it does not take one RGB picture or does not tell two classes apart.
    """
    height, width, channels = _input_size(model, file_name)
    steps: list[Step] = []

    def record(pixels: Any) -> Any:
        run = trace(model, pixels)
        steps.extend(run.steps)
        return run.result

    tf.function(record, autograph=False).get_concrete_function(tf.TensorSpec((1, height, width, channels), tf.float32))
    output = _output_kind(model, steps, file_name)
    return ModelStructure(height, width, output, suggested_layers(steps), int(model.count_params()), channels)


def _input_size(model: keras.Model, file_name: str) -> tuple[int, int, int]:
    shapes = [tuple(one.shape) for one in model.inputs]
    if len(shapes) != 1:
        message = (
            f"“{file_name}” takes {len(shapes)} inputs; one RGB picture is needed. Rebuild it so that everything it "
            "needs comes from one picture."
        )
        raise BundleError(message, str(shapes), cause=Cause.UNKNOWN_KIND)
    if len(shapes[0]) != 4 or shapes[0][3] not in {1, 3}:
        message = (
            f"“{file_name}” takes an input of {_shape(shapes[0])}; one picture of height × width × 3 (color) or 1 "
            "(gray) is needed. Rebuild it for such pictures, with the channels last."
        )
        raise BundleError(message, str(shapes), cause=Cause.UNKNOWN_KIND)
    height, width = shapes[0][1:3]
    if height is None or width is None:
        message = (
            f"“{file_name}” takes pictures of any size; one size is needed. Rebuild it with a fixed one, for example "
            "224 x 224."
        )
        raise BundleError(message, str(shapes), cause=Cause.UNKNOWN_KIND)
    return int(height), int(width), int(shapes[0][3])


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
