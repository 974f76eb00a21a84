"""Codes on a label: read in any direction, and nothing where none is."""

from __future__ import annotations

import numpy as np
import zxingcpp

from leukoscope.domain.frames import Pixels
from leukoscope.sources.label_codes import read_codes


def label_of(text: str, kind: zxingcpp.BarcodeFormat, scale: int = 4) -> Pixels:
    """A picture of a label with a code on it, as a camera gives it."""
    code = np.array(zxingcpp.create_barcode(text, kind).to_image(scale=scale, add_quiet_zones=True))
    gray = code if code.ndim == 2 else code[:, :, 0]
    paper = np.full((gray.shape[0] + 120, gray.shape[1] + 160), 235, np.uint8)
    paper[60:-60, 80:-80] = np.where(gray < 128, 40, 235)
    return np.repeat(paper[:, :, None], 3, axis=2)


def test_bars_and_two_dimensional_codes_are_read_in_any_direction() -> None:
    bars = label_of("2026-0417", zxingcpp.BarcodeFormat.Code128)
    for turns in range(4):
        assert read_codes(np.rot90(bars, turns)) == ("2026-0417",)
    assert read_codes(label_of("LAB/7", zxingcpp.BarcodeFormat.DataMatrix)) == ("LAB/7",)


def test_nothing_is_read_where_no_code_is() -> None:
    field = np.random.default_rng(1).integers(150, 255, (300, 400, 3), np.uint8)
    assert read_codes(field) == ()
