"""Slides and their fields: names, places, and which cells are counted where."""

from __future__ import annotations

import numpy as np

from leukoscope.domain.cells import Box, Cell
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.overview import TakenField, areas
from leukoscope.domain.slides import (
    SlideInfo,
    SlideLevel,
    counted_cells,
    counted_on,
    field_origin,
    slide_of,
)

INFO = SlideInfo(
    "a.svs", "/slides/a.svs", tuple(SlideLevel(40_000 >> k, 20_000 >> k, 2.0**k) for k in (0, 2, 4)), 0.25,
    fingerprint="0f" * 16,
)  # fmt: skip


def cell(x: int, y: int, side: int = 40) -> Cell:
    return Cell(Box(x, y, side, side), np.ones((side, side), bool), "")


def test_the_level_read_has_at_least_the_detail_that_is_asked_for() -> None:
    assert [INFO.level_for(one) for one in (0.5, 1.0, 3.9, 4.0, 10.0, 16.0, 100.0)] == [0, 0, 0, 1, 1, 2, 2]


def test_a_region_is_cut_to_the_slide() -> None:
    assert INFO.clipped(Box(-10, 19_990, 100, 100)) == Box(0, 19_990, 90, 10)
    assert INFO.clipped(Box(40_000, 0, 10, 10)) is None


def test_a_field_names_its_slide_and_its_place_on_it() -> None:
    origin = field_origin(INFO, Box(400, 800, 2000, 1600), 0.25, [(10.0, 20.0)])
    assert origin.name == "a.svs#xywh=400,800,2000,1600"
    assert slide_of(origin) == "/slides/a.svs"
    assert origin.stage is not None
    assert (origin.stage.x_um, origin.stage.y_um) == (350.0, 400.0)
    assert slide_of(FrameOrigin(OriginKind.FILE, "b.png", "/slides/b#xywh=1.png")) == ""


def test_what_a_case_counts_of_a_slide_is_known_after_the_slide_was_moved() -> None:
    taken = field_origin(INFO, Box(400, 800, 2000, 1600), 0.25, [(10.0, 20.0), (5.0, 5.0)])
    moved = SlideInfo("b.svs", "/other/b.svs", INFO.levels, 0.25, fingerprint=INFO.fingerprint)
    other = SlideInfo("a.svs", "/slides/a.svs", INFO.levels, 0.25, fingerprint="aa" * 16)
    origins = [taken, FrameOrigin(OriginKind.FILE, "x.png", "/x.png", counted=((1.0, 1.0),))]
    assert counted_on(moved, origins) == ((410.0, 820.0), (405.0, 805.0))
    assert counted_on(other, origins) == ()


def test_only_the_cells_at_the_counted_places_are_counted_each_once() -> None:
    cells = [cell(0, 0), cell(100, 0), cell(110, 10), cell(300, 300)]
    assert counted_cells(cells, None) == tuple(cells)
    assert counted_cells(cells, ()) == ()
    assert counted_cells(cells, [(121.0, 21.0)]) == (cells[1],)
    assert counted_cells(cells, [(128.0, 29.0), (20.5, 19.0), (21.0, 20.0)]) == (cells[0], cells[2])
    assert counted_cells(cells, [(250.0, 250.0)]) == ()


def test_fields_of_one_slide_share_a_map_and_those_of_two_in_one_folder_do_not() -> None:
    other = SlideInfo("b.svs", "/slides/b.svs", INFO.levels, 0.25, fingerprint="bb" * 16)
    taken = [
        TakenField(field_origin(slide, Box(x, 0, 2000, 1600), 0.25, ()), (500.0, 400.0))
        for slide, x in ((INFO, 0), (other, 0), (INFO, 1800))
    ]
    found = areas(taken)
    assert [(area.name, [one.number for one in area.fields]) for area in found] == [("a.svs", [0, 2]), ("b.svs", [1])]
