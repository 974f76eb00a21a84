"""How images are shown where the display is changed."""

from __future__ import annotations

import numpy as np
import pytest

from leukoscope.domain.display import DisplayChange
from leukoscope.imaging.display import as_shown, white_at

RAMP = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)


def test_an_unchanged_display_shows_the_very_pixels() -> None:
    assert as_shown(RAMP, DisplayChange()) is RAMP
    np.testing.assert_array_equal(DisplayChange().table()[:, 0], np.arange(256))


@pytest.mark.parametrize(
    ("change", "darker", "middle", "brighter"),
    [
        (DisplayChange(brightness=20), 90, 154, 218),
        (DisplayChange(contrast=100), 0, 130, 255),
        (DisplayChange(contrast=-100), 112, 128, 144),
        (DisplayChange(gamma=2.0), 128, 181, 221),
    ],
    ids=["brighter", "more contrast", "less contrast", "gamma"],
)
def test_each_change_moves_the_levels_as_it_says(
    change: DisplayChange, darker: int, middle: int, brighter: int
) -> None:
    shown = as_shown(RAMP, change)
    assert [int(shown[0, level, 0]) for level in (64, 128, 192)] == pytest.approx([darker, middle, brighter], abs=1)
    assert (np.diff(shown[0, :, 1].astype(int)) >= 0).all(), "what was brighter stays at least as bright"
    assert RAMP[0, 64, 0] == 64, "the pixels themselves stay"


def test_the_chosen_place_becomes_neutral_and_nothing_darker() -> None:
    tinted = np.full((40, 60, 3), (240, 220, 180), np.uint8)
    tinted[20:, :] = 10
    tinted[5, 5] = (255, 0, 0)
    gains = white_at(tinted, 5, 5)
    assert gains == pytest.approx((1.0, 240 / 220, 240 / 180))
    assert gains is not None
    shown = as_shown(tinted, DisplayChange(white=gains))
    assert np.ptp(shown[10, 30].astype(int)) <= 1
    assert white_at(tinted, 35, 30) is None, "that is no empty glass"
    assert white_at(tinted, 5, 60) is None, "that is beside the image"
