"""Images that wait, in the real window: seen, stopped, gone on with, judged again, kept when one quits."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from pytestqt.qtbot import QtBot

from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.review.field_list import FieldState
from leukoscope.sources.demo import demo_cells

from .conftest import PATIENCE_MS, OpenWindow


def many(folder: Path, count: int) -> tuple[Path, ...]:
    paths = []
    for number, frame in enumerate(demo_cells(count)):
        path = folder / f"field-{number}.png"
        Image.fromarray(frame.pixels).save(path)
        paths.append(path)
    return tuple(paths)


def stands(window: MainWindow) -> list[FieldState]:
    return [one.state for one in window.waiting.strip.model.fields]


def test_what_waits_when_one_quits_is_judged_after_the_next_start(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    paths = many(tmp_path, 12)
    first = open_window()
    first.importing.add_paths(paths)
    qtbot.waitUntil(lambda: len(first.case.frames) >= 1, timeout=PATIENCE_MS)
    case_id = first.case.id
    first.close()
    for path in paths:
        path.unlink()

    second = open_window()
    assert case_id is not None
    second.commands.open_case(case_id)
    qtbot.waitUntil(lambda: len(second.case.frames) == 12, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: stands(second) == [FieldState.JUDGED] * 12, timeout=PATIENCE_MS)
    assert all(frame.error is None and frame.cells for frame in second.case.frames)
    assert second.waiting.strip.isVisibleTo(second.review)


def test_stopped_images_are_seen_and_gone_on_with(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window.importing.add_paths(many(tmp_path, 6))
    qtbot.waitUntil(lambda: bool(window.status.queue_text), timeout=PATIENCE_MS)
    window.importing.cancel()
    qtbot.waitUntil(lambda: FieldState.STOPPED in stands(window), timeout=PATIENCE_MS)
    qtbot.waitUntil(window.actions_by_id["resume_waiting"].isEnabled, timeout=PATIENCE_MS)
    assert "stopped" in window.waiting.strip.counts.text()
    window.actions_by_id["remove_waiting"].trigger()
    qtbot.waitUntil(lambda: FieldState.STOPPED not in stands(window), timeout=PATIENCE_MS)
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: FieldState.STOPPED in stands(window), timeout=PATIENCE_MS)
    window.actions_by_id["resume_waiting"].trigger()
    qtbot.waitUntil(lambda: stands(window) == [FieldState.JUDGED] * 6, timeout=PATIENCE_MS)


def test_an_image_is_judged_again_and_a_failed_one_says_why(judged: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    torn = tmp_path / "torn.png"
    torn.write_bytes((tmp_path / "cell-0.png").read_bytes()[:1000])
    judged.importing.add_paths((torn,))
    qtbot.waitUntil(lambda: FieldState.FAILED in stands(judged), timeout=PATIENCE_MS)
    (failed,) = (one for one in judged.waiting.strip.model.fields if one.state is FieldState.FAILED)
    assert failed.reason
    assert "1 failed" in judged.waiting.strip.counts.text()

    judged.show_page("review")
    frame = judged.review.frame
    assert frame is not None
    judged.actions_by_id["judge_again"].trigger()
    qtbot.waitUntil(lambda: any(one.former_id == frame.id for one in judged.case.frames), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: judged.review.frame is not None, timeout=PATIENCE_MS)
    shown = judged.review.frame
    assert shown is not None
    assert shown.former_id == frame.id, "the same image stays on the canvas"
    judged.undo_stack.undo()
    qtbot.waitUntil(lambda: judged.case.frame(frame.id) is not None, timeout=PATIENCE_MS)


def test_a_case_with_a_failed_image_is_signed_only_knowingly(judged: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "torn.png").write_bytes((tmp_path / "cell-0.png").read_bytes()[:1000])
    judged.importing.add_paths((tmp_path / "torn.png",))
    qtbot.waitUntil(lambda: any(frame.error for frame in judged.case.frames), timeout=PATIENCE_MS)
    for cell in tuple(judged.case.cells):
        judged.commands.label(cell.id, judged.case.cell(cell.id).finding.label)  # type: ignore[union-attr]
    sheet = judged.operator.sign_sheet
    judged.operator.sign()
    sheet.name.setText("A. Weber")
    sheet.take()
    qtbot.waitUntil(lambda: "could not be judged" in sheet.wrong.text(), timeout=PATIENCE_MS)
    sheet.cure.click()
    qtbot.waitUntil(lambda: judged.case.case is not None and judged.case.case.state.is_read_only, timeout=PATIENCE_MS)
