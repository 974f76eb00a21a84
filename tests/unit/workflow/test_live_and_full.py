"""The demo camera: what live judging says of a cell is what the full judgement of that picture says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leukoscope.domain.cells import CellFlag, overlap
from leukoscope.domain.findings import Finding, Label, UnsureReason
from leukoscope.domain.frames import FrameOrigin, OriginKind, Pixels
from leukoscope.domain.labels import program_class
from leukoscope.sources.cameras.demo_camera import DemoCamera
from leukoscope.workflow.analyze import analyze
from leukoscope.workflow.images import png_source
from leukoscope.workflow.live_judgement import LiveFrame, LiveJudgement
from leukoscope.workflow.model_panel import ModelPanel

SHARP_S, ELSEWHERE_S, BLURRED_S = 0.5, 12.0, 4.25
"""Moments of the demo camera: its stage moves, and its focus goes between."""
UM_PER_PX = 0.1
SAME_BOX = 0.9


@pytest.fixture(scope="module")
def camera() -> Iterator[DemoCamera]:
    """The drawn smear, looked at whenever a test wants."""
    made = DemoCamera(clock=lambda: 0.0, wait=lambda _seconds: None)
    yield made
    made.close()


@pytest.fixture
def live(shipped_panel: ModelPanel) -> Iterator[LiveJudgement]:
    """Live judging with the models that ship."""
    made = LiveJudgement(shipped_panel, None, lambda _field: None)
    yield made
    made.close()


def full(pixels: Pixels, panel: ModelPanel) -> tuple[Finding, ...]:
    """The picture as it is judged when somebody takes it."""
    source = png_source(pixels, FrameOrigin(OriginKind.CAMERA, "taken"), UM_PER_PX)
    (analysis,) = analyze([source], panel, maps=False)
    assert analysis.error is None
    return tuple(one for one in analysis.findings if CellFlag.AT_BORDER not in one.cell.flags)


def seen(live: LiveJudgement, pixels: Pixels) -> tuple[Finding, ...]:
    """The same picture live, where the stage rests until nothing is left to judge."""
    frame = LiveFrame(pixels, 0.0, UM_PER_PX)
    field, left = live.look(frame), 10
    while (field.judged or len(field.cells) < field.found) and left:
        field, left = live.look(frame), left - 1
    assert len(field.cells) == field.found
    return tuple(finding for _, finding in field.cells)


def test_live_and_full_say_the_same_of_every_cell(
    camera: DemoCamera, live: LiveJudgement, shipped_panel: ModelPanel
) -> None:
    verdicts, classes = set[Label](), set[str | None]()
    for number, moment in enumerate((SHARP_S, ELSEWHERE_S)):
        pixels = camera.frame_at(moment, number)
        at_once, later = seen(live, pixels), full(pixels, shipped_panel)
        assert len(at_once) == len(later) >= 4
        for finding in at_once:
            twin = max(later, key=lambda one: overlap(one.cell.box, finding.cell.box))
            assert overlap(twin.cell.box, finding.cell.box) > SAME_BOX
            assert (finding.label, program_class(finding)) == (twin.label, program_class(twin))
            assert finding.unsure == twin.unsure
        verdicts |= {one.label for one in at_once}
        classes |= {program_class(one) for one in at_once}
    assert Label.HEALTHY in verdicts and len(verdicts) >= 2
    assert {"neutrophil", "lymphocyte"} <= classes


def test_a_picture_out_of_focus_is_no_ground_for_a_verdict_live_either(
    camera: DemoCamera, live: LiveJudgement, shipped_panel: ModelPanel
) -> None:
    blurred, sharp = camera.frame_at(BLURRED_S, 1), camera.frame_at(SHARP_S, 1)
    for finding in (*seen(live, blurred), *full(blurred, shipped_panel)):
        assert finding.label is Label.UNSURE and finding.unsure[-1] is not None
        assert UnsureReason.IMAGE_QUALITY in finding.unsure
    again = seen(live, sharp)
    assert again and not any(UnsureReason.IMAGE_QUALITY in one.unsure for one in again)
    assert [one.label for one in again] == [one.label for one in full(sharp, shipped_panel)]
