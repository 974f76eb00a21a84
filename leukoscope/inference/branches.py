"""Look into somebody's model: what goes in, what comes out, and what of it is shown as maps.

Runs in a child process only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.canonical import output_names
from leukoscope.inference.explanations import suggested_layers
from leukoscope.inference.figures import OutputKind, last_layer, output_kind
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
    count
        Number of its figures.
    """

    height: int
    width: int
    output: OutputKind
    explanations: tuple[ExplanationLayer, ...]
    parameters: int
    channels: int = 3
    count: int = 1


def dissect(model: keras.Model, file_name: str) -> ModelStructure:
    """Find out what a model takes and gives, and its branches.

    Raises
    ------
    BundleError
        When it does not take one picture or does not tell classes apart.
    """
    height, width, channels = _input_size(model, file_name)
    output = _output_kind(model, file_name)
    steps: list[Step] = []

    def record(pixels: Any) -> Any:
        run = trace(model, pixels)
        steps.extend(run.steps)
        return run.result

    tf.function(record, autograph=False).get_concrete_function(tf.TensorSpec((1, height, width, channels), tf.float32))
    found, count = suggested_layers(steps), int(model.outputs[0].shape[-1])
    return ModelStructure(height, width, output, found, int(model.count_params()), channels, count)


def _input_size(model: keras.Model, file_name: str) -> tuple[int, int, int]:
    shapes = [tuple(one.shape) for one in model.inputs]
    if len(shapes) != 1:
        message = (
            f"“{file_name}” takes {len(shapes)} inputs; one picture is needed. Rebuild it so that everything it needs "
            "comes from one picture."
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


def _output_kind(model: keras.Model, file_name: str) -> OutputKind:
    shapes = [tuple(one.shape) for one in model.outputs]
    found = output_kind(model.outputs[0]) if len(shapes) == 1 and len(shapes[0]) == 2 else None
    if found is not None:
        return found
    layer = last_layer(model.outputs[0])
    message = _unfit(file_name, shapes, model, layer)
    raise BundleError(message, f"{shapes} {type(layer).__name__}", cause=Cause.UNKNOWN_KIND)


def _unfit(file_name: str, shapes: Sequence[tuple[int | None, ...]], model: keras.Model, layer: Any) -> str:
    """What a model ends in, what is needed, and how to get there."""
    if len(shapes) != 1:
        return (
            f"“{file_name}” has {len(shapes)} outputs; say which of them tells what a cell is: one of "
            f"{', '.join(output_names(model))[:120]}."
        )
    if len(shapes[0]) != 2:
        return (
            f"“{file_name}” ends in figures of {_shape(shapes[0])} for each cell; one figure for each class is needed. "
            "Put GlobalAveragePooling2D and Dense(1, activation=“sigmoid”) at its end, and train that."
        )
    what = getattr(getattr(layer, "activation", None), "__name__", None) or type(layer).__name__
    return (
        f"“{file_name}” ends in figures made by “{what}”, which may be more than 1 or less than 0; probabilities or "
        "logits are needed. Give its last layer the activation “sigmoid” or “softmax”, and train that."
    )
