"""Where a mask ends: half the density of the cell, never deep inside, never in pieces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.cells import Box, View
from leukoscope.domain.frames import Frame
from leukoscope.imaging.background import density_of_part, estimate_background, optical_density
from leukoscope.imaging.localize import localize
from leukoscope.imaging.rim import RIM_UM, density_in, without_rim
from leukoscope.sources.files import read_frame


def test_density_of_a_part_is_that_part_of_the_density(demo: Frame) -> None:
    background = estimate_background(demo.pixels)
    whole = optical_density(demo.pixels, background)
    for box in (Box(0, 0, 90, 70), Box(501, 333, 120, 141), Box(demo.width - 80, demo.height - 60, 80, 60)):
        part = density_of_part(demo.pixels, background, box)
        expected = whole[box.y : box.y + box.height, box.x : box.x + box.width]
        assert np.abs(part - expected).max() < 1e-3
        assert np.abs(density_in(demo, box) - expected).max() < 1e-3


def test_an_empty_mask_and_a_sliver_come_back_as_they_are() -> None:
    density = np.full((30, 30, 3), 0.4, np.float32)
    empty = np.zeros((30, 30), bool)
    assert not without_rim(empty, density, 0.1).any()
    sliver = empty.copy()
    sliver[10:13, 2:28] = True
    assert np.array_equal(without_rim(sliver, density, 0.1), sliver)


def test_a_vacuole_within_the_cell_stays() -> None:
    y, x = np.mgrid[0:120, 0:120] + 0.5
    radius = np.hypot(x - 60, y - 60)
    density = np.where(radius <= 50, 0.5, 0.0).astype(np.float32)
    density[np.hypot(x - 60, y - 80) < 8] = 0.0
    kept = without_rim(radius <= 54, np.repeat(density[:, :, None], 3, axis=2), 0.1)
    assert kept[80, 60]
    assert kept.sum() == pytest.approx(np.pi * 50**2, rel=0.03)


def test_nothing_is_trimmed_deeper_than_the_rim() -> None:
    y, x = np.mgrid[0:120, 0:120] + 0.5
    radius = np.hypot(x - 60, y - 60)
    glass = np.where(radius <= 30, 0.5, 0.0).astype(np.float32)
    kept = without_rim(radius <= 54, np.repeat(glass[:, :, None], 3, axis=2), 0.1)
    assert kept[radius <= 54 - RIM_UM / 0.1 - 3].all()


@pytest.mark.parametrize("kind", ["lymphocyte", "neutrophil"])
def test_real_cells_end_where_the_stain_does(shared_data: Path, kind: str) -> None:
    """The untrimmed outline of PBC's cells is as bright as the glass; the trimmed one is stained."""
    before, after, left = [], [], []
    for file in sorted((shared_data / "leukocytes_context" / kind).glob("*"))[::40]:
        frame = replace(read_frame(file), um_per_px=0.1)
        (cell,) = localize(frame, View.CELL)
        density = density_in(frame, cell.box)
        trimmed = without_rim(cell.mask, density, 0.1)
        before.append(np.median(density.mean(axis=2)[_outline(cell.mask)]))
        after.append(np.median(density.mean(axis=2)[_outline(trimmed)]))
        left.append(trimmed.sum() / cell.mask.sum())
    assert np.median(before) < 0.03
    assert np.median(after) > 0.04
    assert min(left) > 0.7


def _outline(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner
