"""What a model's last figures are: probabilities, shares that add up to 1, or logits. Runs in a child process only."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal

import keras
import numpy as np

from leukoscope.inference.canonical import hands_on
from leukoscope.inference.trace import as_functional

Kind = Literal["sigmoid", "softmax", "linear"]
"""Each figure a probability; all of them add up to 1; or the log-odds of either."""
OutputKind = Literal["sigmoid", "logit", "softmax", "logits", "sigmoids"]

POOLING = (keras.layers.GlobalAveragePooling2D, keras.layers.GlobalAveragePooling1D)
PUT_TOGETHER = frozenset(
    """
    Add Average Clip Concatenate Divide ExpandDims GetItem Max Maximum Mean Min Minimum Multiply Negative Power Prod
    Rescaling Reshape Sqrt Squeeze Stack Subtract Sum Transpose TrueDivide
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Layers and operations by which members' figures become one model's."""
LINEAR = frozenset({"Add", "Average", "Mean", "Concatenate"})
CORNERS = 128
TOLERANCE = 1e-5


def output_kind(tensor: Any) -> OutputKind | None:
    """What the figures of a model's output, shape (batch, n), are; ``None`` where nothing can be said."""
    kind, count = kind_of(tensor), tensor.shape[-1]
    single: dict[Kind | None, OutputKind] = {"sigmoid": "sigmoid", "linear": "logit"}
    several: dict[Kind | None, OutputKind] = {"sigmoid": "sigmoids", "linear": "logits", "softmax": "softmax"}
    return (single if count == 1 else several).get(kind)


def kind_of(tensor: Any) -> Kind | None:
    """The same by the layers that made a tensor, members of an ensemble included."""
    operation, node_index, index = tensor._keras_history
    node = operation._inbound_nodes[node_index]
    graph = as_functional(operation)
    if graph is not None:
        return kind_of(graph.outputs[index])
    if node.is_input:
        return None
    made = _made_by(operation)
    if made is not None:
        return made
    if hands_on(operation) or isinstance(operation, POOLING):
        before = kind_of(node.input_tensors[0])
        return "linear" if before is None and _is_learned(node.input_tensors[0]) else before
    return _put_together(tensor) if type(operation).__name__ in PUT_TOGETHER else None


def last_layer(tensor: Any) -> Any:
    """The layer or operation that makes figures, however deep; behind it they are only handed on."""
    operation, node_index, index = tensor._keras_history
    graph = as_functional(operation)
    if graph is not None:
        return last_layer(graph.outputs[index])
    before = operation._inbound_nodes[node_index].input_tensors
    return last_layer(before[0]) if hands_on(operation) and before else operation


def _is_learned(tensor: Any) -> bool:
    """Whether a tensor comes out of a layer that has learned something: a Dropout behind it hands on a logit."""
    return bool(getattr(tensor._keras_history.operation, "weights", ()))


def _made_by(operation: Any) -> Kind | None:
    """By a layer's activation, or an operation that is one."""
    name = type(operation).__name__
    if name == "Softmax":
        return "softmax" if getattr(operation, "axis", -1) in (-1, 1) else None
    if name in {"Sigmoid", "HardSigmoid"}:
        return "sigmoid"
    activation = getattr(operation, "activation", None)
    if activation in (keras.activations.sigmoid, keras.activations.hard_sigmoid):
        return "sigmoid"
    if activation is keras.activations.softmax:
        return "softmax"
    learned = isinstance(operation, keras.layers.Layer) and bool(operation.weights)
    return "linear" if activation is keras.activations.linear and learned else None


def _put_together(tensor: Any) -> Kind | None:
    """Members' figures put together: what comes of them at every corner of what they can be says what it is.

    Sums, products, means, highest and lowest of figures are highest and lowest at the corners.
    """
    members, names = _members(tensor)
    kinds = {kind for _, kind in members}
    if kinds == {"linear"}:
        return "linear" if names <= LINEAR else None
    if not members or not kinds <= {"sigmoid", "softmax"} or len(members) > 16:
        return None
    try:
        joined = keras.Model([member for member, _ in members], tensor)
        values = [_evaluated(joined, corner) for corner in _corners(members)]
    except (ValueError, TypeError, AttributeError):
        return None
    found = np.concatenate([value.reshape(1, -1) for value in values])
    if found.min() < -TOLERANCE or found.max() > 1.0 + TOLERANCE:
        return None
    adds_up = kinds == {"softmax"} and np.abs(found.sum(axis=1) - 1.0).max() < TOLERANCE
    return "softmax" if adds_up and found.shape[1] > 1 else "sigmoid"


def _members(tensor: Any) -> tuple[list[tuple[Any, Kind | None]], set[str]]:
    """Tensors whose kind is known from which a tensor is put together, and by what."""
    found: dict[int, tuple[Any, Kind | None]] = {}
    names: set[str] = set()
    stack = [tensor]
    while stack:
        one = stack.pop()
        operation, node_index, _ = one._keras_history
        name = type(operation).__name__
        if name in PUT_TOGETHER and as_functional(operation) is None:
            names.add(name)
            stack += operation._inbound_nodes[node_index].input_tensors
        else:
            found[id(one)] = (one, kind_of(one))
    return list(found.values()), names


def _corners(members: Sequence[tuple[Any, Kind | None]]) -> list[list[Any]]:
    rng = np.random.default_rng(0)
    choices = [_extremes(member, kind) for member, kind in members]
    if np.prod([len(one) for one in choices]) <= CORNERS:
        return [list(one) for one in itertools.product(*choices)]
    return [[one[rng.integers(len(one))] for one in choices] for _ in range(CORNERS)]


def _extremes(member: Any, kind: Kind | None) -> list[Any]:
    shape = (1, *member.shape[1:])
    if kind == "sigmoid":
        return [np.zeros(shape, np.float32), np.ones(shape, np.float32)]
    return [np.broadcast_to(row, shape).astype(np.float32) for row in np.eye(shape[-1])]


def _evaluated(model: Any, corner: list[Any]) -> Any:
    return np.asarray(model(corner if len(corner) > 1 else corner[0], training=False))
