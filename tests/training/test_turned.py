"""Augmented copies are found at any angle, and different cells are not taken for one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.frames import Pixels
from leukoscope.sources.demo import demo_field
from tests.training.drawn_sets import augmented, drawn_cells
from training.config import DataConfig
from training.data import read_pixels
from training.listing import find_samples
from training.turned import ANGLES, MIN_CORRELATION, RINGS, best_correlation, polar_look, turned_pairs


@pytest.fixture(scope="module")
def cells() -> list[Pixels]:
    healthy, leukemic = drawn_cells(12)
    return healthy + leukemic


def test_every_augmented_copy_finds_its_cell_and_no_other(cells: list[Pixels]) -> None:
    copies = [augmented(pixels, seed) for seed, pixels in enumerate(cells)]
    looks = [polar_look(pixels) for pixels in cells + copies]
    assert turned_pairs(looks) == [(index, index + len(cells)) for index in range(len(cells))]


def test_copies_of_copies_are_joined_though_not_every_pair_is_named(cells: list[Pixels]) -> None:
    pictures = [augmented(cells[0], seed) for seed in range(4)]
    pairs = turned_pairs([polar_look(pixels) for pixels in pictures])
    assert len(pairs) == 3
    assert {index for pair in pairs for index in pair} == {0, 1, 2, 3}


def test_a_picture_with_background_is_found_turned() -> None:
    fields = [demo_field(seed, 224, 224).pixels for seed in range(4)]
    matrix = cv2.getRotationMatrix2D((111.5, 111.5), 37.0, 1.0)
    turned = [np.asarray(cv2.warpAffine(field, matrix, (224, 224)), np.uint8) for field in fields]
    assert turned_pairs([polar_look(p) for p in fields + turned]) == [(index, index + 4) for index in range(4)]


def test_what_has_no_texture_looks_like_nothing() -> None:
    flat = np.zeros((80, 80, 3), np.uint8)
    cv2.circle(flat, (40, 40), 25, (90, 60, 110), -1)
    assert polar_look(np.zeros((80, 80, 3), np.uint8)) is None
    assert polar_look(np.full((80, 80, 3), 128, np.uint8)) is None
    assert polar_look(np.asarray(cv2.resize(flat, (8, 8)), np.uint8)) is None
    assert turned_pairs([None, None]) == []


def test_a_picture_correlates_with_itself(cells: list[Pixels]) -> None:
    look = polar_look(cells[0])
    assert look is not None
    assert best_correlation(look, look) == pytest.approx(1.0, abs=1e-5)


def test_real_cells_of_different_people_stay_apart_and_turned_ones_are_found(shared_data: Path) -> None:
    samples = find_samples(shared_data / "cnmc_fold1", DataConfig())[::60]
    cells = [cv2.resize(read_pixels(s.path), (224, 224), interpolation=cv2.INTER_AREA) for s in samples]
    looks = [polar_look(np.asarray(pixels, np.uint8)) for pixels in cells]
    copies = [polar_look(augmented(np.asarray(pixels, np.uint8), seed)) for seed, pixels in enumerate(cells)]
    assert turned_pairs([*looks, *copies]) == [(index, index + len(cells)) for index in range(len(cells))]


def test_what_lies_outside_of_the_picture_is_black_and_not_what_the_memory_held() -> None:
    """A cell that the border cuts looks as it does with black around it, whatever was computed before."""
    rows, columns = np.mgrid[:200, :200]
    inside = (rows - 100) ** 2 + (columns - 12) ** 2 < 40**2
    cell = np.zeros((200, 200, 3), np.uint8)
    cell[inside] = np.stack([120 + rows % 50, 60 + columns % 40, 150 + (rows + columns) % 60], axis=-1)[inside]
    around = cv2.copyMakeBorder(cell, 60, 60, 60, 60, cv2.BORDER_CONSTANT)
    for _ in range(20):  # memory of the size that the unrolled picture takes, full of what no picture holds
        dirty = [cv2.add(np.full((ANGLES, RINGS), 1e30, np.float32), 0.0) for _ in range(50)]
        assert len(dirty) == 50
        del dirty
        look, whole = polar_look(cell), polar_look(around)
        assert look is not None and whole is not None
        assert float((look.rings * whole.rings).sum()) > MIN_CORRELATION
