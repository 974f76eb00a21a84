"""Cameras as they misbehave: a real MJPEG server on loopback, real video files, a device that never answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import CameraError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.cameras.camera import CameraInfo, CameraSetting, SettingName, to_rgb
from leukoscope.sources.cameras.catalog import open_camera
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.reader import CameraReader
from leukoscope.sources.cameras.watchdog import BLACK, PATIENCE_S, Glance, Health, Watchdog
from tests.unit.sources.cameras.mjpeg_server import MjpegServer

PATIENCE = 60.0


def numbered(number: int) -> np.ndarray:
    return np.full((120, 160, 3), 40 + number % 180, np.uint8)


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    server = MjpegServer(numbered)
    yield server
    server.close()


class Scripted:
    """A device that does as it is told: gives pictures while there are some, then fails or blocks for good."""

    info = CameraInfo("usb:test", "Test", CameraKind.USB)
    um_per_px = None
    stage = None

    def __init__(self, pictures: int, then: str = "fail") -> None:
        self._left, self._then = pictures, then
        self.blocked, self.free = threading.Event(), threading.Event()
        self.closed, self.gain = 0, 1.0

    def settings(self) -> tuple[CameraSetting, ...]:
        return (CameraSetting(SettingName.GAIN, self.gain, 1.0, 4.0),)

    def change(self, name: SettingName, value: float) -> None:
        assert name is SettingName.GAIN
        self.gain = value

    def read(self) -> Pixels:
        if self._left == 0:
            if self._then == "block":
                self.blocked.set()
                self.free.wait()
            raise CameraError("gone", "unplugged")
        self._left -= 1
        return np.full((32, 32, 3), 100 + self._left % 100, np.uint8)

    def close(self) -> None:
        self.closed += 1


def test_every_kind_of_picture_becomes_rgb() -> None:
    bgr = np.zeros((3, 5, 3), np.uint8)
    bgr[..., 0] = 200
    assert to_rgb(bgr, bgr=True)[0, 0].tolist() == [0, 0, 200]
    assert to_rgb(bgr, bgr=False)[0, 0].tolist() == [200, 0, 0]
    assert to_rgb(np.dstack([bgr, bgr[..., :1]]), bgr=True).shape == (3, 5, 3)
    assert to_rgb(np.full((3, 5), 7, np.uint8), bgr=True)[0, 0].tolist() == [7, 7, 7]
    deep = np.array([[0, 4095]], np.uint16)
    assert to_rgb(deep, bgr=True)[0, :, 0].tolist() == [0, 255]
    assert to_rgb(np.array([[0, 65535]], np.uint16), bgr=True)[0, :, 0].tolist() == [0, 255]
    dark = np.array([[0, 255]], np.uint16)
    assert to_rgb(dark, bgr=True, bits=12)[0, :, 0].tolist() == [0, 15], "a dark picture of a deep camera stays dark"
    assert to_rgb(deep, bgr=True, bits=10)[0, :, 0].tolist() == [0, 255], "too much light is white, not black again"
    for odd in (np.zeros((0, 4), np.uint8), np.zeros((4, 4), np.float32), np.zeros(9, np.uint8)):
        with pytest.raises(CameraError, match="unknown kind"):
            to_rgb(odd, bgr=True)


def test_a_deep_usb_camera_does_not_flicker_with_its_brightest_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deep:
        """A 12-bit camera in 16-bit samples, as OpenCV gives it: bright, dark, bright."""

        def __init__(self, *_where: object) -> None:
            self.tops = iter([4000, 200, 4000])

        def isOpened(self) -> bool:
            return True

        def get(self, _name: int) -> float:
            return 0.0

        def read(self) -> tuple[bool, np.ndarray]:
            return True, np.array([[100, next(self.tops)]], np.uint16)

    monkeypatch.setattr(cv2, "VideoCapture", Deep)
    camera = open_camera("usb:3")
    assert [int(camera.read()[0, 0, 0]) for _ in range(3)] == [6, 6, 6]


def test_the_watch_tells_frozen_stalled_and_black_apart_within_two_seconds() -> None:
    watch = Watchdog(0.0)
    assert watch.health(0.1) is Health.OPENING
    watch.saw(Glance(100.0, 1), 0.5)
    assert watch.health(0.6) is Health.LIVE
    for step in range(20):
        watch.saw(Glance(100.0, 1), 0.6 + step / 10)
    assert watch.health(2.5) is Health.FROZEN
    watch.saw(Glance(100.0, 2), 2.6)
    assert watch.health(2.7) is Health.LIVE
    assert watch.health(2.7 + PATIENCE_S) is Health.STALLED
    watch.saw(Glance(BLACK / 2, 3), 5.0)
    assert watch.health(5.0) is Health.BLACK
    assert PATIENCE_S < 2.0


def test_a_camera_that_is_unplugged_comes_back_by_itself() -> None:
    opened: list[Scripted] = []

    def open_it() -> Scripted:
        opened.append(Scripted(3))
        return opened[-1]

    reader = CameraReader(open_it)
    try:
        assert reader.wait_for_loss(PATIENCE)
        assert reader.sentence == "gone"
        before = reader.newest()
        assert before is not None
        again = reader.wait(PATIENCE)
        while again is not None and again.number <= 3:
            again = reader.wait(PATIENCE)
        assert again is not None and again.number > 3
    finally:
        reader.close()
    assert reader.health is Health.CLOSED
    assert all(one.closed == 1 for one in opened)


def test_what_was_set_is_set_again_when_the_camera_comes_back() -> None:
    opened: list[Scripted] = []

    def open_it() -> Scripted:
        opened.append(Scripted(3))
        return opened[-1]

    reader = CameraReader(open_it)
    try:
        reader.change(SettingName.GAIN, 2.5)
        assert reader.wait_for_loss(PATIENCE)
        while len(opened) < 3:
            assert reader.wait(PATIENCE) is not None
        assert opened[1].gain == 2.5
    finally:
        reader.close()


def test_a_driver_that_fails_in_its_own_way_is_a_lost_camera() -> None:
    def open_it() -> Scripted:
        raise ValueError("driver")

    reader = CameraReader(open_it)
    try:
        assert reader.wait_for_loss(PATIENCE)
        assert "driver failed" in reader.sentence
    finally:
        reader.close()


def test_a_camera_that_never_answers_does_not_keep_the_program_from_closing() -> None:
    camera = Scripted(1, "block")
    reader = CameraReader(lambda: camera)
    assert camera.blocked.wait(PATIENCE)
    reader.close()
    assert reader.health is Health.CLOSED
    camera.free.set()


def test_the_next_camera_waits_until_the_one_before_is_let_go() -> None:
    order: list[str] = []

    class Slow(Scripted):
        def close(self) -> None:
            order.append("closed")

    former = CameraReader(lambda: Slow(10**6))
    assert former.wait(PATIENCE) is not None
    former.end()

    def open_it() -> Scripted:
        order.append("opened")
        return Scripted(10**6)

    later = CameraReader(open_it, after=former)
    try:
        assert later.wait(PATIENCE) is not None
    finally:
        later.close()
    assert order == ["closed", "opened"]


def test_a_network_camera_is_read_changes_its_size_and_is_lost(server: MjpegServer) -> None:
    camera = open_camera(server.url)
    try:
        assert camera.read().shape == (120, 160, 3)
        server.ended.set()
        with pytest.raises(CameraError, match="stopped sending"):
            for _ in range(500):
                camera.read()
    finally:
        camera.close()


@pytest.mark.parametrize("time", range(int(os.environ.get("LEUKOSCOPE_UNPLUGS", "1"))))
def test_a_network_camera_that_is_unplugged_mid_stream_is_picked_up_again(time: int) -> None:
    """``make test-unplug`` does it a hundred times."""
    server = MjpegServer(numbered)
    port = server.port
    reader = CameraReader(lambda: open_camera(server.url))
    try:
        assert reader.wait(PATIENCE) is not None, f"time {time + 1}"
        server.close()
        assert reader.wait_for_loss(PATIENCE)
        assert "tried again by itself" in reader.sentence or "does not answer" in reader.sentence
        before = reader.newest()
        assert before is not None
        server = MjpegServer(numbered, port)
        shot = reader.wait(PATIENCE)
        while shot is not None and shot.at <= before.at:
            shot = reader.wait(PATIENCE)
        assert shot is not None and shot.number > before.number
        assert reader.sentence == ""
    finally:
        reader.close()
        server.close()


def test_a_network_camera_that_does_not_answer_is_named(server: MjpegServer) -> None:
    url = server.url
    server.close()
    with pytest.raises(CameraError, match="does not answer"):
        open_camera(url)


def test_a_video_file_plays_and_starts_again(tmp_path: Path) -> None:
    path = tmp_path / "smear.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 100.0, (64, 48))
    for number in range(5):
        writer.write(np.full((48, 64, 3), 40 * number, np.uint8))
    writer.release()
    camera = open_camera(str(path))
    seen = [round(float(camera.read().mean()) / 40) for _ in range(8)]
    camera.close()
    assert seen == [0, 1, 2, 3, 4, 0, 1, 2]
    torn = tmp_path / "torn.avi"
    torn.write_bytes(b"no video")
    with pytest.raises(CameraError, match="cannot be played"):
        open_camera(str(torn))
