"""Cells in the margin that two fields of a slide share are counted in one of them, and told of in the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cells import Box, Cell, View
from leukoscope.domain.findings import Finding, Label, Thresholds
from leukoscope.domain.slide_margins import counted_beside, counting_field
from leukoscope.domain.slides import SlideInfo, SlideLevel, field_origin

SLIDE = SlideInfo("a.svs", "/slides/a.svs", (SlideLevel(4000, 3000, 1.0),), 0.1, fingerprint="ab12")
OTHER = SlideInfo("b.svs", "/slides/b.svs", (SlideLevel(4000, 3000, 1.0),), 0.1, fingerprint="cd34")


def found(box: Box) -> Finding:
    mask = np.ones((box.height, box.width), np.bool_)
    return Finding(Cell(box, mask, "f"), (), Label.UNSURE, None, Thresholds(0.4, 0.6))


def field(
    number: int, box: Box, cells: Sequence[Box], slide: SlideInfo = SLIDE, counted: Sequence[tuple[float, float]] = ()
) -> CaseFrame:
    """A field; boxes of its cells in pixels of its image."""
    origin = field_origin(slide, box, 0.1, counted)
    kept = tuple(CaseCell(10 * number + k, number, found(one)) for k, one in enumerate(cells))
    return CaseFrame(number, origin.name, f"{number}", box.width, box.height, 0.1, View.FIELD, None, None, kept, origin)


LEFT, RIGHT = Box(0, 0, 1000, 800), Box(800, 0, 1000, 800)
"""They share 200 pixels."""


def test_cells_that_the_field_beside_counts_are_told() -> None:
    left = field(1, LEFT, [Box(100, 100, 120, 120), Box(850, 100, 120, 120)])
    right = field(2, RIGHT, [Box(20, 400, 120, 120), Box(500, 500, 120, 120)])
    # The left one shows one cell of the right one (x 820 to 940); the right one shows one of the left (x 50 to 170).
    assert counted_beside(left, (left, right)) == 1
    assert counted_beside(right, (left, right)) == 1
    assert counted_beside(left, (left,)) == 0


def test_a_cell_that_is_cut_in_the_margin_counts_and_one_that_only_reaches_in_does_not() -> None:
    left = field(1, LEFT, [])
    cut = field(2, RIGHT, [Box(140, 300, 120, 120)])  # half of it is seen in the left one
    rim = field(3, RIGHT, [Box(190, 300, 120, 120)])  # a twelfth of it
    assert counted_beside(left, (left, cut)) == 1
    assert counted_beside(left, (left, rim)) == 0


def test_nothing_is_counted_falsely() -> None:
    left = field(1, LEFT, [Box(822, 402, 118, 120)])
    same = field(2, RIGHT, [Box(20, 400, 120, 120)])
    assert counted_beside(left, (left, same)) == 0, "it has a box here"
    elsewhere = field(3, Box(3000, 0, 1000, 800), [Box(20, 400, 120, 120)])
    assert counted_beside(left, (left, elsewhere)) == 0
    assert counted_beside(left, (left, field(4, RIGHT, [Box(20, 400, 120, 120)], OTHER))) == 0
    plain = CaseFrame(5, "a.png", "5", 1000, 800, 0.1, View.FIELD, None, None, same.cells, None)
    assert counted_beside(plain, (left, plain, same)) == 0
    assert counted_beside(left, (left, plain)) == 0


def test_what_waits_to_be_judged_is_known_by_its_places() -> None:
    left = field(1, LEFT, [])
    waiting = field(0, RIGHT, [], counted=[(80.0, 460.0), (600.0, 600.0)])
    assert counted_beside(left, (left, waiting)) == 1
    assert counting_field(Box(820, 400, 120, 120), left, (left, waiting)) is waiting
    assert counting_field(Box(820, 100, 120, 120), left, (left, waiting)) is None


@pytest.mark.parametrize("off", [0, 20, 45])
def test_a_box_around_a_cell_of_the_field_beside_is_known(off: int) -> None:
    left, right = field(1, LEFT, []), field(2, RIGHT, [Box(20, 400, 120, 120)])
    assert counting_field(Box(820 + off, 400, 120, 120), left, (left, right)) is right
    assert counting_field(Box(820 + 130, 400, 120, 120), left, (left, right)) is None
