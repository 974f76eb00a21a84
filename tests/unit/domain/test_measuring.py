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
