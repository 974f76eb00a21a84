from __future__ import annotations

import pickle

import numpy as np
import pytest

from leukoscope.domain.cells import Box, Cell, CellImage
from leukoscope.domain.errors import BundleError, CancelledError
from leukoscope.domain.findings import ExplanationMap, Label, Thresholds
from leukoscope.domain.map_kinds import MapKind


def grad_cam(values: list[list[float]]) -> ExplanationMap:
    return ExplanationMap("a", MapKind.GRAD_CAM, np.array(values, np.float32), 2.0, Box(75, 75, 300, 300))


def test_evidence_is_one_sided_and_on_a_fixed_scale() -> None:
    one = grad_cam([[-4.0, -1.0], [1.0, 9.0]])
    np.testing.assert_allclose(one.evidence(Label.LEUKEMIC), [[0, 0], [0.5, 1]])
    np.testing.assert_allclose(one.evidence(Label.HEALTHY), [[1, 0.5], [0, 0]])


def test_attention_speaks_for_no_label() -> None:
    one = ExplanationMap("t", MapKind.ATTENTION, np.full((2, 2), 0.25, np.float32), 0.5, Box(0, 0, 10, 10))
    np.testing.assert_array_equal(one.evidence(Label.HEALTHY), one.evidence(Label.LEUKEMIC))


@pytest.mark.parametrize(
    ("probability", "label"),
    [(0.2, Label.HEALTHY), (0.3, Label.UNSURE), (0.7, Label.UNSURE), (0.71, Label.LEUKEMIC)],
)
def test_band_belongs_to_unsure(probability: float, label: Label) -> None:
    assert Thresholds(0.3, 0.7).label(probability) is label


def test_cell_image_maps_back_to_the_frame() -> None:
    cell = Cell(Box(0, 0, 2, 2), np.ones((2, 2), bool), "0" * 64)
    image = CellImage(np.zeros((450, 450, 3), np.uint8), cell, scale=2.0, center=(100.0, 50.0))
    assert image.to_frame(225, 225) == (100.0, 50.0)
    assert image.to_frame(235, 215) == (105.0, 45.0)


def test_errors_keep_their_detail_between_processes() -> None:
    for error in (BundleError("Import it again.", "why"), CancelledError()):
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), back.message, back.detail) == (type(error), error.message, error.detail)
