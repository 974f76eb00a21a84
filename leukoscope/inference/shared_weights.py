"""Keep one copy of weights that a graph holds twice, once as they are and once turned. Runs in a child process only."""

from __future__ import annotations

import hashlib

import numpy as np
import openvino as ov
from numpy.typing import NDArray

SMALLEST = 4096
"""Bytes of a matrix that is worth the look."""


def share_weights(graph: ov.Model) -> int:
    """Let products take the copy that another part of the graph holds anyway.

    The conversion turns the matrix of every dense layer for the way forward; the way back to the maps uses it
    unturned. The products stay the same: one of the two is told to turn what it reads. Square matrices stay double:
    the processor plugin of OpenVINO 2026.4 keeps what it packed by address and shape, and takes one for the other.

    Returns
    -------
    int
        Bytes saved.
    """
    matrices = [op for op in graph.get_ops() if _is_matrix(op)]
    kept = {_mark(op.get_data()): op for op in matrices}
    saved, gone = 0, set()
    for matrix in matrices:
        twin = kept.get(_mark(matrix.get_data().T))
        readers = [one.get_node() for one in matrix.output(0).get_target_inputs()]
        turnable = all(_reads_second(reader, matrix) for reader in readers)
        if twin is None or not turnable or twin.get_friendly_name() in gone or twin is matrix:
            continue
        for reader in readers:
            reader.set_attribute("transpose_b", not reader.get_attributes()["transpose_b"])
            reader.input(1).replace_source_output(twin.output(0))
        gone.add(matrix.get_friendly_name())
        saved += matrix.get_byte_size()
    graph.validate_nodes_and_infer_types()
    return saved


def _is_matrix(op: ov.Node) -> bool:
    if op.get_type_name() != "Constant":
        return False
    shape = tuple(op.get_output_shape(0))
    return len(shape) == 2 and shape[0] != shape[1] and op.get_byte_size() >= SMALLEST


def _mark(values: NDArray[np.float32]) -> tuple[tuple[int, ...], bytes]:
    return values.shape, hashlib.sha256(np.ascontiguousarray(values).tobytes()).digest()


def _reads_second(reader: ov.Node, matrix: ov.Node) -> bool:
    if reader.get_type_name() != "MatMul":
        return False
    first, second = reader.input_value(0).get_node(), reader.input_value(1).get_node()
    name = matrix.get_friendly_name()
    return bool(second.get_friendly_name() == name and first.get_friendly_name() != name)
