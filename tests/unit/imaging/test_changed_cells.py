"""A cell parted by a line, two cells joined, and one whose box a person has put."""

from __future__ import annotations

import numpy as np
import pytest

from leukoscope.domain.cells import Box, Cell, CellFlag
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.imaging.changed_cells import cell_in, joined, parted


@pytest.fixture(scope="module")
def frame() -> Frame:
    """Light glass with two dark discs that touch."""
    pixels = np.full((120, 160, 3), 225, np.uint8)
    y, x = np.mgrid[:120, :160]
    for center in (60, 98):
        pixels[(x - center) ** 2 + (y - 60) ** 2 < 20**2] = (90, 50, 130)
    return Frame(pixels, FrameOrigin(OriginKind.CLIPBOARD, "pasted"), "0" * 64, 0.25)


@pytest.fixture(scope="module")
def clump(frame: Frame) -> Cell:
    return Cell(Box(40, 40, 79, 40), frame.pixels[40:80, 40:119, 1] < 200, frame.sha256)


def test_a_line_parts_a_cell_and_joining_gives_it_back(frame: Frame, clump: Cell) -> None:
    left, right = parted(frame, clump, ((79, 100), (79, 20)))
    assert left.box.x + left.box.width <= 79 <= right.box.x
    assert left.mask.sum() + right.mask.sum() == clump.mask.sum()
    assert left.flags == {CellFlag.ADDED_BY_HAND}
    whole = joined(frame, (right, left))
    assert np.count_nonzero(whole.mask) == np.count_nonzero(clump.mask)
    assert (whole.box.x, whole.box.x + whole.box.width) == (left.box.x, right.box.x + right.box.width)


def test_a_line_beside_the_cell_parts_nothing(frame: Frame, clump: Cell) -> None:
    with pytest.raises(ImageError, match="between the two cells"):
        parted(frame, clump, ((42, 0), (42, 9)))


def test_the_box_stays_as_it_was_put_and_only_the_cell_in_it_is_masked(frame: Frame) -> None:
    cell = cell_in(frame, Box(30, 30, 48, 62))
    assert cell.box == Box(30, 30, 48, 62) and cell.mask.shape == (62, 48)
    assert cell.mask.any() and not cell.mask[:5].any()
