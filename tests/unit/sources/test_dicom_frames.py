"""Frames of a DICOM file are looked at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from leukoscope.sources import dicom_image
from leukoscope.sources.decoding import decode_page
from leukoscope.sources.demo import demo_field
from leukoscope.sources.dicom_frames import samples_of
from leukoscope.sources.page_count import count_pages
from tests.unit.sources.dicom_files import SECONDARY_FRAMES, dicom


def test_no_frame_is_decoded_more_often_than_it_must(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Counting decoded neighbors twice; showing one of several depths decoded each twice, and one once more."""
    decoded: list[int] = []

    def counted(*given: Any) -> Any:
        decoded.append(given[2])
        return samples_of(*given)

    monkeypatch.setattr(dicom_image, "samples_of", counted)
    fields = [demo_field(seed).pixels[:180, :240] for seed in range(1, 7)]
    depths = [cv2.GaussianBlur(fields[0], (0, 0), sigma) for sigma in (3.0, 2.0, 0.5, 1.0, 2.5, 3.5)]
    for shown, count, page in ((fields, 6, 2), (depths, 1, 7)):
        path = tmp_path / "a.dcm"
        path.write_bytes(dicom(np.stack(shown).tobytes(), (180, 240, 3), kind=SECONDARY_FRAMES, NumberOfFrames=6))
        decoded.clear()
        assert len(count_pages(path)[0]) == count
        assert sorted(decoded) == list(range(6))
        decoded.clear()
        decode_page(path.read_bytes(), "a", 0)
        assert len(decoded) == page
