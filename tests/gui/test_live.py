"""The Capture page: a running camera, freeze, take, a camera that is not there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.domain.frames import OriginKind
from leukoscope.gui.main_window import MainWindow
from leukoscope.sources.cameras.camera import SettingName
from leukoscope.sources.demo import FIELD_UM_PER_PX
from tests.gui.conftest import PATIENCE_MS


def test_the_demo_smear_is_frozen_taken_and_judged(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["show_live"].trigger()
    live = window.live
    assert not live.take.isEnabled()
    assert live.source.findData("demo:1") >= 0
    QTest.mouseClick(live.start_stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: live.focus.best > 0, timeout=PATIENCE_MS)
    assert window.focusWidget() is live, "the keys are the camera's, not those of the button"
    QTest.keyClick(live, Qt.Key.Key_Space)
    assert live.frozen
    assert window.status.camera_text.startswith("Demo smear")
    held = live._shown
    QTest.qWait(200)
    assert live._shown is held, "a held picture stays"
    QTest.keyClick(live, Qt.Key.Key_Return)
    assert not live.frozen
    qtbot.waitUntil(lambda: bool(window.case.frames), timeout=PATIENCE_MS)
    frame = window.case.frames[0]
    assert frame.origin is not None
    assert frame.origin.kind is OriginKind.CAMERA
    assert frame.um_per_px == FIELD_UM_PER_PX
    assert (frame.width, frame.height) == (1280, 1024)
    assert window.page == "live", "the next picture can be taken at once"
    assert "take" in window.undo_stack.undoText()
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: not window.case.frames, timeout=PATIENCE_MS)
    window.undo_stack.redo()
    qtbot.waitUntil(lambda: [one.id for one in window.case.frames] == [frame.id], timeout=PATIENCE_MS)
    window.show_page("review")
    assert not live.running, "the processor is for judging now"
    assert window.status.camera_text == ""


def test_a_camera_that_is_not_there_is_a_sentence(window: MainWindow) -> None:
    window.show_page("live")
    window.live.start("nonsense")
    assert "no such camera" in window.live.state.text()
    assert not window.live.running
    assert not window.live.take.isEnabled()


def test_turning_the_picture_turns_what_is_taken(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("live")
    live = window.live
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    live.panel.rotate.click()
    qtbot.waitUntil(lambda: live._shown is not None, timeout=PATIENCE_MS)
    with qtbot.waitSignal(live.taken, timeout=PATIENCE_MS) as taken:
        live.take_frame()
    assert taken.args[0].shape == (1280, 1024, 3)


def test_cells_are_judged_live_and_boxes_follow(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("live")
    live = window.live
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    live.panel.judge.setChecked(True)
    qtbot.waitUntil(lambda: live.judging.field is not None and bool(live.judging.field.cells), timeout=PATIENCE_MS)
    assert "cells" in live.panel.judged.text()
    assert sum(live.judging.labels().values()) > 0
    live.panel.judge.setChecked(False)
    assert not live.judging.on and live.panel.judged.text() == ""


def test_settings_white_and_grid(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("live")
    live, display = window.live, window.actions_by_id["adjust_display"]
    assert not display.isEnabled()
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image and bool(live.panel.settings.rows), timeout=PATIENCE_MS)
    assert display.isEnabled(), "as soon as there is a picture"
    assert set(live.panel.settings.rows) == {"exposure", "gain", "white-balance", "resolution", "rate"}
    live.panel.settings.changed.emit(SettingName.RESOLUTION, 1.0)
    qtbot.waitUntil(lambda: live._shown is not None and live._shown.pixels.shape[1] == 640, timeout=PATIENCE_MS)
    assert live.panel.settings.rows["exposure"].isEnabled()
    live.panel.settings.automatic["exposure"].click()
    qtbot.waitUntil(lambda: not live.panel.settings.rows["exposure"].isEnabled(), timeout=PATIENCE_MS)
    live.panel.settings.automatic["exposure"].click()
    qtbot.waitUntil(live.panel.settings.rows["exposure"].isEnabled, timeout=PATIENCE_MS)
    live.panel.white.click()
    assert live.view_transform().gains != (1.0, 1.0, 1.0)
    live.panel.white.click()
    assert live.view_transform().plain
    live.panel.grid.setChecked(True)
    live.canvas.grab()
    qtbot.waitUntil(lambda: "pictures/s" in window.status.camera_text, timeout=PATIENCE_MS)
    live.stop()
    assert live.panel.settings.isHidden()
    assert not display.isEnabled()


def test_the_clock_takes_pictures(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("live")
    live = window.live
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    live.panel.every.setValue(1)
    live.panel.count.setValue(2)
    taken: list[object] = []
    live.taken.connect(lambda pixels, _origin, _scale: taken.append(pixels))
    with qtbot.waitSignal(live.told, timeout=PATIENCE_MS) as told:
        live.panel.lapse.setChecked(True)
    assert told.args == ["All 2 pictures are taken."]
    assert len(taken) == 2
    assert not live.panel.lapse.isChecked()
    qtbot.waitUntil(lambda: len(window.case.frames) == 2, timeout=PATIENCE_MS)
    origin = window.case.frames[0].origin
    assert origin is not None and origin.exposure_ms == 20.0


def test_a_recording_is_written_and_ends_with_the_camera(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.show_page("live")
    live = window.live
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    live.record_to(tmp_path / "film.avi")
    assert live.automatic.recording and live.panel.record.isChecked()
    before = live.frames_shown
    qtbot.waitUntil(lambda: live.frames_shown > before + 5, timeout=PATIENCE_MS)
    with qtbot.waitSignal(live.told, timeout=PATIENCE_MS) as told:
        live.stop()
    assert "film.avi" in told.args[0]
    assert (tmp_path / "film.avi").stat().st_size > 10_000
    live.record_to(tmp_path / "film.avi")
    assert not live.automatic.recording, "nothing is seen, so nothing is recorded"


def test_a_long_address_leaves_the_panel_its_width(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("live")
    live = window.live
    address = "http://127.0.0.1:9/" + "a-very-long-name-" * 8
    live.start(address)
    assert live.source.currentData() == address
    qtbot.waitUntil(lambda: bool(live.state.text()), timeout=PATIENCE_MS)
    assert live.panel.start_stop.width() < live.panel.width()
    live.stop()
