"""Convolutions that pad by themselves what was padded before: written out, because OpenVINO drops their own padding.

Its converter joins a padding with the convolution behind it and forgets that the convolution pads, too
(``padding="same"``): the picture comes out smaller than in Keras. A second padding before it is joined rightly.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

CONVOLUTIONS = frozenset({"Conv2D", "DepthwiseConv2dNative"})
PADDINGS = frozenset({"Pad", "PadV2", "MirrorPad"})
PASSED = frozenset({"Identity", "StopGradient"})
"""Operations that the converter leaves out."""


def write_out_same_padding(nodes: Any, graph: tf.Graph) -> int:
    """Give convolutions behind a padding the amounts that ``SAME`` means; returns how many there were.

    Parameters
    ----------
    nodes
        A ``tf.compat.v1.GraphDef``; changed in place.
    graph
        What it was made of: says the shapes.
    """
    by_name = {node.name: node for node in nodes.node}
    changed = 0
    for node in [one for one in nodes.node if one.op in CONVOLUTIONS and one.attr["padding"].s == b"SAME"]:
        if not _is_padded(by_name, node.input[0]):
            continue
        operation = graph.get_operation_by_name(node.name)
        sizes, kernels = operation.inputs[0].shape[1:3], operation.inputs[1].shape[:2]
        steps, holes = (list(node.attr[name].list.i)[1:3] or [1, 1] for name in ("strides", "dilations"))
        amounts = [same_amounts(*one) for one in zip(sizes, kernels, steps, holes, strict=True)]
        node.input[0] = _add_padding(nodes, node, [(0, 0), *amounts, (0, 0)])
        node.attr["padding"].s = b"VALID"
        changed += 1
    return changed


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
