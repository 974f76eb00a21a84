"""Work out what in a graph does not depend on the cell, where OpenVINO has no rule for an operation.

Many of those operations only make a table or count sides of tensors, whose sizes are fixed here: their numbers can
stand in the graph themselves. Runs in a child process only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

SHAPES = frozenset({"Shape", "ShapeN", "Size", "Rank"})
"""Operations that give the sides of a tensor, which are known."""
KEPT = frozenset({"Const", "Identity"})
LARGEST = 64 << 20
"""Bytes of a tensor that is written into the graph."""


def folded(nodes: Any, outputs: list[str]) -> Any:
    """The same graph, with numbers in the place of all that does not depend on its input.

    Parameters
    ----------
    nodes
        A ``tf.compat.v1.GraphDef`` whose weights are constants.
    outputs
        Names of the tensors that are wanted of it.

    Returns
    -------
    tf.compat.v1.GraphDef
    """
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(nodes, name="")
    fixed = _fixed(graph)
    wanted = {
        tensor
        for op in graph.get_operations()
        if op.name not in fixed
        for tensor in op.inputs
        if tensor.op.name in fixed and tensor.op.type not in KEPT
    }
    order = sorted(wanted, key=lambda tensor: str(tensor.name))
    with tf.compat.v1.Session(graph=graph) as session:
        # A tensor's sides are known whatever the cell is, yet TensorFlow wants one to count them.
        cell = {one.outputs[0]: np.zeros(one.outputs[0].shape) for one in _inputs(graph)}
        values = dict(zip((one.name for one in order), session.run(order, cell), strict=True))
    small = {name: value for name, value in values.items() if np.asarray(value).nbytes <= LARGEST}
    made = _written(nodes, small)
    return tf.compat.v1.graph_util.extract_sub_graph(made, [name.partition(":")[0] for name in outputs])


def _inputs(graph: tf.Graph) -> list[Any]:
    return [op for op in graph.get_operations() if op.type == "Placeholder"]


def _fixed(graph: tf.Graph) -> set[str]:
    """Names of operations that give the same whatever the input is."""
    found: set[str] = set()
    for op in graph.get_operations():
        of_shape = op.type in SHAPES and all(one.shape.is_fully_defined() for one in op.inputs)
        of_fixed = bool(op.inputs) and not op.op_def.is_stateful and all(one.op.name in found for one in op.inputs)
        if op.type == "Const" or of_shape or of_fixed:
            found.add(op.name)
    return found


def _written(nodes: Any, values: dict[str, Any]) -> Any:
    """A copy of a graph with constants in the place of tensors, under names of their own."""
    made = tf.compat.v1.GraphDef()
    made.CopyFrom(nodes)
    names = {tensor: f"{tensor.replace(':', '_')}/folded" for tensor in values}
    for node in made.node:
        for index, name in enumerate(node.input):
            full = name if ":" in name else f"{name}:0"
            if full in names:
                node.input[index] = names[full]
    for tensor, value in values.items():
        given = made.node.add(name=names[tensor], op="Const")
        given.attr["dtype"].type = tf.as_dtype(np.asarray(value).dtype).as_datatype_enum
        given.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    return made
