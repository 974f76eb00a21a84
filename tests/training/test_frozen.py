"""The frozen part says the same outside Keras, ConvNeXt's grouped convolutions included."""

from __future__ import annotations

import numpy as np
import pytest

from training.config import NetworkConfig
from training.frozen import compiled
from training.networks import build_network
from training.split_network import split_network


@pytest.mark.parametrize("backbone", ["efficientnet-lite0", "convnext_tiny"])
def test_a_compiled_frozen_part_says_what_keras_says(backbone: str) -> None:
    network = build_network(NetworkConfig(kind="ensemble", backbones=(backbone,), weights="none"), (64, 64, 3))
    (branch,) = split_network(network, {}).branches
    pixels = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    expected = np.asarray(branch.frozen(pixels, training=False))
    np.testing.assert_allclose(compiled(branch.frozen)(pixels), expected, atol=2e-3 * np.abs(expected).max())
