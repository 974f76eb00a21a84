"""A field without white cells says so, and why as far as the image shows it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from leukoscope.domain.cells import View
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.domain.quality import QualityVerdict
from leukoscope.imaging.no_cells import no_cells
from leukoscope.imaging.quality import measure_quality
from leukoscope.sources.demo import demo_field

FIELD = demo_field(seed=4, width=640, height=480, leukocytes=3)


def glass() -> Pixels:
    """Red cells and nothing else, sharp."""
    rng = np.random.default_rng(1)
    pixels = np.full((480, 640, 3), (235, 232, 230), np.uint8)
    for x, y in rng.integers((10, 10), (630, 470), (140, 2)):
        cv2.circle(pixels, (int(x), int(y)), 14, (214, 150, 148), -1)
        cv2.circle(pixels, (int(x), int(y)), 5, (226, 190, 188), -1)
    return np.clip(pixels.astype(np.int16) + rng.integers(-3, 4, pixels.shape), 0, 255).astype(np.uint8)


def seen(pixels: Pixels, um_per_px: float | None = 0.1) -> str:
    frame = replace(FIELD, pixels=np.ascontiguousarray(pixels), um_per_px=um_per_px)
    assert isinstance(frame, Frame)
    report = measure_quality(frame, View.FIELD, ())
    assert report.verdict >= QualityVerdict.WARN
    assert report.sentences[0] == report.no_cells
    return report.no_cells


def test_an_empty_place_is_named() -> None:
    assert "nothing in this image has the color of a stained nucleus" in seen(glass())


def test_a_bad_image_is_named_with_what_is_bad() -> None:
    for bad in (FIELD.pixels // 12, np.full_like(FIELD.pixels, 200), cv2.GaussianBlur(FIELD.pixels, (0, 0), 9)):
        sentence = seen(np.asarray(bad, np.uint8))
        assert sentence.startswith("No white cells found") and "see what is named with it" in sentence


def test_a_scale_at_which_cells_are_too_small_is_named() -> None:
    assert "too small. Use a stronger objective" in seen(FIELD.pixels, 0.9)


def test_an_unknown_scale_is_named() -> None:
    assert "the scale of this image is not known" in seen(FIELD.pixels, None)


def test_what_has_no_other_reason_can_be_drawn_by_hand() -> None:
    assert "draw them by hand" in no_cells(replace(FIELD, um_per_px=0.1), ()).sentence


@pytest.mark.parametrize("view", [View.FIELD, View.CELL])
def test_only_empty_fields_say_so(view: View) -> None:
    from leukoscope.imaging.localize import localize

    cells = localize(FIELD, View.FIELD)
    assert cells and measure_quality(FIELD, View.FIELD, cells).no_cells == ""
    assert measure_quality(FIELD, View.CELL, ()).no_cells == ""
