"""Figures of shape on drawn cells with a known answer, and on real ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.cells import CellImage, View
from leukoscope.domain.morphology import BY_CODE, FIGURES, Level, MeasuredFigure
from leukoscope.imaging.cellimage import TRAINING_UM_PER_PX, cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.morphology import cell_parts, measure
from leukoscope.sources.files import read_frame
from tests.unit.imaging.conftest import frame_of

GLASS, CYTOPLASM, NUCLEUS = (232, 228, 226), (150, 160, 205), (90, 45, 130)
GRAIN = np.random.default_rng(2).normal(0, 1, (450, 450, 3))


def drawn(cell_um: float, nucleus_um: float, *, around: tuple[int, int, int] = GLASS, grain: float = 2.0) -> CellImage:
    """A round cell with a round nucleus, of these diameters, as the program cuts it out of a field of 0.1 µm/px."""
    y, x = np.mgrid[0:300, 0:300] + 0.5
    radius = np.hypot(x - 150, y - 150) * 0.1
    pixels = np.full((300, 300, 3), around, np.float64)
    pixels[radius <= cell_um / 2] = CYTOPLASM
    pixels[radius <= nucleus_um / 2] = NUCLEUS
    pixels += grain * GRAIN[:300, :300]
    frame = frame_of(np.clip(pixels, 0, 255).astype(np.uint8), 0.1)
    (cell,) = localize(frame, View.CELL)
    return cut_out(frame, cell)


def area(diameter: float) -> float:
    return float(np.pi * diameter**2 / 4)


@pytest.mark.parametrize(("cell_um", "nucleus_um"), [(10, 8), (12, 11), (15, 9), (14, 13)])
def test_areas_are_those_of_the_drawn_cell(cell_um: float, nucleus_um: float) -> None:
    values = measure(drawn(cell_um, nucleus_um)).values
    assert values["cell_area"] == pytest.approx(area(cell_um), rel=0.06)
    assert values["nucleus_area"] == pytest.approx(area(nucleus_um), rel=0.10)
    assert values["nc_ratio"] == pytest.approx((nucleus_um / cell_um) ** 2, abs=0.07)
    assert values["lobes"] == 1
    assert values["form_factor"] > 0.9


def test_a_brighter_lamp_changes_no_figure() -> None:
    usual = measure(drawn(12, 9)).values
    image = drawn(12, 9)
    dim = replace(
        image, pixels=np.round(image.pixels * 0.7).astype(np.uint8), glass=tuple(0.7 * c for c in image.glass)
    )
    for code, value in measure(dim).values.items():
        assert value == pytest.approx(usual[code], rel=0.08, abs=0.012), code


def test_a_nucleus_that_fills_the_cell_is_not_taken_apart() -> None:
    """Its chromatin is uneven; a threshold that looks at all pixels alike parts it into dark and pale."""
    y, x = np.mgrid[0:450, 0:450] + 0.5
    radius = np.hypot(x - 225, y - 225)
    chromatin = np.clip(60 + 12 * np.sin(x / 9) * np.sin(y / 11), 0, 255)
    pixels = np.dstack([chromatin * 1.1, chromatin * 0.5, chromatin * 1.4])
    pixels[radius > 90] = 0
    pixels[(radius > 84) & (radius <= 90)] *= 1.5
    frame = frame_of(np.clip(pixels, 0, 255).astype(np.uint8))
    (cell,) = localize(frame, View.CELL)
    values = measure(cut_out(frame, cell)).values
    assert values["nc_ratio"] > 0.85
    assert values["solidity"] > 0.95


def test_without_glass_or_cytoplasm_their_figures_are_left_out() -> None:
    image = drawn(12, 9)
    assert image.glass is not None
    assert {"density", "basophilia", "contrast", "granules"} <= set(measure(image).values)
    alone = measure(replace(image, glass=None)).values
    assert "density" not in alone and "basophilia" not in alone and "contrast" in alone
    bare = measure(drawn(12, 12)).values
    assert "basophilia" not in bare and "granules" not in bare
    black = CellImage(np.zeros((450, 450, 3), np.uint8), image.cell, 1.0, (225, 225), TRAINING_UM_PER_PX)
    assert measure(black).values == {}


def test_a_basophilic_cytoplasm_and_granules_are_seen() -> None:
    image = drawn(14, 9)
    assert measure(image).values["basophilia"] > 0.1
    y, x = np.mgrid[0:450, 0:450]
    dots = (x % 14 < 6) & (y % 14 < 6) & (image.pixels[..., 1] > 120)
    granular = image.pixels.copy()
    granular[dots] = (110, 70, 150)
    assert measure(image).values["granules"] < 0.02 < measure(replace(image, pixels=granular)).values["granules"]


def test_a_cell_too_large_for_the_canvas_keeps_its_size() -> None:
    """It is drawn smaller; its area is not."""
    big = measure(drawn(27.5, 20)).values
    assert big["cell_area"] == pytest.approx(area(27.5), rel=0.06)


def test_real_lymphocytes_measure_as_textbooks_say(shared_data: Path) -> None:
    """Small lymphocytes have 7 to 10 µm, large ones up to 15, and their nucleus fills most of the cell."""
    rows = []
    for file in sorted((shared_data / "leukocytes_context/lymphocyte").glob("*"))[::40]:
        frame = replace(read_frame(file), um_per_px=0.1)
        (cell,) = localize(frame, View.CELL)
        rows.append(measure(cut_out(frame, cell)).values)
    assert 60 < np.median([row["cell_area"] for row in rows]) < 110
    assert np.median([row["nc_ratio"] for row in rows]) > 0.65
    assert all(row["lobes"] <= 2 for row in rows)


def test_the_nucleus_lies_within_the_cell(shared_data: Path) -> None:
    for file in sorted((shared_data / "cnmc_fold1/all").glob("*"))[::600]:
        frame = read_frame(file)
        (cell,) = localize(frame, View.CELL)
        parts = cell_parts(cut_out(frame, cell))
        assert parts is not None
        assert not (parts.nucleus & ~parts.cell).any()
        assert parts.nucleus.any()


def test_figures_are_told_in_words_units_and_places() -> None:
    assert len(BY_CODE) == len(FIGURES)
    assert BY_CODE["cell_area"].text(141.6) == "142 µm²"
    assert BY_CODE["nc_ratio"].text(0.914) == "0.91"
    low, usual, high = (MeasuredFigure("nc_ratio", value, 0.6, 0.9) for value in (0.5, 0.75, 0.95))
    assert (low.level, usual.level, high.level) == (Level.LOW, Level.USUAL, Level.HIGH)
    assert usual.position == pytest.approx(0.5)
    assert MeasuredFigure("nc_ratio", 9, 0.6, 0.9).position == 1.0
