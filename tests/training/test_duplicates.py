"""The same cell is found again however it was copied; different cells stay apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.frames import Pixels
from training.config import DataConfig
from training.data import find_samples, read_pixels
from training.duplicates import cell_hash, correlation, near_pairs, twin_numbers


def drawn_cell(seed: int, side: int = 160, radius: int = 50) -> Pixels:
    """A round cell with a texture of its own on black."""
    rng = np.random.default_rng(seed)
    texture = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), 5)
    texture *= 18 / texture.std()
    mask = np.zeros((side, side), np.uint8)
    axes = (radius + seed % 5, radius - seed % 4)
    cv2.ellipse(mask, (side // 2, side // 2), axes, 0, 0, 360, 1, -1)
    colored = np.stack([110 + texture, 60 + texture, 120 + texture], axis=-1)
    return (np.clip(colored, 20, 255) * mask[..., None]).astype(np.uint8)


def moved(pixels: Pixels, matrix: list[list[float]]) -> Pixels:
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(cv2.warpAffine(pixels, np.array(matrix), size), dtype=np.uint8)


def encoded(pixels: Pixels, quality: int) -> Pixels:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))


def brighter(pixels: Pixels) -> Pixels:
    return np.clip(pixels * 1.15 + 6 * (pixels > 0), 0, 255).astype(np.uint8)


COPIES: dict[str, Callable[[Pixels], Pixels]] = {
    "jpeg": lambda p: encoded(p, 60),
    "shifted": lambda p: moved(p, [[1, 0, 5.4], [0, 1, -3.3]]),
    "smaller": lambda p: moved(p, [[0.85, 0, 12], [0, 0.85, 12]]),
    "brighter": brighter,
    "quarter turn": lambda p: np.ascontiguousarray(np.rot90(p)),
    "half turn": lambda p: np.ascontiguousarray(np.rot90(p, 2)),
    "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
    "upside down": lambda p: np.ascontiguousarray(p[::-1]),
    "all of it": lambda p: encoded(np.rot90(brighter(moved(p, [[0.9, 0, 9], [0, 0.9, 6]]))[:, ::-1]).copy(), 80),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_every_copy_finds_its_cell_and_no_other(copy: Callable[[Pixels], Pixels]) -> None:
    cells = [drawn_cell(seed) for seed in range(8)]
    hashes = [cell_hash(pixels) for pixels in cells + [copy(pixels) for pixels in cells]]
    assert near_pairs(hashes) == [(index, index + 8) for index in range(8)]


def test_cells_without_texture_are_like_nothing() -> None:
    flat = np.zeros((80, 80, 3), np.uint8)
    cv2.circle(flat, (40, 40), 25, (90, 60, 110), -1)
    assert cell_hash(flat) is None
    assert cell_hash(np.zeros((80, 80, 3), np.uint8)) is None
    assert cell_hash(np.full((80, 80, 3), 128, np.uint8)) is None
    assert near_pairs([None, None]) == []


def test_a_cell_much_larger_is_another_cell() -> None:
    large, half = drawn_cell(1), cv2.resize(drawn_cell(1), (80, 80), interpolation=cv2.INTER_AREA)
    assert near_pairs([cell_hash(large), cell_hash(np.asarray(half, dtype=np.uint8))]) == []


def test_twins_of_twins_are_one_group_and_exact_copies_need_no_texture() -> None:
    one, other = drawn_cell(1), drawn_cell(2)
    pictures = [other, one, COPIES["jpeg"](one), COPIES["mirrored"](one)]
    hashes = [None, None, *(cell_hash(picture) for picture in pictures)]
    assert twin_numbers(["flat", "flat", "a", "b", "c", "d"], hashes, near_pairs) == [0, 0, -1, 1, 1, 1]
    assert twin_numbers([], [], near_pairs) == []


def test_correlation_is_one_with_itself_and_none_without_a_shared_inside() -> None:
    found = cell_hash(drawn_cell(3))
    assert found is not None
    assert correlation(found.gray, found.gray) == pytest.approx(1.0)
    assert correlation(found.gray, np.zeros_like(found.gray)) == 0.0


def test_overlapping_fields_of_the_real_set_show_the_same_cells(shared_data: Path) -> None:
    samples = [s for s in find_samples(shared_data / "cnmc_fold1", DataConfig()) if s.subject == "38"]
    hashes = [cell_hash(read_pixels(sample.path)) for sample in samples]
    pairs = {(samples[i].path.stem, samples[j].path.stem) for i, j in near_pairs(hashes)}
    assert ("UID_38_15_4_all", "UID_38_26_2_all") in pairs  # among the least alike, seen to be one cell
    fields = {tuple(name.split("_")[2] for name in pair) for pair in pairs}
    assert all(one != other for one, other in fields)  # never two cells of one photograph
    assert len(pairs) == 5
