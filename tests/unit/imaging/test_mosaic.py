"""Fields taken by hand are laid where they are; what does not overlap is said, and one wrong pair moves nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from leukoscope.imaging.mosaic import Joint, Mosaic
from leukoscope.imaging.overlaps import Overlap, find_overlap, look_at
from leukoscope.sources.demo import demo_field
from tests.unit.imaging.fields_by_hand import HEIGHT, WIDTH, corners, off, photographed, smear, snake

ORDER = snake(4, 3)


def joined(order: list[tuple[int, int]]) -> tuple[Mosaic, list[bool]]:
    mosaic = Mosaic()
    return mosaic, [mosaic.add(pixels) for pixels in photographed(smear(4, 3), corners(order))]


def test_fields_lie_within_a_pixel_of_where_they_were_taken() -> None:
    mosaic, overlaps = joined(ORDER)
    assert overlaps == [False, *[True] * 11], "the first overlaps nothing yet"
    (group,) = mosaic.groups()
    assert off(group, corners(ORDER)) < 1.0
    assert len(mosaic.joints) > len(ORDER), "rows are joined with each other too"
    assert mosaic.agreement > 0.8


def test_a_gap_is_no_neighbor_and_a_later_field_closes_it() -> None:
    order = [(0, 0), (1, 0), (3, 0), (3, 1), (2, 0)]
    mosaic, overlaps = joined(order[:4])
    assert overlaps == [False, True, False, True]
    assert [sorted(group) for group in mosaic.groups()] == [[0, 1], [2, 3]]
    mosaic, _ = joined(order)
    (group,) = mosaic.groups()
    assert off(group, corners(order)) < 1.0


def test_a_field_that_comes_back_to_an_early_one_is_found() -> None:
    order = [(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (0, 1)]
    mosaic, overlaps = joined(order)
    assert overlaps[-1]
    (group,) = mosaic.groups()
    assert off(group, corners(order)) < 1.0


@pytest.mark.parametrize("seed", range(6))
def test_other_places_of_a_smear_never_agree(seed: int) -> None:
    one, other = (look_at(demo_field(2 * seed + k, WIDTH, HEIGHT).pixels) for k in (1, 2))
    assert find_overlap(one, other) is None
    rng = np.random.default_rng(seed)
    empty = [np.clip(rng.normal(225, 3, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8) for _ in range(2)]
    assert find_overlap(look_at(empty[0]), look_at(empty[1])) is None
    blank = look_at(np.full((HEIGHT, WIDTH, 3), 220, np.uint8))
    assert find_overlap(blank, blank) is None
    assert find_overlap(one, look_at(demo_field(1, 300, 300).pixels)) is None


def test_a_wrong_pair_is_left_out_and_moves_nothing() -> None:
    mosaic, _ = joined(ORDER)
    mosaic.joints.append(Joint(2, 9, Overlap(140.0, -60.0, 0.9, 40_000)))
    mosaic._solve(mosaic._group[0])
    (group,) = mosaic.groups()
    assert off(group, corners(ORDER)) < 1.0
    assert all((joint.first, joint.second) != (2, 9) for joint in mosaic.joints)


def test_fields_a_little_out_of_focus_are_joined_too() -> None:
    mosaic = Mosaic()
    for number, pixels in enumerate(photographed(smear(4, 3), corners(ORDER))):
        mosaic.add(np.asarray(cv2.GaussianBlur(pixels, (0, 0), 2.0), np.uint8) if number % 3 == 1 else pixels)
    (group,) = mosaic.groups()
    assert off(group, corners(ORDER)) < 2.0


def test_of_many_places_with_few_cells_none_is_joined_with_another() -> None:
    """Cells are alike: two of them can be laid over two others, and a small field has few."""
    looks = [look_at(demo_field(100 + seed, WIDTH, HEIGHT).pixels) for seed in range(12)]
    assert [(one, other) for other in range(12) for one in range(other) if find_overlap(looks[one], looks[other])] == []
