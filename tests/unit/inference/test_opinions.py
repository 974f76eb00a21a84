"""Calibration, novelty and the shape of an Opinion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukoscope.domain.errors import BundleError
from leukoscope.inference.manifest import NOVELTY_FILE, Calibration, Manifest, read_manifest
from leukoscope.inference.opinions import NoveltyReference, calibrated, load_novelty, map_output, opinion_of


@given(st.floats(-1e4, 1e4), st.floats(0.05, 50.0), st.floats(-5.0, 5.0))
def test_a_calibrated_probability_is_one(logit: float, temperature: float, bias: float) -> None:
    calibration = Calibration(temperature=temperature, bias=bias)
    p = calibrated(logit, calibration)
    assert 0.0 <= p <= 1.0
    assert calibrated(logit + 1.0, calibration) >= p
    assert p + calibrated(-logit, Calibration(temperature=temperature, bias=-bias)) == pytest.approx(1.0)


def test_novelty_is_the_whitened_distance_over_the_limit() -> None:
    reference = NoveltyReference(
        np.array([1.0, 2.0, 3.0], np.float32),
        np.array([[1, 0, 0], [0, 1, 0]], np.float32),
        np.array([2.0, 4.0], np.float32),
        5.0,
    )
    assert reference.novelty(np.array([1, 2, 99], np.float32)) == 0.0
    # Three deviations along one axis and four along the other: 5 / sqrt(2), over the limit of 5.
    assert reference.novelty(np.array([7, 18, 3], np.float32)) == pytest.approx(1 / np.sqrt(2))


@pytest.fixture
def manifest(small_bundles: Path) -> Manifest:
    return read_manifest(small_bundles / "hybrid")


def test_a_damaged_novelty_file_is_told(small_bundles: Path, manifest: Manifest, tmp_path: Path) -> None:
    assert load_novelty(small_bundles / "hybrid", manifest) is not None
    with pytest.raises(BundleError, match=NOVELTY_FILE):
        load_novelty(tmp_path, manifest)
    (tmp_path / NOVELTY_FILE).write_bytes(b"no zip")
    with pytest.raises(BundleError, match=NOVELTY_FILE):
        load_novelty(tmp_path, manifest)
    np.savez(tmp_path / NOVELTY_FILE, mean=np.zeros(3), components=np.zeros((2, 4)), scale=np.ones(2))
    with pytest.raises(BundleError, match="does not belong to the model"):
        load_novelty(tmp_path, manifest)


def test_an_opinion_carries_its_maps_with_their_place(manifest: Manifest) -> None:
    outputs = {
        "logit": np.array([0.1], np.float32),
        map_output("branch-c"): np.ones((1, 8, 8), np.float32),
        map_output("attention"): np.full((1, 8, 8), 1 / 64, np.float32),
    }
    opinion = opinion_of(outputs, manifest, None)
    assert [one.name for one in opinion.maps] == ["branch-c", "attention"]
    assert opinion.novelty is None
    for one in opinion.maps:
        assert (one.extent.width, one.extent.height) == (manifest.preprocessing.crop,) * 2
    assert opinion.probability == pytest.approx(1 / (1 + np.exp(-0.1 / manifest.calibration.temperature)))
