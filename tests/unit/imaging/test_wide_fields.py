"""Dense fields of half a millimeter: looked at small they show no glass, and have their cells all the same."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.frames import Pixels
from leukoscope.imaging.background import is_transmitted_light
from leukoscope.imaging.leukocytes import find_leukocytes
from leukoscope.sources.demo import demo_field
from leukoscope.sources.files import read_frame

UM_PER_PX = 0.25


def small(pixels: Pixels, um_per_px: float) -> Pixels:
    size = tuple(round(side * um_per_px / UM_PER_PX) for side in pixels.shape[1::-1])
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_drawn_field_of_half_a_millimeter_has_its_cells(seed: int) -> None:
    field = small(demo_field(seed, 5200, 1300, leukocytes=24).pixels, 0.1)
    assert field.shape[1] * UM_PER_PX == 520
    part = round(260 / UM_PER_PX)
    alone = sum(
        len(find_leukocytes(np.ascontiguousarray(one), UM_PER_PX)) for one in (field[:, :part], field[:, part:])
    )
    assert alone >= 20
    assert len(find_leukocytes(field, UM_PER_PX)) == pytest.approx(alone, abs=2)


def test_real_fields_side_by_side_have_their_cells(shared_data: Path) -> None:
    """Twelve by six fields of BCCD, 690 µm wide: two of three such images had no cell at all."""
    files = sorted((shared_data / "bccd/images").glob("*.jpg"))
    for seed in (0, 2):
        chosen = [files[number] for number in np.random.default_rng(seed).choice(len(files), 72)]
        fields = [small(read_frame(file).pixels, 0.09) for file in chosen]
        rows = [np.hstack(fields[number : number + 12]) for number in range(0, 72, 12)]
        alone = sum(len(find_leukocytes(field, UM_PER_PX)) for field in fields)
        assert len(find_leukocytes(np.ascontiguousarray(np.vstack(rows)), UM_PER_PX)) >= 0.95 * alone > 50


@pytest.mark.parametrize("blur", [2.0, 8.0, 40.0])
def test_nothing_is_found_in_noise_of_that_size(blur: float) -> None:
    for seed in range(2):
        fine = np.random.default_rng(seed).normal(0, 1, (900, 2000, 3)).astype(np.float32)
        noise = np.asarray(cv2.GaussianBlur(fine, (0, 0), blur), np.float32)
        pixels = np.clip(160 + 45 * (noise - noise.mean()) / noise.std(), 0, 255).astype(np.uint8)
        assert not is_transmitted_light(pixels, UM_PER_PX)
        assert find_leukocytes(pixels, UM_PER_PX) == []
