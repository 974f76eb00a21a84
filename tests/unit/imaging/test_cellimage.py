"""Cutting out: identity for C-NMC's files, centered and to scale for all others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.domain.cells import Box, Cell, View
from leukoscope.domain.frames import Frame
from leukoscope.imaging.cellimage import CANVAS, TRAINING_SPAN, TRAINING_UM_PER_PX, cut_out
from leukoscope.imaging.localize import localize
from leukoscope.sources.demo import demo_cells
from leukoscope.sources.files import read_frame
from tests.unit.imaging.conftest import frame_of


def disk_frame(width: int, height: int, center: tuple[float, float], radius: float, um_per_px: float | None) -> Frame:
    """A violet disk on light ground."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    inside = np.hypot(x - center[0], y - center[1]) <= radius
    pixels = np.where(inside[:, :, None], (110, 40, 140), (225, 222, 220)).astype(np.uint8)
    return frame_of(pixels, um_per_px)


def cell_of(frame: Frame) -> Cell:
    """The dark part of a disk frame."""
    mask = frame.pixels[:, :, 1] < 100
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    box = Box(int(columns[0]), int(rows[0]), len(columns), len(rows))
    return Cell(box, mask[part], frame.sha256)


def span(pixels: np.ndarray) -> tuple[int, int, float, float]:
    """Width, height and center of what is not black."""
    rows, columns = np.flatnonzero(pixels.any(axis=(1, 2))), np.flatnonzero(pixels.any(axis=(0, 2)))
    return len(columns), len(rows), (columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2


@settings(max_examples=40, deadline=None)
@given(st.floats(20, 75), st.floats(80, 300), st.floats(80, 200), st.floats(0.04, 0.2))
def test_cells_come_out_centered_at_the_training_scale(radius: float, x: float, y: float, um_per_px: float) -> None:
    frame = disk_frame(400, 300, (x, y), radius, um_per_px)
    cell = cell_of(frame)
    image = cut_out(frame, cell)
    assert image.pixels.shape == (CANVAS, CANVAS, 3)
    width, height, center_x, center_y = span(image.pixels)
    expected = min(um_per_px / TRAINING_UM_PER_PX, 430 / max(cell.box.width, cell.box.height))
    assert image.scale == pytest.approx(expected)
    assert width == pytest.approx(cell.box.width * expected, abs=2 + expected)
    assert height == pytest.approx(cell.box.height * expected, abs=2 + expected)
    assert abs(center_x - CANVAS / 2) <= 1.5 and abs(center_y - CANVAS / 2) <= 1.5
    on = image.pixels.any(axis=2)
    assert np.abs(image.pixels[on].mean(axis=0) - (110, 40, 140)).max() < 25, "the surroundings stay out"


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 450), st.floats(0, 450))
def test_points_map_back_to_the_frame(x: float, y: float) -> None:
    frame = disk_frame(400, 300, (190, 120), 50, 0.1)
    image = cut_out(frame, cell_of(frame))
    frame_x, frame_y = image.to_frame(x, y)
    assert (frame_x - image.center[0]) * image.scale + 225 == pytest.approx(x)
    assert (frame_y - image.center[1]) * image.scale + 225 == pytest.approx(y)
    assert image.to_frame(225, 225) == pytest.approx(cell_of(frame).box.center)


def test_a_pixel_comes_out_where_the_map_says() -> None:
    frame = disk_frame(400, 300, (190, 120), 50, 0.1)
    pixels = frame.pixels.copy()
    pixels[129:131, 209:211] = (250, 250, 10)
    marked = frame_of(pixels, 0.1)
    image = cut_out(marked, cell_of(frame))
    y, x = np.unravel_index(int((image.pixels[:, :, 1] * on(image.pixels)).argmax()), (450, 450))
    assert image.to_frame(x + 0.5, y + 0.5) == pytest.approx((210, 130), abs=1)


def on(pixels: np.ndarray) -> np.ndarray:
    """Where a CellImage is not black, 0 or 1."""
    return pixels.any(axis=2).astype(np.uint8)


def test_without_any_scale_the_cell_gets_the_span_of_the_training_cells() -> None:
    frame = disk_frame(400, 300, (200, 150), 40, None)
    width, height, _, _ = span(cut_out(frame, cell_of(frame)).pixels)
    assert width == pytest.approx(TRAINING_SPAN, abs=4) and height == pytest.approx(TRAINING_SPAN, abs=4)


def test_a_cell_at_the_edge_of_the_frame_is_cut_out_too() -> None:
    frame = disk_frame(300, 200, (0, 0), 60, 0.1)
    width, height, x, y = span(cut_out(frame, cell_of(frame)).pixels)
    assert (width, height) == pytest.approx((6 / TRAINING_UM_PER_PX, 6 / TRAINING_UM_PER_PX), abs=4)
    assert (x, y) == pytest.approx((225, 225), abs=2)


def test_the_bright_rim_of_a_mask_stays_out() -> None:
    """A mask that reaches 0.4 µm into the glass shows a ring as bright as the glass, which no training cell has."""
    frame = disk_frame(400, 300, (200, 150), 50, 0.1)
    exact = cell_of(frame)
    y, x = np.mgrid[0:300, 0:400] + 0.5
    wide = np.hypot(x - 200, y - 150) <= 54
    image = cut_out(frame, Cell(Box(146, 96, 108, 108), wide[96:204, 146:254], frame.sha256))
    assert brightest_green(image.pixels) < 130
    width, height, _, _ = span(image.pixels)
    assert (width, height) == pytest.approx((exact.box.width / 0.6, exact.box.height / 0.6), abs=4)


def brightest_green(pixels: np.ndarray) -> int:
    """Brightest green sample of a CellImage: the cell has 40, the glass 222."""
    return int(pixels[:, :, 1].max())


def test_the_rim_is_trimmed_but_the_pale_cytoplasm_stays() -> None:
    """A nucleus within a pale cytoplasm that stains a quarter as strongly as the nucleus."""
    y, x = np.mgrid[0:300, 0:400] + 0.5
    radius = np.hypot(x - 200, y - 150)
    pixels = np.full((300, 400, 3), (225, 222, 220), np.uint8)
    pixels[radius <= 55] = (170, 150, 190)
    pixels[radius <= 42] = (110, 40, 140)
    cell = Cell(Box(141, 91, 118, 118), (radius <= 59)[91:209, 141:259], "")
    width, height, _, _ = span(cut_out(frame_of(pixels, 0.1), cell).pixels)
    assert (width, height) == pytest.approx((110 / 0.6, 110 / 0.6), abs=4)


def test_the_scale_of_the_case_comes_before_that_of_one_image() -> None:
    frame = disk_frame(400, 300, (200, 150), 40, None)
    width, _, _, _ = span(cut_out(replace(frame, estimated_um_per_px=0.1), cell_of(frame)).pixels)
    assert width == pytest.approx(80 / 0.6, abs=4)
    calibrated = replace(disk_frame(400, 300, (200, 150), 40, 0.06), estimated_um_per_px=0.1)
    width, _, _, _ = span(cut_out(calibrated, cell_of(calibrated)).pixels)
    assert width == pytest.approx(80, abs=4)


def test_own_files_on_black_are_the_identity() -> None:
    for frame in demo_cells(2):
        (cell,) = localize(frame, View.CELL)
        image = cut_out(frame, cell)
        assert image.pixels.tobytes() == frame.pixels.tobytes()
        assert (image.scale, image.center) == (1.0, (225.0, 225.0))


def test_training_files_are_the_identity(shared_data: Path) -> None:
    files = [
        *sorted((shared_data / "cnmc_fold1/all").glob("*"))[::400],
        *sorted((shared_data / "cnmc_fold1/hem").glob("*"))[::300],
    ]
    for file in files:
        frame = read_frame(file)
        (cell,) = localize(frame, View.AUTO)
        assert cut_out(frame, cell).pixels.tobytes() == frame.pixels.tobytes()


def test_a_demo_cell_in_its_field_looks_like_a_training_cell(demo: Frame) -> None:
    for cell in localize(demo, View.FIELD):
        image = cut_out(demo, cell)
        width, height, _, _ = span(image.pixels)
        assert 150 < max(width, height) < 330
