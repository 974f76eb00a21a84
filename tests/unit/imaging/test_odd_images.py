"""Whatever an image shows, cells are searched, quality is measured and cut-outs are made without a fault."""

from __future__ import annotations

import warnings
from functools import lru_cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from leukoscope.domain.cells import Box, View
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.imaging.cellimage import CANVAS, cut_out
from leukoscope.imaging.localize import localize, recognize_view
from leukoscope.imaging.quality import measure_quality
from leukoscope.imaging.scale import field_um_per_px, measure_red_cells
from leukoscope.imaging.segment_in_box import cell_at
from leukoscope.sources.demo import demo_field

Image = NDArray[np.uint8]
PURPLE, PINK, WHITE = (110, 50, 150), (225, 150, 160), (240, 238, 236)


@lru_cache(1)
def drawn_smear() -> Image:
    return demo_field().pixels


def frame(pixels: Image, um_per_px: float | None = None) -> Frame:
    return Frame(np.ascontiguousarray(pixels), FrameOrigin(OriginKind.FILE, "odd.png"), "0" * 64, um_per_px)


def everything(one: Frame) -> int:
    """All that is done with an image before it is judged; returns how many cells were found."""
    found = 0
    for view in (recognize_view(one), View.CELL, View.FIELD):
        cells = localize(one, view)
        report = measure_quality(one, view, cells)
        assert all(np.isfinite(measure.value) for measure in report.measures)
        for cell in cells:
            image = cut_out(one, cell)
            assert image.pixels.shape == (CANVAS, CANVAS, 3)
            assert np.isfinite(image.scale) and image.scale > 0
        found += len(cells)
    scale = field_um_per_px(one)
    assert scale is None or (np.isfinite(scale) and scale > 0)
    return found


def vignetted(zoom: float, seed: int, side: int) -> Image:
    """The demo smear as a phone at the eyepiece sees it: a part of it, the corners dark."""
    smear = drawn_smear()
    rng = np.random.default_rng(seed)
    size = max(8, round(min(smear.shape[:2]) / zoom))
    top, left = (int(rng.integers(0, high - size + 1)) for high in smear.shape[:2])
    part = cv2.resize(smear[top : top + size, left : left + size], (side, side), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    falloff = np.clip(1.15 - rng.uniform(0.3, 1.0) * (x * x + y * y), 0, 1)
    return np.asarray(np.clip(part * falloff[:, :, None], 0, 255), np.uint8)


def test_a_foreground_without_a_gap_gives_no_scale() -> None:
    """The distance to the nearest gap is infinite where there is none."""
    y, x = np.mgrid[-1:1:160j, -1:1:160j]
    level = np.clip(1 - 0.8 * np.hypot(x, y), 0.05, 1)
    round_light = np.dstack([255 * level, 220 * level**2, 230 * level**1.6]).astype(np.uint8)
    assert measure_red_cells(round_light) is None
    shade = np.zeros((100, 100, 3), np.uint8)
    shade[:] = (200, 90, 120)
    shade[40:44, 40:44] = (255, 255, 255)
    everything(frame(shade))


@settings(max_examples=20, deadline=None)
@given(st.floats(3, 14), st.integers(0, 10_000), st.sampled_from([93, 127, 300, 640]))
def test_zoomed_and_vignetted_smears(zoom: float, seed: int, side: int) -> None:
    everything(frame(vignetted(zoom, seed, side)))


sides = st.one_of(st.integers(1, 4), st.integers(5, 90), st.sampled_from([448, 700]))


@st.composite
def odd_images(draw: st.DrawFn) -> Image:
    """One color, noise, gradients, blobs without background, saturated, black with a speck."""
    height, width = draw(sides), draw(sides)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    color = np.array(draw(st.sampled_from([PURPLE, PINK, WHITE, (0, 0, 0), (255, 255, 255), (255, 0, 255), (1, 0, 0)])))
    kind = draw(st.sampled_from(["flat", "noise", "tinted", "ramp", "blobs", "sheet", "speck", "stripes"]))
    y, x = np.mgrid[0:height, 0:width]
    if kind == "noise":
        pixels = rng.integers(0, 256, (height, width, 3))
    elif kind == "tinted":
        pixels = color + rng.normal(0, draw(st.integers(1, 60)), (height, width, 3))
    elif kind == "ramp":
        pixels = color * (x / max(width - 1, 1))[:, :, None]
    elif kind == "blobs":
        pixels = np.full((height, width, 3), draw(st.sampled_from([WHITE, PINK, (0, 0, 0)])), np.float64)
        for _ in range(draw(st.integers(1, 12))):
            cy, cx, r = rng.integers(0, height), rng.integers(0, width), rng.integers(1, 60)
            pixels[np.hypot(y - cy, x - cx) < r] = color
    elif kind == "sheet":
        pixels = np.broadcast_to(color, (height, width, 3)) - np.clip(rng.normal(20, 5, (height, width, 1)), 0, 40)
    elif kind == "speck":
        pixels = np.zeros((height, width, 3))
        pixels[height // 2, width // 2] = color
    else:
        pixels = np.where(((x + y) // max(1, width // 7) % 2 == 0)[:, :, None], color, 255 - color)
        pixels = pixels if kind == "stripes" else np.broadcast_to(color, (height, width, 3))
    return np.clip(pixels, 0, 255).astype(np.uint8)


@settings(max_examples=80, deadline=None)
@given(odd_images(), st.sampled_from([None, None, 0.02, 0.1, 1.5]))
def test_odd_images(pixels: Image, um_per_px: float | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        everything(frame(pixels, um_per_px))


@settings(max_examples=25, deadline=None)
@given(odd_images(), st.integers(-20, 700), st.integers(-20, 700), st.integers(1, 900), st.integers(1, 900))
def test_a_box_drawn_anywhere(pixels: Image, x: int, y: int, width: int, height: int) -> None:
    try:
        cell = cell_at(frame(pixels), Box(x, y, width, height))
    except ImageError:
        return
    assert cell.mask.any() and cell.mask.shape == (cell.box.height, cell.box.width)


@pytest.mark.parametrize(("height", "width"), [(1, 33_000), (33_000, 1), (9, 33_000)])
def test_strips_longer_than_a_short_integer(height: int, width: int) -> None:
    pixels = np.full((height, width, 3), WHITE, np.uint8)
    pixels[height // 4 : height // 4 * 3 + 1, width // 4 : width // 4 * 3 + 1] = PURPLE
    everything(frame(pixels))
    black = np.zeros((height, width, 3), np.uint8)
    black[2:-2, 2:-2] = PURPLE
    everything(frame(black))
