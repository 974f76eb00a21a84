"""Figures of outlines that have a known answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.imaging.outlines import eccentricity, form_factor, hull_figures, lobes, perimeter

Y, X = np.mgrid[0:160, 0:160] + 0.5


def disk(x: float, y: float, radius: float) -> np.ndarray:
    return np.hypot(X - x, Y - y) <= radius


def ellipse(a: float, b: float, turn: float) -> np.ndarray:
    u = (X - 80) * np.cos(turn) + (Y - 80) * np.sin(turn)
    v = (Y - 80) * np.cos(turn) - (X - 80) * np.sin(turn)
    return (u / a) ** 2 + (v / b) ** 2 <= 1


@settings(max_examples=40, deadline=None)
@given(st.floats(15, 60))
def test_a_disk_is_round(radius: float) -> None:
    mask = disk(80, 80, radius)
    assert perimeter(mask) == pytest.approx(2 * np.pi * radius, rel=0.03)
    assert form_factor(mask) > 0.94
    assert eccentricity(mask) < 0.15
    solidity, indentation = hull_figures(mask)
    assert solidity > 0.965  # a few pixels on the smallest
    assert indentation < 0.03
    assert lobes(mask, 0.12) == 1


@settings(max_examples=40, deadline=None)
@given(st.floats(0, np.pi), st.floats(0.4, 0.9))
def test_an_ellipse_has_its_own_eccentricity_however_it_lies(turn: float, ratio: float) -> None:
    mask = ellipse(60, 60 * ratio, turn)
    assert eccentricity(mask) == pytest.approx(np.sqrt(1 - ratio**2), abs=0.03)
    assert lobes(mask, 0.12) == 1


def test_a_bay_is_as_deep_as_it_is() -> None:
    mask = disk(80, 80, 50) & ~((np.abs(X - 80) < 6) & (Y < 70))
    _, indentation = hull_figures(mask)
    assert indentation == pytest.approx(40 / 100, abs=0.06)


@pytest.mark.parametrize(
    ("places", "neck", "expected"),
    [
        ([(40, 80), (110, 80)], 3, 2),
        ([(30, 80), (80, 80), (130, 80)], 3, 3),
        ([(40, 80), (110, 80)], 18, 1),
        ([(60, 80), (90, 80)], 0, 1),
    ],
)
def test_lobes_are_parts_that_are_joined_by_necks(
    places: list[tuple[float, float]], neck: float, expected: int
) -> None:
    mask = np.zeros((160, 160), bool)
    for x, y in places:
        mask |= disk(x, y, 22)
    mask |= (np.abs(Y - 80) <= neck) & (places[0][0] < X) & (places[-1][0] > X)
    assert lobes(mask, 0.12) == expected


def test_parts_that_lie_apart_are_lobes_and_specks_are_none() -> None:
    mask = disk(40, 60, 20) | disk(110, 60, 20) | disk(80, 130, 3)
    assert lobes(mask, 0.12) == 2


def test_nothing_and_a_pixel_have_figures_too() -> None:
    empty = np.zeros((9, 9), bool)
    one = empty.copy()
    one[4, 4] = True
    for mask in (empty, one):
        assert hull_figures(mask) == (1.0, 0.0)
        assert eccentricity(mask) == 0.0
        assert 0 <= form_factor(mask) <= 1
        assert lobes(mask, 0.12) == 1
