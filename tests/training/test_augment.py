"""Augmentation changes the cell, not the background, and only by chance that a seed fixes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.domain.frames import Pixels
from training.augment import BACKGROUND, augment, cell_mask, stain, turn_hue
from training.config import AugmentConfig

NOTHING = AugmentConfig(flip=False, rotation=0, zoom=0, contrast=0, brightness=0, color=0, stain=0, blur=0, jpeg=0)
STRONG = AugmentConfig(contrast=0.9, brightness=0.9, color=0.5, stain=0.6, blur=2.0, jpeg=1.0)
NEW = {"scale": 0.6, "sharpen": 2.0, "noise": 12.0, "gamma": 0.5, "hue": 40.0}
STRONGEST = STRONG.model_copy(update=NEW)


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
    out = augment(picture, (224, 224), STRONGEST, np.random.default_rng(seed))
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
    assert not augment(black, (64, 64), STRONGEST, np.random.default_rng(3)).any()


def test_more_dye_makes_a_darker_pixel_and_none_the_same() -> None:
    pixels = np.array([[120, 60, 140]], np.float32)
    zero = np.zeros(2, np.float32)
    np.testing.assert_allclose(stain(pixels, zero, zero), pixels, atol=0.01)
    more = stain(pixels, np.full(2, 0.3, np.float32), zero)
    assert (more < pixels).all()
    less = stain(pixels, np.full(2, -0.3, np.float32), zero)
    assert (less > pixels).all()
    assert pixels.max() > BACKGROUND


# Of what augment() made of the cell below, before these five ranges existed: today's runs repeat exactly.
BEFORE = {
    "default": "14.5 15.1 19.5 20.3 26.9 15.4 17.9 23.4",
    "strong": "5.4 31.6 22.6 8.6 17.4 9.5 57.4 17.5",
}


@pytest.mark.parametrize(("name", "config"), [("default", AugmentConfig()), ("strong", STRONG)])
def test_what_is_off_changes_no_draw(cell: Pixels, name: str, config: AugmentConfig) -> None:
    rng = np.random.default_rng([1, 2, 3])
    variants = [augment(cell, (96, 96), config, rng) for _ in range(8)]
    # Means, not bytes: another processor may round a pixel differently.
    assert " ".join(f"{variant.mean():.1f}" for variant in variants) == BEFORE[name]


@pytest.mark.parametrize("name", NEW)
def test_each_range_changes_the_cell_and_its_zero_does_not(cell: Pixels, name: str) -> None:
    plain = augment(cell, (96, 96), NOTHING, np.random.default_rng(5))
    changed = augment(cell, (96, 96), NOTHING.model_copy(update={name: NEW[name]}), np.random.default_rng(5))
    assert np.abs(plain.astype(int) - changed).mean() > 0.2
    np.testing.assert_array_equal(cell_mask(plain), cell_mask(changed))


def test_fewer_pixels_and_sharpening_leave_the_rim_as_light_as_it_was(cell: Pixels) -> None:
    flat = (cell_mask(cell)[..., None] * np.array([120, 70, 130])).astype(np.uint8)
    plain = augment(flat, (96, 96), NOTHING, np.random.default_rng(5))
    config = NOTHING.model_copy(update={"scale": 0.6})
    inside = cv2.erode(cell_mask(plain).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    rim = cell_mask(plain) & ~inside
    for seed in range(5):
        coarse = augment(flat, (96, 96), config, np.random.default_rng(seed))
        assert coarse[rim].mean() >= plain[rim].mean() - 1


def test_hue_turns_colors_and_not_grays() -> None:
    gray = np.full((1, 3), 90, np.float32)
    np.testing.assert_allclose(turn_hue(gray, 73.0), gray, atol=1e-3)
    red = np.array([[200, 0, 0]], np.float32)
    np.testing.assert_allclose(turn_hue(red, 120.0), [[0, 200, 0]], atol=1e-3)
    np.testing.assert_allclose(turn_hue(red, 0.0), red, atol=1e-3)


def test_gamma_makes_lighter_and_darker(cell: Pixels) -> None:
    plain = augment(cell, (96, 96), NOTHING, np.random.default_rng(0)).mean()
    config = NOTHING.model_copy(update={"gamma": 1.0})
    means = [augment(cell, (96, 96), config, np.random.default_rng(seed)).mean() for seed in range(8)]
    assert min(means) < plain - 1
    assert max(means) > plain + 1


def test_noise_stays_below_the_largest_sigma(cell: Pixels) -> None:
    plain = augment(cell, (300, 300), NOTHING, np.random.default_rng(0)).astype(float)
    config = NOTHING.model_copy(update={"noise": 10.0})
    inside = cv2.erode(cell_mask(cell).astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    spreads = [(augment(cell, (300, 300), config, np.random.default_rng(s)) - plain)[inside].std() for s in range(8)]
    assert all(0 < spread < 10.5 for spread in spreads)
    assert max(spreads) > 2 * min(spreads)
