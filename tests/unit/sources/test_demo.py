"""The demo smear: the same every time, quick, and of the size and scale it says."""

from __future__ import annotations

import time

import numpy as np
import pytest

from leukoscope.domain.frames import OriginKind
from leukoscope.sources import demo
from leukoscope.sources.demo import demo_cells
from tests.drawn_once import draw_cell, draw_field


@pytest.fixture(autouse=True)
def _really_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_demo_cell", draw_cell)


def test_a_seed_gives_the_same_field_and_another_seed_another() -> None:
    first, again, other = draw_field(3, 400, 300), draw_field(3, 400, 300), draw_field(4, 400, 300)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert first.sha256 == again.sha256 != other.sha256
    assert first.origin.kind is OriginKind.DEMO
    assert (first.width, first.height, first.um_per_px) == (400, 300, 0.1)


def test_a_full_field_takes_about_a_second() -> None:
    start = time.process_time()
    field = draw_field()
    assert time.process_time() - start < 3.0, "1.0 s on a quiet machine"
    assert (field.width, field.height) == (1280, 1024)


def test_cells_lie_on_black_and_do_not_depend_on_how_many_are_drawn() -> None:
    few, many = demo_cells(2, seed=5), demo_cells(4, seed=5)
    for a, b in zip(few, many, strict=False):
        np.testing.assert_array_equal(a.pixels, b.pixels)
    for cell in many:
        assert cell.pixels.shape == (450, 450, 3)
        on = cell.pixels.any(axis=2)
        assert not on[:40].any() and not on[:, :40].any()
        assert 0.05 < on.mean() < 0.35
        red, green, blue = cell.pixels[on].mean(axis=0)
        assert green < red < blue, "violet"


def test_small_fields_are_drawn_too() -> None:
    for width, height in [(64, 48), (1, 1), (200, 900)]:
        assert draw_field(1, width, height).pixels.shape == (height, width, 3)
