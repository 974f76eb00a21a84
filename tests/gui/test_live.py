"""The Capture page: a running camera, freeze, take, a camera that is not there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.domain.frames import OriginKind
from leukoscope.gui.main_window import MainWindow
from leukoscope.sources.demo import FIELD_UM_PER_PX
from tests.gui.conftest import PATIENCE_MS


def test_the_demo_smear_is_frozen_taken_and_judged(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["show_live"].trigger()
    live = window.live
    assert not live.take.isEnabled()
    assert live.source.findData("demo:1") >= 0
    live.empty.clicked.emit()
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: live.focus.best > 0, timeout=PATIENCE_MS)
    live.setFocus()
    QTest.keyClick(live, Qt.Key.Key_Space)
    assert live.frozen
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
    window.show_page("review")
    assert not live.running, "the processor is for judging now"


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
    live.rotate.click()
    qtbot.waitUntil(lambda: live._shown is not None, timeout=PATIENCE_MS)
    with qtbot.waitSignal(live.taken, timeout=PATIENCE_MS) as taken:
        live.take_picture()
    assert taken.args[0].shape == (1280, 1024, 3)
