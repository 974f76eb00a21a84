"""What quality says about good and spoiled images."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.cells import View
from leukoscope.domain.frames import Frame
from leukoscope.domain.quality import QualityReport, QualityVerdict
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize, recognize_view
from leukoscope.imaging.quality import MOTION_REFUSE, MOTION_WARN, measure_quality
from leukoscope.sources.demo import demo_cells
from leukoscope.sources.files import read_frame
from tests.benchmarks.bench_quality import SPOILED, smeared
from tests.unit.imaging.conftest import frame_of

OK, WARN, REFUSE = QualityVerdict.OK, QualityVerdict.WARN, QualityVerdict.REFUSE


def report(frame: Frame) -> QualityReport:
    view = recognize_view(frame)
    return measure_quality(frame, view, localize(frame, view))


def judged(pixels: np.ndarray) -> QualityReport:
    return report(frame_of(pixels))


def value_of(frame: Frame, name: str) -> float:
    return next(measure.value for measure in report(frame).measures if measure.name == name)


def test_the_demo_is_good(demo: Frame) -> None:
    measures = report(demo).measures
    assert {m.name for m in measures} == {
        "resolution", "focus", "motion", "exposure", "clipping", "white balance", "stain", "illumination",
    }  # fmt: skip
    assert [(m.name, m.value) for m in measures if m.verdict is not OK] == []
    for cell in demo_cells(6):
        assert report(cell).verdict is OK


def test_sentences_stand_exactly_where_something_is_wrong(demo: Frame) -> None:
    for spoil in SPOILED.values():
        for measure in judged(spoil(demo.pixels)).measures:
            assert bool(measure.sentence) == (measure.verdict is not OK)
            assert measure.sentence.endswith(".") or not measure.sentence


@pytest.mark.parametrize("sigma", [4, 6, 9])
def test_out_of_focus_is_refused(demo: Frame, sigma: float) -> None:
    blurred = judged(cv2.GaussianBlur(demo.pixels, (0, 0), sigma))
    assert blurred.verdict is REFUSE
    assert "Out of focus: turn the fine focus and take it again." in blurred.sentences
    for cell in demo_cells(2):
        assert judged(cv2.GaussianBlur(cell.pixels, (0, 0), sigma)).verdict is REFUSE


def test_focus_does_not_depend_on_brightness_or_contrast(demo: Frame) -> None:
    whole = value_of(demo, "focus")
    dimmed = frame_of((demo.pixels * 0.6).astype(np.uint8), 0.1)
    assert value_of(dimmed, "focus") == pytest.approx(whole, abs=0.05)


@pytest.mark.parametrize("length", [10, 15, 25])
def test_a_moving_stage_is_refused(demo: Frame, length: int) -> None:
    spoil = smeared(length)
    assert any(sentence.startswith("The stage moved") for sentence in judged(spoil(demo.pixels)).sentences)


def test_motion_is_seen_in_a_real_cell_that_was_cut_out(shared_data: Path) -> None:
    for file in sorted((shared_data / "leukocytes_context").glob("*/*"))[5::250]:
        frame = read_frame(file)
        (cell,) = localize(frame, View.CELL)
        assert value_of(frame_of(cut_out(frame, cell).pixels), "motion") > MOTION_WARN
        moved = frame_of(smeared(10)(frame.pixels))
        assert value_of(frame_of(cut_out(moved, cell).pixels), "motion") < MOTION_REFUSE


def test_blur_in_all_directions_is_not_taken_for_motion(demo: Frame) -> None:
    for sigma in (2, 4, 6):
        assert value_of(frame_of(cv2.GaussianBlur(demo.pixels, (0, 0), sigma)), "motion") > 0.5


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_frames_are_refused(level: int) -> None:
    assert judged(np.full((450, 450, 3), level, np.uint8)).verdict is REFUSE


def test_frames_without_color_are_refused(demo: Frame) -> None:
    gray = judged(np.repeat(demo.pixels[:, :, 1:2], 3, axis=2))
    assert gray.verdict is REFUSE
    assert any("no color" in sentence for sentence in gray.sentences)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda p: (p * 0.12).astype(np.uint8), "exposure"),
        (lambda p: np.clip(p * 3.0, 0, 255).astype(np.uint8), "clipping"),
        (lambda p: (p * np.array([1.0, 0.8, 0.4])).astype(np.uint8), "white balance"),
        (lambda p: np.clip(p * 0.06 + 208 + np.array([0, 4, 8]), 0, 255).astype(np.uint8), "contrast"),
        (lambda p: p[::24, ::24].copy(), "resolution"),
    ],
)  # fmt: skip
def test_spoiled_fields_are_refused(demo: Frame, spoil: object, name: str) -> None:
    measured = judged(np.ascontiguousarray(spoil(demo.pixels)))  # type: ignore[operator]
    bad = {measure.name for measure in measured.measures if measure.verdict is not OK}
    assert measured.verdict is REFUSE, (name, measured)
    assert name in bad


def test_uneven_light_is_noticed(demo: Frame) -> None:
    ramp = np.linspace(1.0, 0.45, demo.width)[None, :, None]
    uneven = frame_of((demo.pixels * ramp).astype(np.uint8))
    assert value_of(uneven, "illumination") > 0.35 > value_of(demo, "illumination")
    assert report(uneven).verdict is not OK


def test_small_cells_are_noticed(demo: Frame) -> None:
    small = frame_of(np.asarray(cv2.resize(demo.pixels, (384, 307), interpolation=cv2.INTER_AREA), np.uint8))
    assert any("stronger objective" in sentence for sentence in report(small).sentences)


def test_real_images_pass_and_spoiled_ones_do_not(shared_data: Path) -> None:
    for pattern, step in [("cnmc_fold1/*/*", 180), ("bccd/images/*", 45), ("leukocytes_context/*/*", 200)]:
        files = sorted(shared_data.glob(pattern))[::step]
        frames = [read_frame(file) for file in files]
        assert all(report(frame).verdict is OK for frame in frames), pattern
        for frame in frames[::4]:
            for damage in ("blurred, sigma 4", "gray", "a tenth as large"):
                assert judged(SPOILED[damage](frame.pixels)).verdict is REFUSE, (pattern, damage)
