"""Uncalibrated images take the scale of all images of their case, in a batch and in the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.cells import View
from leukoscope.domain.frames import FrameOrigin, OriginKind, Pixels
from leukoscope.imaging.scale import field_um_per_px, measure_red_cells
from leukoscope.sources.demo import demo_cells, demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_scale import LOOKED_AT, CaseRuler, RedCellMemory, in_case
from leukoscope.workflow.events import FrameAdded
from leukoscope.workflow.images import FileSource, ImageSource, png_source
from leukoscope.workflow.workbench import Workbench
from tests.unit.workflow.test_workbench import Heard

ORIGIN = FrameOrigin(OriginKind.FILE, "field.png")


def source(pixels: Pixels, um_per_px: float | None = None) -> ImageSource:
    return png_source(pixels, ORIGIN, um_per_px)


def crops(count: int) -> list[Pixels]:
    """Parts of the demo smear's fields, with few red cells in each, at 0.1 µm/px."""
    rng = np.random.default_rng(5)
    fields = [demo_field(seed).pixels for seed in (1, 2, 3)]
    found = []
    for number in range(count):
        y, x = int(rng.integers(0, 1024 - 320)), int(rng.integers(0, 1280 - 320))
        found.append(np.ascontiguousarray(fields[number % 3][y : y + 320, x : x + 320]))
    return found


def test_all_images_of_a_case_share_one_scale() -> None:
    sources = [source(pixels) for pixels in crops(12)]
    alone = [field_um_per_px(one.read()) for one in sources]
    together = {field_um_per_px(one.read()) for one in in_case(sources, CaseRuler(sources))}
    assert len({scale for scale in alone if scale}) > 4
    assert len(together) == 1
    (scale,) = together
    assert scale == pytest.approx(0.1, rel=0.12)


def test_calibrated_images_and_cells_on_black_are_left_alone() -> None:
    pixels = demo_field().pixels
    sources = [source(pixels), source(pixels, 0.08), source(demo_cells(1)[0].pixels)]
    frames = [one.read() for one in in_case(sources, CaseRuler(sources))]
    assert [frame.estimated_um_per_px is None for frame in frames] == [False, True, True]
    assert frames[1].um_per_px == 0.08


def test_an_image_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    pixels = demo_field().pixels
    sources = [FileSource(tmp_path / "gone.png"), source(pixels)]
    frame = in_case(sources, CaseRuler(sources))[1].read()
    seen = measure_red_cells(pixels)
    assert seen is not None
    assert frame.estimated_um_per_px == pytest.approx(seen.um_per_px)


def test_of_many_images_a_few_are_asked_and_none_is_measured_twice() -> None:
    frame = source(demo_field().pixels).read()
    asked: list[str] = []

    class Asked:
        name = "asked"

        def __init__(self, number: int) -> None:
            self.number = number

        def read(self) -> object:
            asked.append(str(self.number))
            return replace(frame, sha256=f"{self.number:064d}")

        def image_bytes(self) -> bytes:
            return b""

    memory = RedCellMemory()
    ruler = CaseRuler([Asked(number) for number in range(200)], memory=memory)  # type: ignore[misc]
    ruler.with_scale(frame)
    assert len(asked) <= LOOKED_AT
    ruler.with_scale(frame)
    assert len(asked) <= LOOKED_AT


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def workbench(small_models: Path, warm_engine: None, heard: Heard) -> Iterator[Workbench]:
    workbench = Workbench(AppDirs.of_user(), heard)
    workbench.operator.say_name("A. Weber")
    yield workbench
    workbench.close()


def test_a_crop_added_later_takes_the_scale_of_the_case_and_keeps_it(workbench: Workbench, heard: Heard) -> None:
    case_id = workbench.cases.create()
    for seed in (1, 2):
        workbench.capture.add_pixels(case_id, demo_field(seed).pixels, ORIGIN, View.FIELD)
    heard.wait(lambda event: isinstance(event, FrameAdded))
    workbench.judging.wait_idle()
    fields = workbench.cases.load(case_id).frames
    crop = next(pixels for pixels in crops(12) if (seen := measure_red_cells(pixels)) and seen.count < 8)
    workbench.capture.add_pixels(case_id, crop, ORIGIN, View.FIELD)
    workbench.judging.wait_idle()
    added = workbench.cases.load(case_id).frames[-1]
    assert added.um_per_px is None
    assert added.estimated_um_per_px == pytest.approx(fields[-1].estimated_um_per_px, rel=0.05)
    assert workbench.cases.frame(added).estimated_um_per_px == added.estimated_um_per_px
