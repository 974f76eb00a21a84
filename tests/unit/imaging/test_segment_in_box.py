"""The cell inside a box that a person drew."""

from __future__ import annotations

import numpy as np
import pytest

from leukoscope.domain.cells import Box, CellFlag, View
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.imaging.localize import localize
from leukoscope.imaging.segment_in_box import cell_at
from leukoscope.sources.demo import demo_cells, demo_field


def plain(pixels: np.ndarray) -> Frame:
    return Frame(pixels.astype(np.uint8), FrameOrigin(OriginKind.DEMO, "drawn"), "0" * 64, 0.1)


@pytest.fixture(scope="module")
def field() -> Frame:
    return demo_field()


def test_a_loose_box_around_a_cell_gives_that_cell(field: Frame) -> None:
    for found in localize(field, View.FIELD):
        if CellFlag.AT_BORDER in found.flags:
            continue
        box = found.box
        drawn = Box(box.x - 9, box.y - 14, box.width + 24, box.height + 19)
        cell = cell_at(field, drawn)
        ours, theirs = np.zeros((2, field.height, field.width), bool)
        ours[cell.box.y : cell.box.y + cell.box.height, cell.box.x : cell.box.x + cell.box.width] = cell.mask
        theirs[box.y : box.y + box.height, box.x : box.x + box.width] = found.mask
        assert (ours & theirs).sum() / (ours | theirs).sum() > 0.9
        assert cell.flags == {CellFlag.ADDED_BY_HAND}
        assert cell.frame_sha256 == field.sha256


def test_a_dark_thing_that_is_no_leukocyte_is_followed_by_its_outline() -> None:
    pixels = np.full((300, 300, 3), 225)
    y, x = np.mgrid[:300, :300]
    pixels[(x - 150) ** 2 + (y - 140) ** 2 < 40**2] = (205, 160, 160)
    cell = cell_at(plain(pixels), Box(95, 85, 110, 110))
    assert abs(cell.mask.sum() / (np.pi * 40**2) - 1) < 0.15


def test_where_nothing_stands_out_the_person_has_the_last_word() -> None:
    cell = cell_at(plain(np.full((200, 200, 3), 225)), Box(-20, 50, 80, 60))
    assert (cell.box, cell.flags) == (Box(0, 50, 60, 60), {CellFlag.ADDED_BY_HAND, CellFlag.AT_BORDER})
    assert cell.mask.mean() == pytest.approx(np.pi / 4, abs=0.02)


@pytest.mark.parametrize("box", [Box(10, 10, 5, 90), Box(-200, 0, 100, 100), Box(5000, 5000, 90, 90)])
def test_a_slip_of_the_hand_is_said(field: Frame, box: Box) -> None:
    with pytest.raises(ImageError, match="too small"):
        cell_at(field, box)


def test_a_cell_that_is_cut_out_takes_no_other() -> None:
    with pytest.raises(ImageError, match="cut out"):
        cell_at(demo_cells(1)[0], Box(100, 100, 200, 200))
