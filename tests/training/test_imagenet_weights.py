"""The port of the EfficientNet-Lite weights against the original implementation."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.errors import BundleError
from training.efficientnet_lite import VARIANTS, blocks, efficientnet_lite
from training.imagenet_weights import load_imagenet, package_weights, read_state

# Pooled features of the original PyTorch implementation (efficientnet_lite_pytorch 0.1.0 with torch 2.13.0, its
# weights loaded by torch.load, image_size=224, model.eval(), input (x - 127) / 128) for the picture of ``picture()``.
# The five largest, and the sum of all 1,280.
ORIGINAL: dict[str, tuple[dict[int, float], float]] = {
    "efficientnet-lite0": ({897: 5.26437, 113: 4.83167, 71: 4.54417, 689: 4.20193, 747: 3.45868}, 128.2309),
    "efficientnet-lite1": ({605: 5.28866, 1077: 4.25794, 1176: 3.66669, 667: 3.47256, 918: 3.25788}, 104.2999),
    "efficientnet-lite2": ({966: 3.95169, 302: 3.45242, 833: 3.10856, 314: 2.82358, 797: 2.77764}, 132.4681),
}


# torch's _conv_stem.weight[5, 1] of Lite0, whose strides are (1, 32, 288, 96).
STEM_KERNEL = [-2.175548, 2.048726, -0.004879, -1.724496, -0.001927, -0.001927, 0.063008, 1.862415, -0.032688]


def picture() -> np.ndarray:
    """Three smooth ramps, shape (1, 224, 224, 3), 0..255."""
    i = np.linspace(0, 1, 224, dtype=np.float32)
    ramps = [np.outer(i, i), np.outer(i, 1 - i), np.outer(1 - i, 1 - i)]
    return (255 * np.stack(ramps, axis=-1))[None].astype(np.float32)


@pytest.mark.parametrize("variant", VARIANTS)
def test_features_agree_with_the_original_implementation(variant: str) -> None:
    backbone = efficientnet_lite(variant, pooling="avg")
    load_imagenet(backbone)
    features = np.asarray(backbone(picture(), training=False))[0]
    largest, total = ORIGINAL[variant]
    assert set(np.argsort(features)[-5:].tolist()) == set(largest)
    np.testing.assert_allclose([features[i] for i in largest], list(largest.values()), atol=2e-4)
    np.testing.assert_allclose(features.sum(), total, rtol=1e-4)


def test_strides_are_honored() -> None:
    # The pickles hold convolution kernels whose memory order is not their shape's. Read as if it were, the picture's
    # features would be noise; here one kernel is held to a figure printed by torch.
    kernel = read_state(package_weights("efficientnet-lite0"))["_conv_stem.weight"]
    assert kernel.shape == (32, 3, 3, 3)
    np.testing.assert_allclose(kernel[5, 1].ravel(), STEM_KERNEL, atol=1e-5)


@pytest.mark.parametrize(
    ("variant", "count", "depth"),
    [
        ("efficientnet-lite0", 3_413_024, 16),
        ("efficientnet-lite1", 4_189_344, 21),
        ("efficientnet-lite2", 4_869_168, 21),
    ],
)
def test_the_variants_have_their_known_size(variant: str, count: int, depth: int) -> None:
    assert efficientnet_lite(variant).count_params() == count
    assert len(list(blocks(variant))) == depth


def test_a_pickle_that_wants_more_than_tensors_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "evil.pth"
    file.write_bytes(pickle.dumps(print))
    with pytest.raises(BundleError, match="cannot be read"):
        read_state(file)
