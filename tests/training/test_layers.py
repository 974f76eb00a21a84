"""The custom layers: shapes, what their scores mean, and save and load."""

from __future__ import annotations

from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from leukoscope.inference.layers import (
    BranchScaling,
    CellStandardization,
    FilterTokenCrossAttention,
    TokenSelfAttention,
)


def places(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def test_tokens_ask_every_place_and_scores_sum_to_one() -> None:
    layer = FilterTokenCrossAttention(tokens=64)
    outputs, scores = layer(places(2, 7, 7, 1280), return_attention_scores=True)
    assert outputs.shape == (2, 64, 256)
    assert scores.shape == (2, 8, 64, 49)
    np.testing.assert_allclose(np.asarray(scores).sum(-1), 1, atol=1e-5)


def test_the_result_of_a_cell_does_not_depend_on_its_batch() -> None:
    layer = FilterTokenCrossAttention(tokens=5, heads=2, head_size=4)
    x = places(3, 4, 4, 6)
    np.testing.assert_allclose(np.asarray(layer(x))[1:2], np.asarray(layer(x[1:2])), atol=1e-5)


def test_places_are_flattened_row_by_row() -> None:
    layer = FilterTokenCrossAttention(tokens=3, heads=1, head_size=4)
    x = np.zeros((1, 2, 3, 4), np.float32)
    plain = np.asarray(layer(x, return_attention_scores=True)[1])
    np.testing.assert_allclose(plain, 1 / 6, atol=1e-6)
    x[0, 1, 2] = 5.0  # row 1, column 2: place 5
    changed = np.asarray(layer(x, return_attention_scores=True)[1])[0, 0]
    assert (np.abs(changed - 1 / 6).argmax(axis=-1) == 5).all()


def test_attention_is_what_keras_own_layer_computes() -> None:
    ours = TokenSelfAttention(heads=2, head_size=8, feed_forward=16, dropout=0.0)
    x = places(2, 5, 16)
    _, scores = ours(x, return_attention_scores=True)
    theirs = keras.layers.MultiHeadAttention(num_heads=2, key_dim=8, output_shape=16)
    theirs.build(x.shape, x.shape)
    theirs.set_weights(
        [
            weight.numpy().reshape(shape)
            for dense in (ours.query, ours.key, ours.value)
            for weight, shape in zip(dense.weights, ((16, 2, 8), (2, 8)), strict=True)
        ]
        + [w.numpy().reshape(s) for w, s in zip(ours.projection.weights, ((2, 8, 16), (16,)), strict=True)]
    )
    mixed, expected = theirs(x, x, return_attention_scores=True)
    np.testing.assert_allclose(np.asarray(scores), np.asarray(expected), atol=1e-5)
    ours_mixed, _ = ours.attend(x, x)
    np.testing.assert_allclose(np.asarray(ours.projection(ours_mixed)), np.asarray(mixed), atol=1e-5)


def test_dropout_acts_in_training_only() -> None:
    layer = TokenSelfAttention(heads=2, head_size=8, dropout=0.5)
    x = places(1, 5, 16)
    np.testing.assert_array_equal(np.asarray(layer(x)), np.asarray(layer(x)))
    assert np.abs(np.asarray(layer(x, training=True)) - np.asarray(layer(x))).max() > 1e-3


def test_every_cell_gets_the_same_mean_and_spread_and_black_stays_black() -> None:
    rng = np.random.default_rng(2)
    x = np.zeros((2, 40, 40, 3), np.float32)
    x[0, 5:30, 5:30] = rng.normal((70, 30, 80), (8, 6, 9), (25, 25, 3))
    x[1, 2:20, 10:40] = rng.normal((180, 120, 190), (16, 12, 5), (18, 30, 3))
    x[1, 35, 2] = 9.0  # ringing of a JPEG file
    out = np.asarray(CellStandardization(mean=128, deviation=40)(x))
    for index, part in ((0, out[0, 5:30, 5:30]), (1, out[1, 2:20, 10:40])):
        assert out[index].any()
        np.testing.assert_allclose(part.mean((0, 1)), 128, atol=3)
        np.testing.assert_allclose(part.std((0, 1)), 40, atol=8)
    assert not out[1, 35, 2].any()
    assert not out[0, :5].any()


def test_a_black_picture_gives_no_nan() -> None:
    assert not np.asarray(CellStandardization()(np.zeros((1, 8, 8, 3), np.float32))).any()


def test_a_low_pass_takes_out_the_grain_and_lets_no_black_in() -> None:
    rng = np.random.default_rng(5)
    x = np.zeros((1, 60, 60, 3), np.float32)
    yy, xx = np.mgrid[10:50, 10:50]
    slope = 60 + xx + 0.5 * yy
    x[0, 10:50, 10:50] = slope[..., None] + rng.normal(0, 12, (40, 40, 3))
    grain, smooth = (np.asarray(CellStandardization(low_pass=s)(x))[0, 10:50, 10:50, 0] for s in (0.0, 3.0))
    assert np.abs(np.diff(smooth, axis=1)).mean() < 0.2 * np.abs(np.diff(grain, axis=1)).mean()
    # Were black averaged in, the rim would be darker than what lies behind it.
    flat = np.zeros((1, 60, 60, 3), np.float32)
    flat[0, 10:50, 10:50] = 100.0
    out = np.asarray(CellStandardization(low_pass=3.0)(flat))
    assert np.ptp(out[0, 10:50, 10:50]) < 0.5
    assert not out[0, :10].any()


def test_a_low_pass_agrees_with_opencv() -> None:
    rng = np.random.default_rng(6)
    x = rng.uniform(60, 200, (1, 80, 80, 3)).astype(np.float32)
    ours = np.asarray(CellStandardization(low_pass=2.0)(x))[0]
    blurred = cv2.GaussianBlur(x[0], (0, 0), 2.0)
    theirs = np.asarray(CellStandardization()(blurred[None]))[0]
    np.testing.assert_allclose(ours[20:60, 20:60], theirs[20:60, 20:60], atol=3.0)


def test_gray_leaves_no_hue() -> None:
    out = np.asarray(CellStandardization(gray=True)(np.abs(places(1, 9, 9, 3)) * 100))
    np.testing.assert_allclose(out[..., 0], out[..., 2], atol=1e-3)


@pytest.mark.parametrize(
    "layer",
    [
        BranchScaling(scale=[0.1, 0.2, 0.3], offset=-1.0),
        CellStandardization(mean=100.0, deviation=20.0, gray=True, background=3.0, low_pass=1.5),
        FilterTokenCrossAttention(tokens=3, heads=2, head_size=4, feed_forward=8, dropout=0.2),
        TokenSelfAttention(heads=1, head_size=3, feed_forward=5),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_layer_survives_saving(layer: keras.layers.Layer, tmp_path: Path) -> None:
    shape = (4, 3) if isinstance(layer, TokenSelfAttention) else (6, 6, 3)
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", compile=False)
    x = np.abs(places(2, *shape)) * 50
    np.testing.assert_array_equal(np.asarray(loaded(x)), np.asarray(model(x)))
    assert loaded.layers[-1].get_config() == layer.get_config()
