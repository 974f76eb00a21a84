"""Boxes moved, resized and joined by hand."""

from __future__ import annotations

import pytest

from leukoscope.domain.box_edits import (
    GRIPS,
    INSIDE,
    SMALLEST_SIDE,
    Grip,
    changed,
    grip_at,
    grip_point,
    lie_together,
    union,
)
from leukoscope.domain.cells import Box

BOX, IMAGE = Box(20, 30, 40, 20), (100, 80)


def test_a_grip_is_found_where_it_is_drawn() -> None:
    for grip in GRIPS:
        assert grip_at(BOX, *grip_point(BOX, grip), 4) == grip
    assert grip_at(BOX, 40, 40, 4) == INSIDE and INSIDE.is_inside
    assert grip_at(BOX, 10, 40, 4) is None
    assert grip_at(Box(0, 0, 8, 8), 4, 4, 50) == INSIDE, "a small box can be moved at any zoom"


@pytest.mark.parametrize(
    ("grip", "by", "wanted"),
    [
        (INSIDE, (5.4, -3.6), Box(25, 26, 40, 20)),
        (INSIDE, (-500, 500), Box(0, 60, 40, 20)),
        (Grip(-1, -1), (4, 5), Box(24, 35, 36, 15)),
        (Grip(1, 1), (500, 500), Box(20, 30, 80, 50)),
        (Grip(1, 0), (-500, 9), Box(20, 30, SMALLEST_SIDE, 20)),
        (Grip(0, -1), (9, 500), Box(20, 50 - SMALLEST_SIDE, 40, SMALLEST_SIDE)),
    ],
)
def test_a_dragged_box_stays_in_the_image_and_large_enough(grip: Grip, by: tuple[float, float], wanted: Box) -> None:
    assert changed(BOX, grip, by, IMAGE) == wanted


def test_the_union_goes_around_all() -> None:
    assert union([BOX, Box(10, 45, 5, 30), Box(30, 35, 2, 2)]) == Box(10, 30, 50, 45)


def test_pieces_of_one_cell_lie_near_each_other() -> None:
    a, b, c = Box(0, 0, 20, 20), Box(28, 0, 20, 20), Box(56, 0, 20, 20)
    assert lie_together([a, b])
    assert lie_together([c, a, b]), "each near another is enough"
    assert not lie_together([a, c])
    assert not lie_together([a, b, Box(0, 200, 20, 20)])
    assert lie_together([a, Box(5, 5, 4, 4)])
