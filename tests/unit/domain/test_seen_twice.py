"""Cells that two images show are one; neighbors, and two cells of one image, never are."""

from __future__ import annotations

from leukoscope.domain.cells import Box, CellFlag
from leukoscope.domain.seen_twice import SeenCell, seen_twice

SIZE = 400, 300
CORNERS = {1: (0.0, 0.0), 2: (320.0, 5.0), 3: (320.0, 250.0)}


def cell(number: int, image: int, x: int, y: int, side: int = 40, **more: object) -> SeenCell:
    return SeenCell(number, image, Box(x, y, side, side), **more)  # type: ignore[arg-type]


def test_the_same_cell_is_found_and_its_neighbor_is_not() -> None:
    cells = [cell(1, 1, 330, 100), cell(2, 2, 12, 96), cell(3, 2, 55, 96), cell(4, 1, 10, 10)]
    (found,) = seen_twice(cells, CORNERS, SIZE)
    assert {found.stays.id, *(one.id for one in found.others)} == {1, 2}


def test_a_cell_that_an_edge_cuts_is_the_whole_one_s() -> None:
    cut = SeenCell(1, 1, Box(380, 100, 20, 44), frozenset({CellFlag.AT_BORDER}))
    (found,) = seen_twice([cut, cell(2, 2, 60, 95, 46)], CORNERS, SIZE)
    assert (found.stays.id, [one.id for one in found.others]) == (2, [1])


def test_what_a_person_decided_stays_then_what_lies_farthest_inside() -> None:
    near, far = cell(1, 1, 355, 100), cell(2, 2, 35, 95)
    (found,) = seen_twice([near, far], CORNERS, SIZE)
    assert found.stays.id == 2
    (found,) = seen_twice([cell(1, 1, 355, 100, is_decided=True), far], CORNERS, SIZE)
    assert found.stays.id == 1


def test_a_cell_in_the_corner_of_three_images_is_one() -> None:
    cells = [cell(1, 1, 330, 255), cell(2, 2, 10, 250), cell(3, 3, 10, 5)]
    (found,) = seen_twice(cells, CORNERS, SIZE)
    assert len(found.others) == 2


def test_two_cells_of_one_image_are_two_whatever_another_shows() -> None:
    cells = [cell(1, 1, 330, 100), cell(2, 1, 345, 100), cell(3, 2, 14, 95)]
    (found,) = seen_twice(cells, CORNERS, SIZE)
    assert len(found.others) == 1
    assert seen_twice(cells, {1: (0.0, 0.0)}, SIZE) == (), "an image without a place is left alone"
