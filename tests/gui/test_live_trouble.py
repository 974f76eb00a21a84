"""What cameras do to the Capture page: each is a sentence and a working window."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.frames import Pixels
from leukoscope.gui.capture.page import CapturePage
from leukoscope.gui.main_window import MainWindow
from leukoscope.sources.cameras.camera import CameraInfo, CameraSetting, SettingName
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.workflow import capture
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.unit.sources.cameras.mjpeg_server import MjpegServer

Draw = Callable[[int], np.ndarray]


def flicker(height: int, width: int) -> Draw:
    """Pictures that differ, as those of a sensor do."""
    return lambda number: np.full((height, width, 3), 60 + number % 120, np.uint8)


@pytest.fixture
def serve() -> Iterator[Callable[..., MjpegServer]]:
    servers: list[MjpegServer] = []

    def start(draw: Draw, port: int = 0) -> MjpegServer:
        servers.append(MjpegServer(draw, port))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def window(open_quiet: OpenWindow) -> MainWindow:
    """A usable window whose engine does not run: what cameras do has nothing to do with it."""
    return open_quiet()


@pytest.fixture
def live(window: MainWindow) -> Iterator[CapturePage]:
    window.show_page("live")
    yield window.live
    window.live.close_camera()


@pytest.fixture
def judging(open_window: OpenWindow) -> Iterator[CapturePage]:
    """The same with an engine, for what is judged live."""
    window = open_window()
    window.show_page("live")
    yield window.live
    window.live.close_camera()


def says(live: CapturePage, words: str) -> Callable[[], bool]:
    return lambda: words in live.state.text()


class Blocking:
    """A device that gives one picture and then never comes back, as a broken driver does."""

    info = CameraInfo("usb:blocking", "Blocking", CameraKind.USB)
    um_per_px = None
    stage = None

    def __init__(self) -> None:
        self.given = False
        self.blocked, self.free = threading.Event(), threading.Event()

    def settings(self) -> tuple[CameraSetting, ...]:
        return ()

    def change(self, name: SettingName, value: float) -> None:
        """It has nothing to set."""

    def read(self) -> Pixels:
        if self.given:
            self.blocked.set()
            self.free.wait()
        self.given = True
        return np.full((48, 64, 3), 100, np.uint8)

    def close(self) -> None:
        """It holds nothing."""


@pytest.fixture
def blocking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Blocking]:
    device = Blocking()
    monkeypatch.setattr(capture, "open_camera", lambda _id: device)
    yield device
    device.free.set()


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ("usb:99", "close other programs that use it"),
        ("usb:MicroCam 5@1-1:1.0", "is not plugged in"),
        ("mm:/nowhere/scope.cfg", "is not there any more"),
    ],
)
def test_a_camera_that_cannot_be_opened_is_named_and_another_can_be_chosen(
    live: CapturePage, qtbot: QtBot, camera: str, words: str
) -> None:
    live.start(camera)
    qtbot.waitUntil(says(live, words), timeout=PATIENCE_MS)
    assert words in live.empty.sentence and not live.take.isEnabled()
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image and live.take.isEnabled(), timeout=PATIENCE_MS)


def test_an_address_that_does_not_answer_is_tried_again(
    live: CapturePage, qtbot: QtBot, serve: Callable[..., MjpegServer]
) -> None:
    gone = serve(flicker(48, 64))
    gone.close()
    live.start(gone.url)
    qtbot.waitUntil(says(live, "does not answer"), timeout=PATIENCE_MS)
    serve(flicker(48, 64), gone.port)
    qtbot.waitUntil(says(live, "Live."), timeout=PATIENCE_MS)


def test_a_stream_that_stalls_is_said_and_goes_on(
    live: CapturePage, qtbot: QtBot, serve: Callable[..., MjpegServer]
) -> None:
    server = serve(flicker(48, 64))
    live.start(server.url)
    qtbot.waitUntil(says(live, "Live."), timeout=PATIENCE_MS)
    server.stalled.set()
    qtbot.waitUntil(says(live, "sends no pictures"), timeout=PATIENCE_MS)
    assert live.canvas.has_image and live.take.isEnabled(), "the last picture stays and can be taken"
    server.stalled.clear()
    qtbot.waitUntil(says(live, "Live."), timeout=PATIENCE_MS)


def test_a_picture_that_stands_still_and_a_black_one_are_told_apart(
    live: CapturePage, qtbot: QtBot, serve: Callable[..., MjpegServer]
) -> None:
    level = [100]
    server = serve(lambda _number: np.full((48, 64, 3), level[0], np.uint8))
    live.start(server.url)
    qtbot.waitUntil(says(live, "the same picture again and again"), timeout=PATIENCE_MS)
    level[0] = 0
    qtbot.waitUntil(says(live, "is black"), timeout=PATIENCE_MS)


def test_a_camera_unplugged_mid_stream_is_said_and_picked_up(
    live: CapturePage, qtbot: QtBot, serve: Callable[..., MjpegServer]
) -> None:
    server = serve(flicker(48, 64))
    live.start(server.url)
    qtbot.waitUntil(says(live, "Live."), timeout=PATIENCE_MS)
    server.close()
    qtbot.waitUntil(says(live, "tried again by itself"), timeout=PATIENCE_MS)
    before = live.frames_shown
    serve(flicker(48, 64), server.port)
    qtbot.waitUntil(lambda: live.frames_shown > before and says(live, "Live.")(), timeout=PATIENCE_MS)


def test_a_size_that_changes_mid_stream_ends_the_recording_and_nothing_else(
    live: CapturePage, qtbot: QtBot, serve: Callable[..., MjpegServer], tmp_path: Path
) -> None:
    wide = threading.Event()
    small, large = flicker(48, 64), flicker(96, 128)
    server = serve(lambda number: large(number) if wide.is_set() else small(number))
    live.start(server.url)
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    live.record_to(tmp_path / "film.avi")
    before = live.frames_shown
    qtbot.waitUntil(lambda: live.frames_shown > before + 3, timeout=PATIENCE_MS)
    with qtbot.waitSignal(live.told, timeout=PATIENCE_MS) as told:
        wide.set()
    assert "another size" in told.args[0] and "“film.avi” holds" in told.args[0]
    assert "disk" not in told.args[0], "it is not the disk's fault"
    assert not live.panel.record.isChecked() and (tmp_path / "film.avi").stat().st_size > 0
    with qtbot.waitSignal(live.taken, timeout=PATIENCE_MS) as taken:
        live.take_frame()
    assert taken.args[0].shape == (96, 128, 3)


@pytest.mark.parametrize(("height", "width"), [(37, 61), (9, 640), (481, 7)])
def test_pictures_of_odd_size_and_without_color_are_shown_and_taken(
    judging: CapturePage, qtbot: QtBot, serve: Callable[..., MjpegServer], height: int, width: int
) -> None:
    live = judging
    live.start(serve(lambda number: np.full((height, width), 60 + number % 120, np.uint8)).url)
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    live.panel.rotate.click()
    live.panel.white.click()
    live.panel.judge.setChecked(True)
    with qtbot.waitSignal(live.taken, timeout=PATIENCE_MS) as taken:
        live.take_frame()
    assert taken.args[0].shape == (width, height, 3)
    qtbot.waitUntil(lambda: live.panel.judged.text() == "No white cell is in sight.", timeout=PATIENCE_MS)


def test_a_device_that_hangs_holds_up_neither_the_page_nor_the_end(
    window: MainWindow, live: CapturePage, qtbot: QtBot, blocking: Blocking
) -> None:
    live.start("usb:blocking")
    qtbot.waitUntil(lambda: blocking.blocked.is_set() and live.canvas.has_image, timeout=PATIENCE_MS)
    qtbot.waitUntil(says(live, "sends no pictures"), timeout=PATIENCE_MS)
    reader = live._reader
    assert reader is not None
    live.stop()
    assert reader.running and not live.running, "it was not waited for"
    window.close()
    assert reader.running, "the device still hangs, and the program has ended"


def test_boxes_are_not_kept_over_a_turn_or_another_size(judging: CapturePage, qtbot: QtBot) -> None:
    live = judging
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    live.panel.judge.setChecked(True)
    qtbot.waitUntil(lambda: live.judging.field is not None and bool(live.judging.field.cells), timeout=PATIENCE_MS)
    live.hold(True)
    live.panel.rotate.click()
    assert live.judging.field is None and not live.canvas.boxes


def test_micro_manager_runs_beside_the_window(live: CapturePage, qtbot: QtBot) -> None:
    live.start("mm:demo")
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    assert "demo" in live.source.currentText() and set(live.panel.settings.rows) == {"exposure"}
