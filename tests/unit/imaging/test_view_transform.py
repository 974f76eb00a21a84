"""Turning, mirroring and white of live pictures."""

from __future__ import annotations

import numpy as np
import pytest

from leukoscope.imaging.view_transform import ViewTransform, neutral_gains
from leukoscope.sources.demo import demo_field

CORNERS = np.arange(6, dtype=np.uint8).reshape(2, 3)[:, :, None].repeat(3, axis=2)


def test_turns_and_mirror_act_on_what_is_seen() -> None:
    look = ViewTransform()
    seen = look.apply(CORNERS)
    assert seen is CORNERS
    for act, expected in (
        ("turned", np.rot90(CORNERS, -1)),
        ("flipped", np.rot90(CORNERS, -1)[:, ::-1]),
        ("turned", np.rot90(np.rot90(CORNERS, -1)[:, ::-1], -1)),
    ):
        look = getattr(look, act)()
        np.testing.assert_array_equal(look.apply(CORNERS), expected)
    assert ViewTransform().turned().turned().turned().turned().plain
    assert ViewTransform().flipped().flipped().plain


def test_white_is_set_on_the_empty_glass() -> None:
    field = demo_field().pixels
    tinted = np.rint(field * np.array([1.0, 0.8, 0.6])).astype(np.uint8)
    gains = neutral_gains(tinted)
    assert gains == pytest.approx((1.0, 1.25, 1.67), rel=0.05)
    glass = np.median(ViewTransform(gains=gains).apply(tinted).reshape(-1, 3), axis=0)
    assert np.ptp(glass) < 6
    assert neutral_gains(np.zeros((40, 40, 3), np.uint8)) == (1.0, 1.0, 1.0)
