"""A file's scale that no objective of the laboratory has is asked about once, and nothing is changed by itself."""

from __future__ import annotations

from dataclasses import replace

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.objectives import Objective
from leukoscope.gui.controllers.stated_scales import StatedScaleController
from leukoscope.gui.widgets.buttons import IconButton, PushButton
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.workflow.events import FrameAdded, QueueChanged
from leukoscope.workflow.settings import Settings
from tests.unit.gui.harness import Stage, a_case

OIL, DRY = Objective("100x oil", 0.1), Objective("40x", 0.25)


def room() -> tuple[Stage, StatedScaleController]:
    stage = Stage(a_case())
    stage.bench.settings.current = Settings(tour_seen=True, objectives=(OIL, DRY), objective=OIL.name)
    return stage, StatedScaleController(stage.session, stage.decisions)


def frame(um_per_px: float | None, kind: OriginKind = OriginKind.FILE, frame_id: int = 70) -> CaseFrame:
    made = a_case().frames[0]
    return replace(made, id=frame_id, um_per_px=um_per_px, origin=FrameOrigin(kind, "a.tif"))


def judged(stage: Stage, *frames: CaseFrame, case_id: int = 7) -> None:
    for one in frames:
        stage.signals.happened.emit(FrameAdded(case_id, one))
    stage.signals.happened.emit(QueueChanged(None, None))


def test_another_scale_is_asked_about_and_used_when_a_person_says_so() -> None:
    stage, made = room()
    judged(stage, frame(0.2))
    assert stage.warned == "The image says that a pixel is 0.2 µm; of “100x oil”, the objective in use, it is 0.1 µm."
    assert stage.writes == 0
    stage.messages.warn.call_args.args[2]()
    stage.answer()
    stage.bench.judging.set_scale.assert_called_once_with(7, [70], 0.1, "100x oil")
    assert made is not None


def test_what_agrees_with_any_objective_or_is_not_of_a_file_is_not_asked() -> None:
    stage, made = room()
    judged(stage, frame(0.103), frame(0.25), frame(None), frame(0.2, OriginKind.CAMERA))
    judged(stage, replace(frame(0.2), former_id=3))
    assert not stage.warned
    stage.bench.settings.current = Settings(tour_seen=True)
    judged(stage, frame(0.2))
    assert not stage.warned, "nothing is calibrated that it could contradict"
    assert made is not None


def test_many_images_are_asked_about_once_and_each_case_when_it_is_seen() -> None:
    stage, made = room()
    judged(stage, *(frame(0.2, frame_id=70 + k) for k in range(3)))
    assert stage.warned.startswith("3 images say that a pixel is 0.2 µm")
    judged(stage, frame(0.2, frame_id=80))
    assert stage.messages.warn.call_count == 1
    judged(stage, frame(0.2, frame_id=90), case_id=8)
    assert stage.messages.warn.call_count == 1
    stage.open(a_case(8, "B-2"))
    assert stage.messages.warn.call_count == 2
    assert made is not None


def test_each_of_several_scales_is_asked_about_one_after_the_other() -> None:
    """Of two scales in one batch the second was never asked about."""
    stage, made = room()
    shown = stage.messages
    judged(stage, frame(0.2, frame_id=70), frame(0.3, frame_id=71), frame(0.2, frame_id=72), frame(0.4, frame_id=73))
    assert stage.warned.startswith("2 images say that a pixel is 0.2 µm")
    shown.text = stage.warned
    judged(stage)
    assert shown.warn.call_count == 1, "the first question still stands there"
    shown.text = ""
    (closed,) = shown.closed.connect.call_args.args
    closed()
    assert stage.warned.startswith("The image says that a pixel is 0.3 µm")
    shown.warn.call_args.args[2]()
    stage.answer()
    stage.bench.judging.set_scale.assert_called_once_with(7, [71], 0.1, "100x oil")
    judged(stage)
    assert stage.warned.startswith("The image says that a pixel is 0.4 µm")
    judged(stage, frame(0.3, frame_id=80))
    assert shown.warn.call_count == 3, "each scale once"
    assert made is not None


def test_a_message_says_that_a_person_closed_it(qapp: object) -> None:
    bar = MessageBar()
    heard: list[str] = []
    bar.closed.connect(lambda: heard.append(bar.text))
    bar.warn("The image says something.", "Use it", lambda: heard.append("used"))
    (close,), (act,) = bar.findChildren(IconButton), bar.findChildren(PushButton)
    close.click()
    assert heard == [""]
    bar.warn("The image says something.", "Use it", lambda: heard.append("used"))
    act.click()
    assert heard == ["", "used"], "what is done about it does not close it as well"
