"""The reference for "unlike the training data"."""

from __future__ import annotations

import numpy as np
import pytest

from leukoscope.domain.errors import EngineError
from training.novelty import fit_reference


def test_training_cells_lie_at_about_one_and_a_stranger_far_away() -> None:
    rng = np.random.default_rng(1)
    features = (rng.normal(size=(500, 6)) * [5, 4, 3, 2, 1, 0.5]).astype(np.float32)
    reference = fit_reference(features, components=4)
    assert reference.components.shape == (4, 6)
    np.testing.assert_allclose(reference.components @ reference.components.T, np.eye(4), atol=1e-5)
    distances = reference.distance(features)
    assert np.sqrt((distances**2).mean()) == pytest.approx(1.0, abs=0.01)
    assert reference.distance(features[:1] + 30)[0] > distances.max()


def test_directions_without_spread_are_left_out() -> None:
    features = np.zeros((20, 5), np.float32)
    features[:, 2] = np.arange(20)
    assert fit_reference(features).scale.shape == (1,)


def test_features_that_never_vary_are_refused() -> None:
    with pytest.raises(EngineError, match="same features"):
        fit_reference(np.ones((10, 3), np.float32))
