"""What pads by itself what was padded before: written out, because OpenVINO drops that padding.

Its converter joins a padding with the convolution or average pooling behind it and forgets that this one pads, too
(``padding="same"``): the picture comes out smaller than in Keras. A second padding before it is joined rightly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

CONVOLUTIONS = frozenset({"Conv2D", "DepthwiseConv2dNative"})
POOLING = "AvgPool"
PADDINGS = frozenset({"Pad", "PadV2", "MirrorPad"})
PASSED = frozenset({"Identity", "StopGradient"})
"""Operations that the converter leaves out."""


def write_out_same_padding(nodes: Any, graph: tf.Graph) -> int:
    """Give convolutions and average poolings behind a padding the amounts that ``SAME`` means; returns how many.

    Parameters
    ----------
    nodes
        A ``tf.compat.v1.GraphDef``; changed in place.
    graph
        What it was made of: says the shapes.
    """
    by_name = {node.name: node for node in nodes.node}
    padding = [one for one in nodes.node if one.op in CONVOLUTIONS | {POOLING} and one.attr["padding"].s == b"SAME"]
    changed = [node for node in padding if _is_padded(by_name, node.input[0])]
    for node in changed:
        operation = graph.get_operation_by_name(node.name)
        sizes = operation.inputs[0].shape[1:3]
        steps = list(node.attr["strides"].list.i)[1:3] or [1, 1]
        if node.op == POOLING:
            kernels, holes = list(node.attr["ksize"].list.i)[1:3], [1, 1]
        else:
            kernels, holes = operation.inputs[1].shape[:2], list(node.attr["dilations"].list.i)[1:3] or [1, 1]
        amounts = [same_amounts(*one) for one in zip(sizes, kernels, steps, holes, strict=True)]
        node.input[0] = _add_padding(nodes, node, [(0, 0), *amounts, (0, 0)])
        node.attr["padding"].s = b"VALID"
        if node.op == POOLING:
            _leave_out_padding(nodes, node, [shares(*one) for one in zip(sizes, kernels, steps, strict=True)])
    return len(changed)


def shares(size: int, kernel: int, step: int) -> NDArray[np.float32]:
    """Which share of each window of ``SAME`` lies on the picture, along one dimension."""
    before, behind = same_amounts(size, kernel, step, 1)
    inside = np.pad(np.ones(size, np.float32), (before, behind))
    windows = np.lib.stride_tricks.sliding_window_view(inside, kernel)[::step]
    return np.asarray(windows.mean(axis=1), np.float32)


def _leave_out_padding(nodes: Any, pooling: Any, along: list[NDArray[np.float32]]) -> None:
    """Divide the means of windows by their share of the picture: ``SAME`` counts none of its padding.

    The pooling gets another name, and the division its name, under which others read it.
    """
    name, kind = pooling.name, pooling.attr["T"].type
    factors = nodes.node.add(name=f"{name}/shares", op="Const")
    factors.attr["dtype"].type = kind
    outer = along[0][:, None, None] * along[1][None, :, None]
    factors.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(outer[None], tf.as_dtype(kind)))
    pooling.name = f"{name}/with_padding"
    divided = nodes.node.add(name=name, op="RealDiv", input=[pooling.name, factors.name])
    divided.attr["T"].type = kind


def _add_padding(nodes: Any, before: Any, amounts: list[tuple[int, int]]) -> str:
    """Add a padding with zeros of what a node reads; returns its name."""
    name = f"{before.name}/same_padding"
    given = nodes.node.add(name=f"{name}/amounts", op="Const")
    given.attr["dtype"].type = tf.int32.as_datatype_enum
    given.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(amounts, tf.int32))
    added = nodes.node.add(name=name, op="Pad", input=[before.input[0], given.name])
    added.attr["T"].type = before.attr["T"].type
    added.attr["Tpaddings"].type = tf.int32.as_datatype_enum
    return name


def _is_padded(by_name: dict[str, Any], name: str) -> bool:
    node = by_name.get(name.partition(":")[0])
    while node is not None and node.op in PASSED:
        node = by_name.get(node.input[0].partition(":")[0])
    return node is not None and node.op in PADDINGS


def same_amounts(size: int, kernel: int, step: int, hole: int) -> tuple[int, int]:
    """Pixels before and behind that TensorFlow's ``SAME`` adds to one dimension.

    As TensorFlow documents it (``tf.nn``, notes on padding): as many that the result has ``ceil(size / step)``, the odd
    one behind.
    """
    out = -(-size // step)
    total = max((out - 1) * step + (kernel - 1) * hole + 1 - size, 0)
    return total // 2, total - total // 2
