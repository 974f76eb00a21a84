"""Files of microscope makers on the real window: a slide of Zeiss looked at and taken, a stack of Leica judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cells import Box
from leukoscope.domain.slide_margins import counted_beside
from leukoscope.sources import decoding
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
from tests.gui.conftest import OpenWindow
from tests.gui.test_slides import opened, rect, settled, waited
from tests.unit.sources.vendors import lif_files
from tests.unit.sources.vendors.czi_files import by_hand, described
from tests.unit.sources.vendors.lif_files import Image, lif
from tests.unit.sources.vendors.test_czi_slides import tiled


@pytest.fixture
def window(warm_engine: None, open_window: OpenWindow) -> Any:
    made = open_window()
    made.resize(1440, 800)
    return made


def test_a_slide_of_zeiss_is_looked_at_and_its_margins_are_told_of(
    window: Any, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 4_000_000)
    smear = demo_field(8, 3400, 2700, leukocytes=24, kinds=HEALTHY_BLOOD).pixels
    path = tmp_path / "smear.czi"
    path.write_bytes(by_hand(tiled(smear), described()))
    sheet = opened(window, path, qtbot)
    assert "smear.czi" in sheet.facts.text() and "3400 × 2700" in sheet.facts.text()
    image = settled(sheet, qtbot)
    middle = sheet.view.to_screen(rect(Box(1700, 1350, 1, 1))).center().toPoint()
    shown, ratio = image.pixelColor(middle * image.devicePixelRatio()), 3400 / sheet.view.width()
    part = smear[1350 - round(ratio) : 1350 + round(ratio), 1700 - round(ratio) : 1700 + round(ratio)]
    assert np.abs(np.array([shown.red(), shown.green(), shown.blue()]) - part.mean(axis=(0, 1))).max() < 40
    sheet.view.choose(Box(0, 0, 3400, 2700))
    sheet.take.click()
    waited(qtbot, sheet.isHidden)
    waited(qtbot, lambda: len(window.case.frames) >= 4 and not window.status.queue_text)
    said = []
    for frame in window.case.frames:
        window.review.show_image(frame.id)
        said.append(window.review.bar._margin.text())
        assert window.review.bar._margin.isVisibleTo(window), "nothing moves from one field to the next"
    beside = [counted_beside(frame, window.case.frames) for frame in window.case.frames]
    assert 0 < sum(beside) <= len(window.case.frames) * 4
    assert [words.split()[0] if words else "0" for words in said] == [str(count) for count in beside]


def test_depths_of_leica_are_one_judged_image(window: Any, qtbot: QtBot, tmp_path: Path) -> None:
    sharp = demo_field(3).pixels
    depths = np.stack([cv2.GaussianBlur(sharp, (0, 0), 4), sharp, cv2.GaussianBlur(sharp, (0, 0), 3)])
    path = tmp_path / "stack.lif"
    path.write_bytes(lif([Image(depths, (lif_files.Z,))]))
    window.importing.add_paths((path,))
    waited(qtbot, lambda: len(window.case.frames) == 1 and not window.status.queue_text)
    (frame,) = window.case.frames
    assert frame.origin.name == "stack.lif#page=1"
    assert frame.um_per_px == pytest.approx(0.1)
    assert len(frame.cells) >= 3
    assert not window.review.bar._margin.isVisibleTo(window), "it is no field of a slide"
