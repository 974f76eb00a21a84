"""Floating-point operations counted from a compiled graph, and a product that shows the machine's limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops

SIDE = 1024
PRODUCT_FLOPS = 2 * SIDE**3


def flops_of(graph: ov.Model) -> float:
    """Multiplications and additions of the convolutions and matrix products of a graph with fixed shapes.

    Everything else (activations, normalizations that were not folded, resizing) counts as nothing, so that a share of
    the limit that is made with it is rather too low than too high.

    Raises
    ------
    ValueError
        When a shape is not fixed.
    """
    return float(sum(_flops(node) for node in graph.get_ordered_ops()))


def _flops(node: Any) -> int:
    kind = node.get_type_name()
    if kind not in {
        "Convolution",
        "GroupConvolution",
        "ConvolutionBackpropData",
        "GroupConvolutionBackpropData",
        "MatMul",
    }:
        return 0
    if any(port.get_partial_shape().is_dynamic for port in (*node.inputs(), *node.outputs())):
        raise ValueError(f"{node.get_friendly_name()} has no fixed shape")
    given, weights = ([int(one) for one in node.input(place).get_shape()] for place in (0, 1))
    out = int(np.prod(tuple(node.output(0).get_shape())))
    if kind == "MatMul":
        inner: int = given[-2 if node.get_attributes()["transpose_a"] else -1]
        return 2 * out * inner
    if kind == "Convolution":
        return 2 * out * int(np.prod(weights[1:]))
    if kind == "GroupConvolution":
        return 2 * out * int(np.prod(weights[2:]))
    # The way back through a convolution: each value that goes in meets each weight of its channel once.
    return 2 * int(np.prod(given)) * int(np.prod(weights[1 if kind == "ConvolutionBackpropData" else 2 :]))


def product(options: dict[str, str]) -> Callable[[], object]:
    """A float32 product of two square matrices by the library that also runs the networks (oneDNN), as they are run."""
    rng = np.random.default_rng(0)
    given = ops.parameter([SIDE, SIDE], np.float32)
    constant = ops.constant(rng.normal(size=(SIDE, SIDE)).astype(np.float32))
    model = ov.Model([ops.matmul(given, constant, False, False)], [given])
    request = ov.Core().compile_model(model, "CPU", options).create_infer_request()
    values = rng.normal(size=(SIDE, SIDE)).astype(np.float32)
    return lambda: request.infer([values], share_inputs=True)
