"""Cells of a region in fields: the same as in one piece, each once, in the memory of one field."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from leukoscope.domain.cells import Box
from leukoscope.domain.errors import CancelledError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.progress import CancelToken
from leukoscope.imaging import slide_cells
from leukoscope.imaging.leukocytes import find_leukocytes
from leukoscope.imaging.slide_cells import FIELD_HEIGHT, FIELD_WIDTH, ReadRegion, find_in_fields, plan_fields
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field

UM_PER_PX = 0.1
WIDTH, HEIGHT = 3600, 3000
WHOLE = Box(0, 0, WIDTH, HEIGHT)
Center = tuple[float, float]


@pytest.fixture(scope="module")
def smear() -> Pixels:
    return demo_field(5, WIDTH, HEIGHT, leukocytes=90, kinds=HEALTHY_BLOOD).pixels


@pytest.fixture(scope="module")
def in_one_piece(smear: Pixels) -> list[Center]:
    found = [blob.box.center for blob in find_leukocytes(smear, UM_PER_PX)]
    assert len(found) > 60
    return found


def reader(pixels: Pixels) -> ReadRegion:
    return lambda box: pixels[box.y : box.y + box.height, box.x : box.x + box.width]


def matched(found: list[Center], wanted: list[Center]) -> bool:
    """Whether each is near one of the others, one to one."""
    near = [min(wanted, key=lambda one: math.dist(one, center)) for center in found]
    return (
        len(found) == len(wanted) == len(set(near))
        and max(math.dist(one, other) for one, other in zip(found, near, strict=True)) < 1.0 / UM_PER_PX
    )


@pytest.mark.parametrize("size", [(FIELD_WIDTH, FIELD_HEIGHT), (1300, 1000), (900, 900)])
def test_the_cells_are_those_of_one_piece(
    size: tuple[int, int], smear: Pixels, in_one_piece: list[Center], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small the fields are, and so however many cells lie at the edge of two."""
    monkeypatch.setattr(slide_cells, "FIELD_WIDTH", size[0])
    monkeypatch.setattr(slide_cells, "FIELD_HEIGHT", size[1])
    fields = plan_fields(WHOLE, WHOLE, UM_PER_PX)
    found = [center for one in find_in_fields(reader(smear), fields, UM_PER_PX) for center in one.on_slide]
    assert matched(found, in_one_piece)


@pytest.mark.parametrize("um_per_px", [0.25, 0.5])
def test_cells_as_scanners_of_20x_and_40x_see_them_are_found_in_dense_fields_too(um_per_px: float) -> None:
    """A field of 2048 pixels would be so wide there that no glass is seen when it is looked at small."""
    dense = demo_field(5, 4800, 4000, leukocytes=160, kinds=HEALTHY_BLOOD).pixels
    size = round(480 / um_per_px), round(400 / um_per_px)
    pixels = np.asarray(cv2.resize(dense, size, interpolation=cv2.INTER_AREA), np.uint8)
    whole = Box(0, 0, *size)
    fields = plan_fields(whole, whole, um_per_px)
    assert all(field.box.width * um_per_px <= 321 for field in fields)
    found = [center for one in find_in_fields(reader(pixels), fields, um_per_px) for center in one.on_slide]
    assert 150 <= len(found) <= 162


def test_a_region_has_the_cells_whose_centers_lie_in_it(smear: Pixels, in_one_piece: list[Center]) -> None:
    region = Box(700, 500, 2200, 1900)
    wanted = [
        (x, y) for x, y in in_one_piece if 700 + 5 <= x < 2900 - 5 and 500 + 5 <= y < 2400 - 5
    ]  # those at its very edge may be on either side
    fields = plan_fields(region, WHOLE, UM_PER_PX)
    found = [center for one in find_in_fields(reader(smear), fields, UM_PER_PX) for center in one.on_slide]
    inside = [(x, y) for x, y in found if 700 + 5 <= x < 2900 - 5 and 500 + 5 <= y < 2400 - 5]
    assert matched(inside, wanted)
    assert all(700 <= x < 2900 and 500 <= y < 2400 for x, y in found)


@pytest.mark.parametrize("region", [WHOLE, Box(10, 20, 100, 100), Box(0, 0, 1648, 1240), Box(17, 3, 3001, 2503)])
@pytest.mark.parametrize("um_per_px", [0.05, 0.1, 0.25])
def test_cores_are_the_region_and_no_field_is_larger_than_a_cameras(region: Box, um_per_px: float) -> None:
    fields = plan_fields(region, WHOLE, um_per_px)
    seen = np.zeros((HEIGHT, WIDTH), np.uint8)
    for field in fields:
        core, box = field.core, field.box
        seen[core.y : core.y + core.height, core.x : core.x + core.width] += 1
        assert box.width <= FIELD_WIDTH + 1
        assert box.height <= max(FIELD_HEIGHT, FIELD_HEIGHT // 3 + 2 * round(20 / um_per_px)) + 1
        assert box.x <= core.x
        assert box.x + box.width >= core.x + core.width
        assert box.x >= 0
        assert box.x + box.width <= WIDTH
    inside = seen[region.y : region.y + region.height, region.x : region.x + region.width]
    assert (inside == 1).all()
    assert int(seen.sum()) == region.width * region.height


def test_it_stops_when_told(smear: Pixels) -> None:
    cancel = CancelToken()
    fields = plan_fields(WHOLE, WHOLE, UM_PER_PX)
    running = find_in_fields(reader(smear), fields, UM_PER_PX, cancel=cancel)
    next(running)
    cancel.cancel()
    with pytest.raises(CancelledError):
        next(running)
