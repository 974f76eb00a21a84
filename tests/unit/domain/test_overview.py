"""Which images share a map, and how large each is on it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.overview import UNKNOWN_SIDE_UM, TakenField, areas, neighbor, overlap
from leukoscope.domain.stage import StagePosition, stage_position


def taken(x: float, y: float, size: tuple[float, float] | None = (128.0, 102.4), **more: object) -> TakenField:
    origin = {"kind": OriginKind.FILE, "name": "a.tif", "path": "/one/a.tif", "stage": StagePosition(x, y), **more}
    return TakenField(FrameOrigin(**origin), size)  # type: ignore[arg-type]


@pytest.mark.parametrize(("x", "y"), [(float("nan"), 0.0), (0.0, float("inf")), (2e6, 0.0), (0.0, -1.5e6)])
def test_what_cannot_be_a_place_is_none(x: float, y: float) -> None:
    assert stage_position(x, y) is None


def test_images_without_a_place_are_left_out_and_the_others_keep_their_numbers() -> None:
    nowhere = TakenField(FrameOrigin(OriginKind.FILE, "b.tif"), (1.0, 1.0))
    (area,) = areas([nowhere, taken(10, 20), TakenField(None, None), taken(200, 20)])
    assert [one.number for one in area.fields] == [1, 3]
    assert area.bounds == pytest.approx((10 - 64, 20 - 51.2, 200 + 64, 20 + 51.2))
    assert areas([nowhere]) == ()


def test_what_counts_from_other_points_is_not_mixed() -> None:
    camera, day = Microscope("Basler"), datetime(2026, 11, 28, 9, tzinfo=UTC)
    made = [
        taken(0, 0),
        taken(0, 0, path="/two/a.tif"),
        taken(0, 0, kind=OriginKind.CAMERA, path=None, microscope=camera, taken_at=day),
        taken(9, 0, kind=OriginKind.CAMERA, path=None, microscope=camera, taken_at=day.replace(hour=15)),
        taken(0, 0, kind=OriginKind.CAMERA, path=None, microscope=camera, taken_at=day.replace(day=29)),
        taken(0, 0, kind=OriginKind.CAMERA, path=None, microscope=Microscope("Olympus"), taken_at=day),
        taken(5, 5),
    ]
    found = areas(made)
    assert [[one.number for one in area.fields] for area in found] == [[0, 6], [1], [2, 3], [4], [5]]
    assert [area.name for area in found] == [
        "one",
        "two",
        "Basler 2026-11-28",
        "Basler 2026-11-29",
        "Olympus 2026-11-28",
    ]


def test_who_does_not_know_its_size_has_that_of_its_neighbors() -> None:
    (area,) = areas([taken(0, 0), taken(200, 0, (64.0, 51.2)), taken(400, 0, (64.0, 51.2)), taken(600, 0, None)])
    last = area.fields[-1]
    assert (last.width_um, last.height_um, last.is_sized) == (64.0, 51.2, False)
    assert all(one.is_sized for one in area.fields[:-1])
    (unsized,) = areas([taken(0, 0, None), taken(300, 0, None), taken(0, 90, None)])
    assert {one.width_um for one in unsized.fields} == {45.0}
    (alone,) = areas([taken(0, 0, None)])
    assert alone.fields[0].width_um == UNKNOWN_SIDE_UM


def test_a_cell_lies_where_its_box_lies_in_its_image() -> None:
    (area,) = areas([taken(1000, 500)])
    middle = area.fields[0].place_of(Box(630, 502, 20, 20), 1280, 1024)
    assert (middle.x_um, middle.y_um) == pytest.approx((1000, 500))
    corner = area.fields[0].place_of(Box(0, 0, 0, 0), 1280, 1024)
    assert (corner.x_um, corner.y_um) == pytest.approx((1000 - 64, 500 - 51.2))


def test_arrows_go_to_the_nearest_straight_ahead() -> None:
    (area,) = areas([taken(0, 0), taken(140, 6), taken(280, 0), taken(140, 112), taken(0, 224)])
    first, second, third, below, last = area.fields
    assert neighbor(area.fields, first, 1, 0) is second
    assert neighbor(area.fields, second, 1, 0) is third
    assert neighbor(area.fields, second, 0, 1) is below
    assert neighbor(area.fields, last, 0, -1) is first
    assert neighbor(area.fields, third, 1, 0) is None


def test_fields_of_a_scan_that_overlap_are_told_from_those_that_do_not() -> None:
    assert overlap([taken(0, 0), taken(102.4, 0)])
    assert overlap([taken(0, 0), taken(500, 500), taken(500, 580)])
    assert not overlap([taken(0, 0), taken(128, 0), taken(128, 101)]), "less than a twenty-fifth of a field"
    assert not overlap([taken(0, 0, None), taken(10, 0, None)]), "how large they are nobody knows"
    assert not overlap([taken(0, 0), taken(10, 0, path="/two/a.tif")]), "their places cannot be compared"
    slide = [taken(x, 0, path=f"/one/a.svs#xywh={x},0,1280,1024") for x in (0, 100)]
    assert not overlap(slide), "fields of a slide count each cell once"
