"""Rules for operations of TensorFlow that OpenVINO has none for, put together of those it has."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as op
from openvino.frontend.tensorflow import ConversionExtension

_PRODUCTS = frozenset({"MatMul", "Convolution", "GroupConvolution"})
_NARROW = (ov.Type.i8, ov.Type.u8, ov.Type.i16)


def core_with_rules() -> ov.Core:
    """OpenVINO with the rules that are added here."""
    core = ov.Core()
    core.add_extension(ConversionExtension("MatrixDiagV3", _diagonal))
    return core


def _diagonal(node: Any) -> Any:
    """A square matrix for each row of figures, which are its main diagonal.

    ``keras.ops.eye`` makes it, and with it ``keras.ops.image.extract_patches``: every vision transformer of a notebook.
    """
    row, *settings = (node.get_input(index) for index in range(node.get_input_size()))
    given = [_constant(one) for one in settings]
    if given[:3] != [0, -1, -1] or given[3] != 0:
        raise NotImplementedError("a diagonal beside the main one")
    last = op.gather(op.shape_of(row, "i64"), op.constant(np.int64(-1)), op.constant(np.int64(0)))
    unit = op.convert_like(op.eye(last, last, op.constant(np.int64(0)), "f32"), row)
    return op.multiply(op.unsqueeze(row, op.constant(np.int64(-1))), unit).outputs()


def _constant(port: Any) -> float | None:
    node = port.get_node()
    return float(node.get_data()) if node.get_type_name() == "Constant" else None


def in_wide_numbers(graph: ov.Model) -> ov.Model:
    """The same graph, whose products of whole numbers of 8 bits are figures of 32 bits.

    Its reader gives a product the type of its factors, as networks that ``model.quantize("int8")`` made small have
    them: sums of hundreds of products do not fit into 8 bits. Figures of 32 bits hold them exactly up to 16 million.
    """
    for node in graph.get_ordered_ops():
        if node.get_type_name() not in _PRODUCTS or node.get_output_element_type(0) not in _NARROW:
            continue
        for port in node.inputs():
            port.replace_source_output(op.convert(port.get_source_output(), "f32").output(0))
        node.validate_and_infer_types()
    graph.validate_nodes_and_infer_types()
    return graph
