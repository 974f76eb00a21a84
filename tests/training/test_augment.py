"""Augmentation changes the cell, not the background, and only by chance that a seed fixes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.domain.frames import Pixels
from training.augment import BACKGROUND, augment, cell_mask, stain
from training.config import AugmentConfig

NOTHING = AugmentConfig(flip=False, rotation=0, zoom=0, contrast=0, brightness=0, color=0, stain=0, blur=0, jpeg=0)
STRONG = AugmentConfig(contrast=0.9, brightness=0.9, color=0.5, stain=0.6, blur=2.0, jpeg=1.0)


@pytest.fixture(scope="module")
def cell() -> Pixels:
    picture = np.zeros((300, 300, 3), np.uint8)
    cv2.ellipse(picture, (150, 150), (90, 70), 20, 0, 360, (120, 70, 130), -1)
    cv2.circle(picture, (140, 145), 45, (70, 30, 90), -1)
    return picture


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_background_stays_black_however_strong_the_change(seed: int) -> None:
    picture = np.zeros((300, 300, 3), np.uint8)
    cv2.circle(picture, (150, 150), 80, (100, 40, 110), -1)
    out = augment(picture, (224, 224), STRONG, np.random.default_rng(seed))
    assert out.shape == (224, 224, 3)
    radius = 80 * 224 / 300 * 1.15 + 2
    y, x = np.mgrid[:224, :224] - 111.5
    assert not out[np.hypot(x, y) > radius].any()
    assert out[112, 112].max() > 0


def test_without_any_range_the_cell_is_only_resized(cell: Pixels) -> None:
    out = augment(cell, (224, 224), NOTHING, np.random.default_rng(1))
    plain = np.asarray(cv2.resize(cell, (224, 224), interpolation=cv2.INTER_AREA))
    inside = cv2.erode(cell_mask(plain).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    assert np.abs(out[inside].astype(int) - plain[inside]).max() <= 1


def test_the_same_seed_gives_the_same_variant_and_another_seed_another(cell: Pixels) -> None:
    one, same, other = (augment(cell, (96, 96), AugmentConfig(), np.random.default_rng(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one.astype(int) - other).mean() > 1


def test_a_black_picture_stays_black() -> None:
    black = np.zeros((300, 300, 3), np.uint8)
    assert not augment(black, (64, 64), STRONG, np.random.default_rng(3)).any()


def test_more_dye_makes_a_darker_pixel_and_none_the_same() -> None:
    pixels = np.array([[120, 60, 140]], np.float32)
    zero = np.zeros(2, np.float32)
    np.testing.assert_allclose(stain(pixels, zero, zero), pixels, atol=0.01)
    more = stain(pixels, np.full(2, 0.3, np.float32), zero)
    assert (more < pixels).all()
    less = stain(pixels, np.full(2, -0.3, np.float32), zero)
    assert (less > pixels).all()
    assert pixels.max() > BACKGROUND
