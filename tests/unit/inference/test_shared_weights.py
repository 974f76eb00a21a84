"""A graph with its weights held once computes what it computed with them held twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset8 as ops

from leukoscope.inference.shared_weights import share_weights

ROWS, COLUMNS = 48, 96


def two_ways(matrix: NDArray[np.float32]) -> ov.Model:
    """Forward with the matrix turned, back with the matrix as it is, as the conversion leaves them."""
    pixels = ops.parameter([1, matrix.shape[0]], np.float32, name="x")
    turned, straight = ops.constant(np.ascontiguousarray(matrix.T)), ops.constant(matrix)
    forward = ops.matmul(pixels, turned, False, True)
    return ov.Model([ops.matmul(forward, straight, False, True)], [pixels], "two ways")


def answer(graph: ov.Model, values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(ov.Core().compile_model(graph, "CPU")(values)[0])


def test_the_second_copy_goes_and_the_figures_stay(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    matrix = random.standard_normal((ROWS, COLUMNS)).astype(np.float32)
    values = random.standard_normal((1, ROWS)).astype(np.float32)
    graph = two_ways(matrix)
    before = answer(graph, values)
    assert share_weights(graph) == matrix.nbytes
    ov.save_model(graph, tmp_path / "graph.xml", compress_to_fp16=False)
    assert matrix.nbytes <= (tmp_path / "graph.bin").stat().st_size < 1.5 * matrix.nbytes
    np.testing.assert_allclose(answer(ov.Core().read_model(tmp_path / "graph.xml"), values), before, rtol=1e-5)
    assert share_weights(graph) == 0


def test_square_and_different_matrices_stay() -> None:
    random = np.random.default_rng(5)
    square = two_ways(random.standard_normal((COLUMNS, COLUMNS)).astype(np.float32))
    assert share_weights(square) == 0
    graph = two_ways(random.standard_normal((ROWS, COLUMNS)).astype(np.float32))
    other = next(op for op in graph.get_ops() if op.get_type_name() == "Constant")
    changed = np.array(other.get_data())
    changed[0, 0] += 1
    other.output(0).replace(ops.constant(changed).output(0))
    assert share_weights(graph) == 0
