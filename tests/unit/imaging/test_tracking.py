"""How far a live picture moved, and which cell is which."""

from __future__ import annotations

import numpy as np
import pytest

from leukoscope.domain.cells import Box, View
from leukoscope.imaging.localize import localize
from leukoscope.imaging.tracking import FORGET_AFTER, CellTracker, shift_between, small_gray
from leukoscope.sources.demo import demo_field
from tests.unit.imaging.conftest import frame_of


@pytest.fixture(scope="module")
def world() -> np.ndarray:
    return demo_field(3, width=2000, height=1600).pixels


@pytest.mark.parametrize("moved", [(0, 0), (40, 0), (-120, 60), (33, -97)])
def test_the_shift_of_the_stage_is_measured(world: np.ndarray, moved: tuple[int, int]) -> None:
    x, y = moved
    before, after = world[300:1324, 300:1580], world[300 - y : 1324 - y, 300 - x : 1580 - x]
    noisy = np.clip(after + np.random.default_rng(1).normal(0, 3, after.shape), 0, 255).astype(np.uint8)
    assert shift_between(small_gray(before), small_gray(noisy), 1280) == pytest.approx(moved, abs=3)


def test_other_places_have_no_shift(world: np.ndarray) -> None:
    here, there = world[:600, :800], demo_field(9, width=800, height=600).pixels
    assert shift_between(small_gray(here), small_gray(there), 800) is None
    assert shift_between(small_gray(here), small_gray(here[:300]), 800) is None


def test_cells_keep_their_numbers_while_the_stage_moves(world: np.ndarray) -> None:
    tracker = CellTracker()
    places: dict[int, tuple[float, float]] = {}
    last = None
    for step in range(6):
        x, y = 60 * step, 25 * step
        picture = world[y : y + 1024, x : x + 1280]
        cells = localize(frame_of(np.ascontiguousarray(picture), 0.1), View.FIELD)
        small = small_gray(picture)
        numbers = tracker.track(
            [cell.box for cell in cells], None if last is None else shift_between(last, small, 1280)
        )
        last = small
        assert len(set(numbers)) == len(numbers)
        for number, cell in zip(numbers, cells, strict=True):
            place = cell.box.center[0] + x, cell.box.center[1] + y
            if number in places:
                assert place == pytest.approx(places[number], abs=45), "the same cell of the smear"
            places[number] = place
    assert len(places) < 30, "followed, not counted anew"


def test_a_cell_that_is_missed_for_a_moment_is_known_again() -> None:
    tracker = CellTracker()
    box = Box(100, 100, 60, 60)
    (number,) = tracker.track([box], None)
    tracker.track([], (10.0, 0.0))
    assert tracker.track([Box(120, 100, 60, 60)], (10.0, 0.0)) == (number,)
    for _ in range(FORGET_AFTER):
        tracker.track([], (0.0, 0.0))
    assert tracker.known == frozenset()
    assert tracker.track([Box(120, 100, 60, 60)], (0.0, 0.0)) != (number,)


def test_another_place_has_new_cells_only() -> None:
    tracker = CellTracker()
    first = tracker.track([Box(0, 0, 50, 50), Box(200, 0, 50, 50)], None)
    assert set(tracker.track([Box(0, 0, 50, 50)], None)).isdisjoint(first)
