"""Palettes, overlays, legends, thumbnails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leukoscope.domain.cells import Box
from leukoscope.imaging.overlay import (
    MODES,
    PALETTES,
    colorize,
    enlarge,
    legend,
    overlay,
    palette_table,
    part_of,
    thumbnail,
)

GRID = arrays(np.float32, (7, 7), elements=st.floats(0, 1, width=32))
PALETTE = st.sampled_from(PALETTES)


def checkered(height: int = 90, width: int = 120) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("palette", "first", "middle", "last"),
    [("inferno", (0, 0, 4), (188, 55, 84), (252, 255, 164)), ("cividis", (0, 34, 78), (124, 123, 120), (254, 232, 56))],
)
def test_palettes_are_the_published_ones(palette: str, first: tuple, middle: tuple, last: tuple) -> None:
    table = palette_table(palette)
    assert table.shape == (256, 3)
    for row, color in [(0, first), (128, middle), (255, last)]:
        assert np.abs(table[row].astype(int) - color).max() <= 4


@pytest.mark.parametrize("palette", PALETTES)
def test_brightness_grows_with_the_evidence_so_that_the_map_reads_in_gray_too(palette: str) -> None:
    brightness = palette_table(palette) @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(brightness) > -1.0).all()
    assert brightness[-1] - brightness[0] > 150


def test_color_scale_is_fixed_and_forgiving() -> None:
    evidence = np.array([[-1.0, 0.0, 0.5, 1.0, 7.0, np.nan]], np.float32)
    colors = colorize(evidence, "inferno")
    table = palette_table("inferno")
    np.testing.assert_array_equal(colors[0], table[[0, 0, 128, 255, 255, 0]])
    with pytest.raises(ValueError, match="no palette"):
        colorize(evidence, "jet")


@given(GRID, PALETTE, st.sampled_from(MODES))
def test_no_opacity_changes_nothing(evidence: np.ndarray, palette: str, mode: str) -> None:
    pixels = checkered()
    drawn = overlay(pixels, evidence, Box(10, 5, 80, 70), opacity=0.0, palette=palette, mode=mode)
    np.testing.assert_array_equal(drawn, pixels)
    assert drawn is not pixels


@given(PALETTE, st.sampled_from(MODES), st.floats(0, 1))
def test_no_evidence_leaves_the_cell_untouched(palette: str, mode: str, opacity: float) -> None:
    pixels = checkered()
    nothing = np.zeros((7, 7), np.float32)
    drawn = overlay(pixels, nothing, Box(0, 0, 120, 90), opacity=opacity, palette=palette, mode=mode)
    np.testing.assert_array_equal(drawn, pixels)


@given(GRID, PALETTE, st.sampled_from(MODES), st.integers(-60, 130), st.integers(-60, 100), st.integers(1, 150))
def test_nothing_outside_the_extent_changes(
    evidence: np.ndarray, palette: str, mode: str, x: int, y: int, side: int
) -> None:
    pixels = checkered()
    drawn = overlay(pixels, evidence, Box(x, y, side, side), opacity=1.0, palette=palette, mode=mode)
    outside = np.ones(pixels.shape[:2], bool)
    outside[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)] = False
    np.testing.assert_array_equal(drawn[outside], pixels[outside])
    assert drawn.dtype == np.uint8 and drawn.shape == pixels.shape


def test_full_evidence_at_full_opacity_is_the_top_of_the_scale() -> None:
    drawn = overlay(checkered(), np.ones((7, 7), np.float32), Box(0, 0, 120, 90), opacity=1.0, palette="cividis")
    assert (drawn == palette_table("cividis")[255]).all()


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_evidence_shows_more(one: float, other: float) -> None:
    low, high = sorted((one, other))
    black = np.zeros((40, 40, 3), np.uint8)

    def seen(level: float) -> float:
        flat = np.full((4, 4), level, np.float32)
        return float(overlay(black, flat, Box(0, 0, 40, 40), opacity=0.7, palette="inferno").mean())

    assert seen(low) <= seen(high) + 1e-6


@given(GRID)
def test_enlarged_evidence_keeps_its_range_and_its_place(evidence: np.ndarray) -> None:
    large = enlarge(evidence, 300, 210)
    assert large.shape == (210, 300)
    assert large.min() >= 0 and large.max() <= 1
    spot = np.zeros((7, 7), np.float32)
    spot[2, 5] = 1
    y, x = np.unravel_index(int(enlarge(spot, 300, 210).argmax()), (210, 300))
    assert abs(x - 5.5 * 300 / 7) < 2 and abs(y - 2.5 * 210 / 7) < 2


def test_contours_are_thin_lines_around_the_evidence() -> None:
    spot = np.zeros((7, 7), np.float32)
    spot[3, 3] = 1
    black = np.zeros((300, 300, 3), np.uint8)
    drawn = overlay(black, spot, Box(0, 0, 300, 300), opacity=1.0, palette="inferno", mode="contour")
    touched = drawn.any(axis=2)
    assert 0.002 < touched.mean() < 0.08
    assert not touched[150, 150] and not touched[:60].any()
    with pytest.raises(ValueError, match="no mode"):
        overlay(black, spot, Box(0, 0, 9, 9), opacity=1.0, palette="inferno", mode="cloud")


def test_legend_runs_from_nothing_to_the_maximum() -> None:
    bar = legend("cividis", 200, 12)
    assert bar.shape == (12, 200, 3)
    np.testing.assert_array_equal(bar[5, 0], palette_table("cividis")[0])
    np.testing.assert_array_equal(bar[5, -1], palette_table("cividis")[255])


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 128))
def test_thumbnails_fit_and_keep_proportions(width: int, height: int, side: int) -> None:
    small = thumbnail(np.full((height, width, 3), 77, np.uint8), side)
    h, w = small.shape[:2]
    assert 1 <= h <= max(side, 1) or h == height <= side
    assert 1 <= w <= max(side, 1)
    assert (small == 77).all()
    if max(width, height) <= side:
        assert (w, h) == (width, height)
    else:
        assert max(w, h) == side


def test_a_part_that_reaches_beyond_the_picture_is_black_there() -> None:
    pixels = checkered()
    inside = part_of(pixels, Box(10, 20, 30, 40))
    np.testing.assert_array_equal(inside, pixels[20:60, 10:40])
    beyond = part_of(pixels, Box(-10, -20, 140, 130))
    assert beyond.shape == (130, 140, 3)
    np.testing.assert_array_equal(beyond[20:110, 10:130], pixels)
    assert not beyond[:20].any() and not beyond[:, :10].any() and not beyond[110:].any() and not beyond[:, 130:].any()
    assert not part_of(pixels, Box(500, 500, 20, 20)).any()


def test_each_level_has_the_color_that_numpy_rounds_to() -> None:
    halves = (np.arange(256, dtype=np.float32) + np.float32(0.5)) / np.float32(255)
    values = np.concatenate([halves, np.linspace(-1, 2, 5000, dtype=np.float32), [np.nan, np.inf, -np.inf]])
    evidence = values.astype(np.float32)[None]
    level = np.rint(np.clip(np.nan_to_num(evidence, nan=0.0), 0.0, 1.0) * 255).astype(np.uint8)
    assert (colorize(evidence, "cividis") == palette_table("cividis")[level]).all()
