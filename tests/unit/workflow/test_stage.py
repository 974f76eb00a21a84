"""Where an image was taken, on its way from a file or a camera into a case."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import tifffile

from leukoscope.domain.cells import View
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.stage import StagePosition
from leukoscope.domain.waiting import Scale, WaitingImage, WaitState
from leukoscope.sources.pages import page_numbers
from leukoscope.workflow.capture import origin_of
from leukoscope.workflow.images import PageSource
from leukoscope.workflow.kept_image import KeptImage

PIXELS = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)


def stated(x: float, y: float) -> dict[str, object]:
    plane = {"PositionX": [x], "PositionXUnit": ["µm"], "PositionY": [y], "PositionYUnit": ["µm"]}
    return {"axes": "YXS", "Plane": plane}


def waiting(origin: FrameOrigin | None, source: str = "a.ome.tif") -> WaitingImage:
    return WaitingImage(1, 1, source, origin, View.FIELD, Scale(0.1), False, "0" * 64, WaitState.JUDGING)


def test_a_file_keeps_its_place_when_it_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, PIXELS, ome=True, photometric="rgb", metadata=stated(7.5, -2.0))
    data = path.read_bytes()
    assert KeptImage(waiting(None), data).read().origin.stage == StagePosition(7.5, -2.0)
    known = FrameOrigin(OriginKind.FILE, "a.ome.tif", stage=StagePosition(1.0, 1.0))
    assert KeptImage(waiting(known), data).read().origin.stage == StagePosition(1.0, 1.0), "who took it knows better"


def test_each_page_takes_its_place_along_when_it_becomes_an_image_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "many.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as tif:
        for number in range(2):
            tif.write(np.roll(PIXELS, number), photometric="rgb", metadata=stated(100.0 * number, 5.0))
    made = [PageSource(path, number).as_png() for number in page_numbers(path)]
    assert [one.origin.stage for one in made] == [StagePosition(0.0, 5.0), StagePosition(100.0, 5.0)]


def test_a_picture_of_a_camera_has_the_place_of_its_stage() -> None:
    now, here = datetime(2026, 11, 28, 9, tzinfo=UTC), StagePosition(3.0, 4.0)
    assert origin_of("demo:1", now, 20.0, here).stage == here
    assert origin_of("demo:1", now).stage is None
