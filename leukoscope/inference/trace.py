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
from leukoscope.inference.turning import turns


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
    number
        How many times it had been called before: a backbone may look at a cell more than once.
    turned
        Whether its pictures were flipped or cut before, so that a map of it would lie elsewhere on the cell.
    grid
        Rows and columns of the map whose places the last of its inputs lists one by one, (batch, places, channels);
        ``None`` where no map before it has as many, or maps of two shapes have.
    """

    path: str
    layer: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    number: int = 0
    turned: bool = False
    grid: tuple[int, int] | None = None


@dataclass(eq=False)
class Trace:
    """All calls of one run, in order; ``result`` is the model's output."""

    steps: list[Step] = field(default_factory=list)
    result: Any = None
    turned: set[int] = field(default_factory=set)
    grids: set[tuple[int, int]] = field(default_factory=set)

    def at(self, path: str, number: int = 0) -> Step:
        """The call of the layer at a path; the first one, unless another is asked for.

        Raises
        ------
        KeyError
            When no layer with that path was called so often.
        """
        for step in self.steps:
            if step.path == path and step.number == number:
                return step
        raise KeyError(path)

    def add(self, path: str, layer: Any, given: tuple[Any, ...], made: tuple[Any, ...], turns: bool) -> None:
        """Put down one more call."""
        turned = turns or any(id(one) in self.turned for one in given)
        if turned:
            self.turned.update(id(one) for one in made)
        number = sum(step.path == path for step in self.steps)
        self.steps.append(Step(path, layer, given, made, number, turned, self._grid(given)))
        self.grids.update(grid for one in made if (grid := grid_of(one.shape)) is not None)

    def _grid(self, given: tuple[Any, ...]) -> tuple[int, int] | None:
        if not given or len(given[-1].shape) != 3:
            return None
        fitting = [grid for grid in self.grids if grid[0] * grid[1] == given[-1].shape[1]]
        return fitting[0] if len(fitting) == 1 else None


def grid_of(shape: Any) -> tuple[int, int] | None:
    """Rows and columns of a map of more than one place, from its shape (batch, rows, columns, channels)."""
    if len(shape) != 4 or None in tuple(shape)[1:3] or min(shape[1], shape[2]) < 2:
        return None
    return int(shape[1]), int(shape[2])


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
    args = _in_order(layer, args, kwargs)
    inputs = tuple(value for value in tree.flatten((args, kwargs)) if hasattr(value, "op"))
    given = {id(value) for value in inputs}
    # A Dropout hands its very input on; a name of its own keeps what goes in and what comes out apart.
    called = _computed(layer, args, kwargs)
    outputs = tree.map_structure(lambda y: tf.identity(y) if id(y) in given else y, called)
    record.add(path, layer, inputs, tuple(tree.flatten(outputs)), turns(layer, args))
    return outputs


def _in_order(layer: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Arguments by place; those of an attention that are given by name come in the order query, value, key."""
    if not isinstance(layer, keras.layers.MultiHeadAttention):
        return args
    return (*args, *(kwargs.pop(name) for name in ("query", "value", "key") if kwargs.get(name) is not None))


def _computed(layer: Any, args: Any, kwargs: Any) -> Any:
    """What a layer gives, in operations that OpenVINO converts."""
    if is_grouped(layer):
        return call_grouped(layer, *args, **kwargs)
    axes = getattr(layer, "axis", None) if type(layer).__name__ == "Flip" else None
    if isinstance(axes, tuple | list) and len(axes) > 1:
        flipped = args[0]
        for axis in axes:
            flipped = tf.reverse(flipped, [axis])
        return flipped
    return layer(*args, **kwargs)
