from __future__ import annotations

import numpy as np
import pytest

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.imaging.surroundings import BEYOND, surroundings


@pytest.mark.parametrize(("um_per_px", "side"), [(0.1, 180), (0.5, 72), (None, 102)])
def test_a_square_around_the_cell_keeps_the_images_own_pixels(um_per_px: float | None, side: int) -> None:
    pixels = np.random.default_rng(1).integers(100, 255, (200, 300, 3), np.uint8)
    frame = Frame(pixels, FrameOrigin(OriginKind.FILE, "a.png"), "00" * 32, um_per_px)
    inside = surroundings(frame, Box(120, 70, 60, 60))
    assert inside.shape == (side, side, 3)
    at = 100 - side // 2, 150 - side // 2
    assert np.array_equal(inside, pixels[at[0] : at[0] + side, at[1] : at[1] + side])
    corner = surroundings(frame, Box(0, 0, 60, 60))
    assert corner.shape == (side, side, 3)
    assert tuple(corner[0, 0]) == BEYOND and np.array_equal(corner[-1, -1], pixels[29 + side // 2, 29 + side // 2])
