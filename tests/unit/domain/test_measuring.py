"""Lengths and areas of what is drawn."""

from __future__ import annotations

import math

import pytest

from leukoscope.domain.measuring import Measured, Shape, measured


def test_a_line_an_ellipse_and_an_outline_are_measured() -> None:
    assert measured(Shape.LINE, [(10, 10), (13, 14)]) == Measured(Shape.LINE, 5.0)
    circle = measured(Shape.ELLIPSE, [(20, 30), (0, 10)])
    assert (circle.length, circle.area) == pytest.approx((math.pi * 20, math.pi * 100))
    assert circle.axes == (20, 20)
    square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    for points in (square, square[::-1]):
        one = measured(Shape.OUTLINE, points)
        assert (one.length, one.area) == pytest.approx((40, 100))


@pytest.mark.parametrize("shape", list(Shape))
def test_a_mere_click_measures_nothing(shape: Shape) -> None:
    assert measured(shape, [(3, 4)]) == Measured(shape, 0.0)
    assert measured(shape, [(3, 4), (3, 4)]).length == 0.0


def circle(turns: float, corners: int, *, size: float = 100.0) -> list[tuple[float, float]]:
    """Corners of a circle that is gone around so often."""
    angles = [2 * math.pi * turns * place / corners for place in range(corners)]
    return [(200 + size * math.cos(angle), 200 + size * math.sin(angle)) for angle in angles]


@pytest.mark.parametrize(
    "points",
    [
        [(0, 0), (100, 100), (100, 0), (0, 100)],
        [(0, 0), (50, 50), (100, 100), (100, 0), (50, 50), (0, 100)],
        [(200 + 100 * math.sin(t / 60), 200 + 60 * math.sin(t / 30)) for t in range(377)],
        circle(1.5, 90),
    ],
    ids=["bow tie", "bow tie through a corner", "an eight drawn by hand", "one and a half times around"],
)
def test_an_outline_that_crosses_itself_has_no_area(points: list[tuple[float, float]]) -> None:
    one = measured(Shape.OUTLINE, points)
    assert one.crosses and one.area == 0 and one.length > 0


@pytest.mark.parametrize("corners", [5, 90, 2000])
def test_an_outline_that_does_not_cross_itself_keeps_its_area(corners: int) -> None:
    around = circle(1.0, corners)
    one = measured(Shape.OUTLINE, around)
    assert not one.crosses
    by_hand = measured(Shape.OUTLINE, [*around, around[0]])
    assert not by_hand.crosses and by_hand.area == pytest.approx(one.area)
    star = [
        (200 + r * math.cos(a), 200 + r * math.sin(a))
        for a, r in ((k * math.pi / 5, 100 - k % 2 * 60) for k in range(10))
    ]
    assert not measured(Shape.OUTLINE, star).crosses


def test_a_hand_that_closes_an_outline_may_go_a_little_too_far() -> None:
    around = circle(1.0, 90)
    too_far = [(x + 3, y + 3) for x, y in around[:3]]
    one = measured(Shape.OUTLINE, [*around, *too_far])
    assert not one.crosses and one.area == pytest.approx(math.pi * 100**2, rel=0.02)
