"""The scale a person sets: for images to come, and for images that are judged already."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind, Pixels
from leukoscope.domain.objectives import Objective, ScaleWay
from leukoscope.domain.waiting import Scale
from leukoscope.sources.demo import demo_cells, demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.events import CaseChanged, FrameAdded
from leukoscope.workflow.images import MemorySource
from leukoscope.workflow.kept_image import scaled
from leukoscope.workflow.settings import Settings, load_settings, save_settings
from leukoscope.workflow.workbench import Workbench
from tests.unit.workflow.test_workbench import PATIENCE, Heard


def source_of(pixels: Pixels, um_per_px: float | None = None) -> MemorySource:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return MemorySource(stream.getvalue(), FrameOrigin(OriginKind.CLIPBOARD, "pasted"), um_per_px)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def workbench(small_models: Path, warm_engine: None, heard: Heard) -> Iterator[Workbench]:
    workbench = Workbench(AppDirs.of_user(), heard)
    workbench.operator.say_name("A. Weber")
    yield workbench
    workbench.close()


def test_the_objective_speaks_where_the_image_is_silent() -> None:
    pixels = demo_field().pixels
    assumed = Scale(0.08)
    assert scaled(source_of(pixels).read(), assumed).um_per_px == 0.08
    assert scaled(source_of(pixels, 0.2).read(), assumed).um_per_px == 0.2
    assert scaled(source_of(pixels, 0.2).read(), Scale(0.08, is_given=True)).um_per_px == 0.08
    named = Scale(0.08, objective="100x")
    said = [scaled(source_of(pixels, own).read(), named).origin.microscope.objective for own in (None, 0.081, 0.2)]
    assert said == ["100x", "100x", ""], "another scale is of another objective"
    cell = demo_cells(1)[0].pixels
    assert scaled(source_of(cell).read(), assumed).um_per_px is None, "cut out before: its microscope is unknown"


def test_objectives_survive_in_the_settings_and_damaged_ones_do_not(tmp_path: Path) -> None:
    kept = Settings(objectives=(Objective("100x", 0.065, ScaleWay.COMPUTED),), objective="100x")
    save_settings(kept, tmp_path)
    assert load_settings(tmp_path) == kept
    assert kept.um_per_px == 0.065
    assert replace(kept, objective="40x").um_per_px is None
    (tmp_path / "settings.json").write_text('{"objectives": [{"name": "x"}, 3, {"um_per_px": "wide"}]}')
    assert load_settings(tmp_path).objectives == ()


def test_images_to_come_have_the_scale_of_the_objective(workbench: Workbench, heard: Heard, tmp_path: Path) -> None:
    workbench.settings.save(objectives=(Objective("100x", 0.09),), objective="100x")
    case_id = workbench.cases.create()
    workbench.capture.add_pixels(case_id, demo_field().pixels, FrameOrigin(OriginKind.CLIPBOARD, "pasted"))
    heard.wait(lambda event: isinstance(event, FrameAdded))
    (frame,) = workbench.cases.load(case_id).frames
    assert (frame.um_per_px, frame.microscope.objective) == (0.09, "100x")


def test_another_scale_judges_again_keeps_labels_and_can_be_taken_back(workbench: Workbench, heard: Heard) -> None:
    case_id = workbench.cases.create()
    workbench.capture.add_pixels(case_id, demo_field().pixels, FrameOrigin(OriginKind.CLIPBOARD, "pasted"))
    heard.wait(lambda event: isinstance(event, FrameAdded))
    (before,) = workbench.cases.load(case_id).frames
    assert before.um_per_px is None
    workbench.judging.decide(before.cells[2].id, Label.HEALTHY)
    (before,) = workbench.cases.load(case_id).frames

    true_scale = demo_field().um_per_px
    assert true_scale is not None
    workbench.judging.set_scale(case_id, [before.id], true_scale, "40x")
    heard.wait(lambda event: isinstance(event, CaseChanged))
    assert workbench.judging.wait_idle(PATIENCE)
    (after,) = workbench.cases.load(case_id).frames
    assert after.id != before.id
    assert (after.um_per_px, after.microscope.objective) == (true_scale, "40x")
    assert len(after.cells) == len(before.cells)
    assert [cell.decision.label if cell.decision else None for cell in after.cells].count(Label.HEALTHY) == 1
    assert after.cells[2].label is Label.HEALTHY

    heard.events.clear()
    workbench.judging.take_again_back(case_id, [before.id])
    heard.wait(lambda event: isinstance(event, CaseChanged))
    (again,) = workbench.cases.load(case_id).frames
    assert (again.id, again.um_per_px) == (before.id, None)
