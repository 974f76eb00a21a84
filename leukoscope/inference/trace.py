"""Run a Keras model layer by layer, nested models included, and keep what went in and out of each layer.

Runs in a child process only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf
from keras import tree

from leukoscope.inference.grouped import call_grouped, is_grouped


@dataclass(frozen=True, eq=False)
class Step:
    """One layer's call.

    Parameters
    ----------
    path
        Names of the layers from the outside in, joined by ``/``.
    layer
        The layer.
    inputs
        Its input tensors, flat.
    outputs
        Its output tensors, flat.
    """

    path: str
    layer: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]


@dataclass(eq=False)
class Trace:
    """All calls of one run, in order; ``result`` is the model's output."""

    steps: list[Step] = field(default_factory=list)
    result: Any = None

    def at(self, path: str) -> Step:
        """The call of the layer at a path.

        Raises
        ------
        KeyError
            When no layer with that path was called.
        """
        for step in self.steps:
            if step.path == path:
                return step
        raise KeyError(path)


def trace(model: keras.Model, inputs: Any) -> Trace:
    """Run a model on a tensor (batch, height, width, 3), as for inference."""
    record = Trace()
    record.result = _run(model, inputs, "", record)
    return record


def as_functional(layer: Any) -> Any | None:
    """The graph of layers inside a model; ``None`` for a plain layer or a subclassed model."""
    if isinstance(layer, keras.Sequential):
        return getattr(layer, "_functional", None)
    return layer if isinstance(layer, keras.Model) and hasattr(layer, "_nodes_by_depth") else None


def _run(model: Any, inputs: Any, prefix: str, record: Trace) -> Any:
    graph = as_functional(model)
    assert graph is not None, "only a graph of layers can be traced"
    known = {id(symbol): value for symbol, value in zip(graph.inputs, tree.flatten(inputs), strict=True)}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if node.is_input or any(id(symbol) not in known for symbol in node.input_tensors):
                continue
            args, kwargs = node.arguments.fill_in(known)
            outputs = _call(node.operation, args, kwargs, prefix, record)
            for symbol, value in zip(node.outputs, tree.flatten(outputs), strict=True):
                known[id(symbol)] = value
    return tree.pack_sequence_as(graph._outputs_struct, [known[id(symbol)] for symbol in graph.outputs])


def _call(layer: Any, args: Any, kwargs: Any, prefix: str, record: Trace) -> Any:
    path = f"{prefix}{layer.name}"
    if as_functional(layer) is not None:
        return _run(layer, args[0], f"{path}/", record)
    if getattr(layer, "_call_has_training_arg", False):
        # Not a default everywhere: layers of augmentation change pictures unless they are told not to.
        kwargs = {**kwargs, "training": False}
    inputs = tuple(value for value in tree.flatten((args, kwargs)) if hasattr(value, "op"))
    given = {id(value) for value in inputs}
    # A Dropout hands its very input on; a name of its own keeps what goes in and what comes out apart.
    called = call_grouped(layer, *args, **kwargs) if is_grouped(layer) else layer(*args, **kwargs)
    outputs = tree.map_structure(lambda y: tf.identity(y) if id(y) in given else y, called)
    record.steps.append(Step(path, layer, inputs, tuple(tree.flatten(outputs))))
    return outputs
