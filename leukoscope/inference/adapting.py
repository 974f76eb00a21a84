"""Give a loaded model the input and the names that every step after it relies on. Runs in a child process only."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from leukoscope.inference.heads import plain_name
from leukoscope.inference.trace import as_functional

FREE_SIDE = 224
"""Side of the input in pixels where a model takes any: what most of them were trained with."""
MOST_STEPS = 256
"""A recurrent layer over more is left as it is; its maps cannot be made then."""
_OPAQUE_FROM = 16.0
"""A sample above it is one of 0..255; normalized samples stay below 3."""


def adapted(model: keras.Model, size: tuple[int, int] | None = None) -> keras.Model:
    """The same network, whose layers have plain names, for one picture of a fixed size with the channels last.

    Parameters
    ----------
    model
        A graph of layers.
    size
        Height and width where the model takes any.

    Returns
    -------
    keras.Model
        Itself where nothing had to be changed.
    """
    _unrolled(model)
    graph: Any = as_functional(model)
    shapes = [tuple(one.shape) for one in graph.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4:
        return model
    height, width = size or (FREE_SIDE, FREE_SIDE)
    shape, turn = shapes[0][1:], _same
    if shape[0] in {1, 3} and shape[2] not in {1, 3, 4}:
        shape, turn = (shape[1], shape[2], shape[0]), _first
    fixed = (shape[0] or height, shape[1] or width, shape[2])
    if fixed[2] == 4:
        fixed, turn = (*fixed[:2], 3), _opaque
    if fixed == shapes[0][1:]:
        return model
    inputs = keras.Input(fixed, dtype="float32", name="pixels")
    return keras.Model(inputs, graph.call(turn(inputs)), name=model.name)


def _same(pixels: Any) -> Any:
    return pixels


def _first(pixels: Any) -> Any:
    return keras.layers.Permute((3, 1, 2), name="channels_first")(pixels)


def _opaque(pixels: Any) -> Any:
    """Add the fourth channel of a picture that is nowhere transparent: 255, or 1 where samples are small."""
    highest = ops.max(pixels, axis=(1, 2, 3), keepdims=True)
    alpha = ops.where(highest > _OPAQUE_FROM, 255.0, 1.0)
    return ops.concatenate([pixels, ops.zeros_like(pixels[..., :1]) + alpha], axis=-1)


def plain_names(model: Any) -> None:
    """Give every layer a name that TensorFlow takes: letters, digits, ``._-``; other letters become ``_``."""
    graph: Any = as_functional(model)
    taken: set[str] = set()
    for layer in graph.operations:
        layer.name = _free(plain_name(layer.name), taken)
        taken.add(layer.name)
        inner = as_functional(layer)
        if inner is not None:
            plain_names(layer)
    for one in {id(model): model, id(graph): graph}.values():
        one.name = plain_name(one.name)


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _unrolled(model: Any) -> None:
    """Let recurrent layers take their steps one by one: the gradient of a loop cannot be compiled."""
    graph: Any = as_functional(model)
    for layer in graph.operations:
        if as_functional(layer) is not None:
            _unrolled(layer)
        for one in _recurrent(layer):
            # Of a Bidirectional only the whole knows what it is given.
            steps = layer.input.shape[1] if hasattr(layer, "input") else None
            if steps is not None and steps <= MOST_STEPS:
                one.unroll = True


def _recurrent(layer: Any) -> list[Any]:
    both = isinstance(layer, keras.layers.Bidirectional)
    inside = [layer.forward_layer, layer.backward_layer] if both else [layer]
    return [one for one in inside if isinstance(one, keras.layers.RNN)]
