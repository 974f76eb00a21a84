"""Autofocus finds the sharpest plane in few looks, never leaves its range, and says when there is none."""

from __future__ import annotations

import math

import pytest

from leukoscope.imaging.autofocus import sharpest_plane


@pytest.mark.parametrize("peak", [-6.3, -0.4, 0.0, 2.7, 7.1])
def test_the_sharpest_plane_is_found(peak: float) -> None:
    looked: list[float] = []

    def sharpness_at(z: float) -> float:
        looked.append(z)
        return 1 + 9 * math.exp(-(((z - 100 - peak) / 3) ** 2))

    found = sharpest_plane(sharpness_at, 100.0, 8.0)
    assert found.is_found and abs(found.z_um - 100 - peak) <= 0.25
    assert found.looks == len(looked) == len(set(looked)) <= 18
    assert min(looked) >= 92 and max(looked) <= 108


def test_empty_glass_and_a_focus_that_is_farther_away_leave_it_where_it_was() -> None:
    flat = sharpest_plane(lambda z: 10 + 0.01 * math.sin(z), 5.0, 8.0)
    assert (flat.z_um, flat.is_found) == (5.0, False)
    beyond = sharpest_plane(lambda z: z, 5.0, 8.0)
    assert (beyond.z_um, beyond.is_found) == (5.0, False)
