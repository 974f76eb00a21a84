"""The queue over the real store and the real engine: what was accepted is judged once, whatever ends in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from leukoscope.cases.queue import ImageQueue
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import ImagesLeftError, StoreError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.labels import named
from leukoscope.domain.waiting import WaitState
from leukoscope.inference.engine_child import EngineChild
from leukoscope.sources.demo import demo_cells, demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.events import CaseChanged, Failed, FrameAdded, QueueChanged
from leukoscope.workflow.export import formats
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.workbench import Workbench
from tests.forked_programs import run_program
from tests.unit.workflow.dying_program import STEPS
from tests.unit.workflow.test_workbench import PATIENCE, Heard


@pytest.fixture
def heard() -> Heard:
    return Heard()


DYING = Path(__file__).with_name("dying_program.py").read_text(encoding="utf-8")


@pytest.fixture
def workbench(small_models: Path, warm_engine: None, heard: Heard) -> Iterator[Workbench]:
    workbench = Workbench(AppDirs.of_user(), heard)
    workbench.operator.say_name("A. Weber")
    yield workbench
    workbench.close()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = []
    for number, frame in enumerate(demo_cells(4)):
        path = tmp_path / f"cell-{number}.png"
        Image.fromarray(frame.pixels).save(path)
        paths.append(path)
    return paths


def all_judged(workbench: Workbench, heard: Heard, case_id: int) -> None:
    """Wait until nothing of a case waits any more."""
    heard.wait(lambda event: event == QueueChanged(None, None))
    assert workbench.judging.wait_idle(PATIENCE)
    assert workbench.judging.waiting(case_id) == ()


@pytest.mark.parametrize("step", ["accepted", *STEPS, "engine and program at once"])
def test_a_program_killed_at_any_step_loses_no_image_and_judges_none_twice(
    small_models: Path, files: list[Path], step: str
) -> None:
    home = AppDirs.of_user()
    bench = Workbench(home, Heard())
    case_id = bench.cases.create(CaseHeader("2026-0001"))
    bench.close()
    names = [str(path) for path in files]
    done = run_program(DYING, step, str(case_id), *names)
    assert done.returncode == -9, done.stderr

    heard = Heard()
    again = Workbench(home, heard)
    again.operator.say_name("A. Weber")
    try:
        again.start()
        all_judged(again, heard, case_id)
        frames = again.cases.load(case_id).frames
        assert [frame.source for frame in frames] == names
        assert [frame.error for frame in frames] == [None] * len(names)
        assert [len(frame.cells) for frame in frames] == [1] * len(names)
        assert again.cases.search()[0].frames == len(names)
        assert again.signing.verify_audit().sound
    finally:
        again.close()


def test_closing_while_images_are_judged_keeps_them_and_the_next_start_goes_on(
    workbench: Workbench, heard: Heard, files: list[Path]
) -> None:
    case_id = workbench.cases.create()
    workbench.capture.add_paths(case_id, files)
    workbench.close()
    for path in files:
        path.unlink()
    again = Workbench(workbench.home, heard)
    try:
        again.start()
        all_judged(again, heard, case_id)
        frames = again.cases.load(case_id).frames
        assert [frame.source for frame in frames] == [str(path) for path in files]
        assert [frame.error for frame in frames] == [None] * 4
    finally:
        again.close()


def test_an_engine_that_is_killed_costs_no_image(workbench: Workbench, heard: Heard, files: list[Path]) -> None:
    case_id = workbench.cases.create()
    killed = threading.Event()
    send = EngineChild.send

    def kill_once(child: EngineChild, message: object) -> None:
        send(child, message)  # type: ignore[arg-type]
        if not killed.is_set():
            killed.set()
            child.process.kill()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EngineChild, "send", kill_once)
        workbench.capture.add_paths(case_id, files)
        all_judged(workbench, heard, case_id)
    assert killed.is_set()
    assert [frame.error for frame in workbench.cases.load(case_id).frames] == [None] * 4


def test_a_file_that_vanishes_before_it_was_read_is_named_and_the_rest_goes_on(
    workbench: Workbench, heard: Heard, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    next_unread = ImageQueue.next_unread

    def vanish(queue: ImageQueue, owner: str) -> object:
        image = next_unread(queue, owner)
        if image is not None and image.source == str(files[1]):
            files[1].unlink(missing_ok=True)
        return image

    monkeypatch.setattr(ImageQueue, "next_unread", vanish)
    case_id = workbench.cases.create()
    workbench.capture.add_paths(case_id, files)
    all_judged(workbench, heard, case_id)
    frames = {frame.source: frame for frame in workbench.cases.load(case_id).frames}
    assert len(frames) == 4
    assert "does not exist" in (frames[str(files[1])].error or "")
    assert sum(frame.error is None for frame in frames.values()) == 3


def test_an_image_that_ends_the_program_again_and_again_is_marked_failed(
    small_models: Path, files: list[Path], heard: Heard
) -> None:
    home = AppDirs.of_user()
    bench = Workbench(home, Heard())
    case_id = bench.cases.create()
    bench.close()
    for names in ([str(files[0])], [], []):
        done = run_program(DYING, "sent to the engine", str(case_id), *names)
        assert done.returncode == -9, done.stderr
    again = Workbench(home, heard)
    again.operator.say_name("A. Weber")
    try:
        again.start()
        again.capture.add_paths(case_id, files[1:2])
        all_judged(again, heard, case_id)
        failed, good = sorted(again.cases.load(case_id).frames, key=lambda frame: frame.error is None)
        assert "ended several times" in (failed.error or "")
        assert good.error is None
        heard.events.clear()
        assert again.judging.judge_again(case_id, [failed.id]) == 1
        all_judged(again, heard, case_id)
        assert [frame.error for frame in again.cases.load(case_id).frames] == [None, None]
    finally:
        again.close()


def test_stopped_images_wait_through_a_restart_until_a_person_goes_on(
    workbench: Workbench, heard: Heard, files: list[Path]
) -> None:
    case_id = workbench.cases.create()
    workbench.capture.add_paths(case_id, files)
    workbench.judging.cancel()
    assert workbench.judging.wait_idle(PATIENCE)
    judged = len(workbench.cases.load(case_id).frames)
    waiting = workbench.judging.waiting(case_id)
    assert {one.state for one in waiting} <= {WaitState.STOPPED}
    workbench.close()
    again = Workbench(workbench.home, heard)
    try:
        again.start()
        assert again.judging.wait_idle(PATIENCE)
        assert len(again.cases.load(case_id).frames) == judged
        removed = again.judging.waiting(case_id)[:1]
        assert again.judging.remove_waiting(case_id, [one.id for one in removed]) == len(removed)
        heard.events.clear()
        again.judging.resume(case_id)
        all_judged(again, heard, case_id)
        assert len(again.cases.load(case_id).frames) == len(files) - len(removed)
    finally:
        again.close()


def test_judging_again_with_another_model_keeps_what_people_did(workbench: Workbench, heard: Heard) -> None:
    case_id = workbench.cases.create()
    workbench.capture.add_pixels(case_id, demo_field().pixels, FrameOrigin(OriginKind.CLIPBOARD, "pasted"))
    workbench.capture.add_pixels(case_id, demo_cells(1)[0].pixels, FrameOrigin(OriginKind.CLIPBOARD, "second"))
    all_judged(workbench, heard, case_id)
    before, second = workbench.cases.load(case_id).frames
    workbench.judging.decide(before.cells[2].id, named("neutrophil"))
    workbench.judging.remove_cell(before.cells[0].id)
    (before, _) = workbench.cases.load(case_id).frames

    workbench.models.choose(["hybrid"])
    heard.events.clear()
    assert workbench.judging.judge_again(case_id, [before.id]) == 1
    heard.wait(lambda event: isinstance(event, CaseChanged))
    all_judged(workbench, heard, case_id)
    after, same = workbench.cases.load(case_id).frames
    assert same.id == second.id
    assert after.former_id == before.id
    assert {one.bundle.name for cell in after.cells for one in cell.finding.opinions} == {"hybrid"}
    assert [cell.decision.said for cell in after.cells if cell.decision] == [named("neutrophil")]
    assert len(after.removed_cells) == 1
    assert len(after.cells) == len(before.cells)

    workbench.judging.take_again_back(case_id, [before.id])
    again, _ = workbench.cases.load(case_id).frames
    assert again.id == before.id


def test_a_case_that_is_signed_takes_nothing_in(workbench: Workbench, heard: Heard, files: list[Path]) -> None:
    case_id = workbench.cases.create()
    workbench.signing.sign(case_id, "A. Weber", "Reviewed", "")
    with pytest.raises(StoreError, match="signed"):
        workbench.capture.add_paths(case_id, files)
    with pytest.raises(StoreError, match="signed"):
        workbench.capture.add_pixels(case_id, demo_cells(1)[0].pixels, FrameOrigin(OriginKind.CLIPBOARD, "pasted"))
    assert not heard.of(FrameAdded)
    assert not heard.of(Failed)


def test_what_leaves_names_the_images_that_wait(workbench: Workbench, files: list[Path], tmp_path: Path) -> None:
    case_id = workbench.cases.create()
    workbench.capture.add_paths(case_id, files[:2])
    workbench.judging.cancel()
    assert workbench.judging.wait_idle(PATIENCE)
    left = len(workbench.judging.waiting(case_id))
    with pytest.raises(ImagesLeftError):
        workbench.signing.sign(case_id, "A. Weber", "Reviewed", "")
    out = CaseExport(workbench._repository, (), workbench.settings.current)
    out.write(case_id, formats.PDF, tmp_path / "report.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert text.replace("\n", " ").count("is not judged yet") == left
    for kind in (formats.TABLE, formats.FINDINGS):
        out.write(case_id, kind, tmp_path / f"out{kind.suffix}")
        assert (tmp_path / f"out{kind.suffix}").read_text(encoding="utf-8").count("is not judged yet") == left
    out.write(case_id, formats.ZIP, tmp_path / "all.zip")
