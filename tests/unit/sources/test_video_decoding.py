"""Pictures of streams and of video files are decoded in a process with limits, and never in this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import CameraError, ImageError
from leukoscope.sources import decoder_limits, decoding
from leukoscope.sources.cameras.camera import CameraInfo, to_rgb
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.motion_jpeg import decoded
from leukoscope.sources.cameras.video_camera import VideoCamera
from leukoscope.sources.decoder import Decoder, stream_decoder
from leukoscope.sources.decoder_limits import BYTES_PER_PIXEL, FILM_BYTES, STREAM_S, of_video
from leukoscope.sources.decoder_process import Order, Task, first_allowance

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
SHADES = [20 * number for number in range(10)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 100, (64, 48))
    for shade in SHADES:
        writer.write(np.full((48, 64, 3), shade, np.uint8))
    writer.release()
    return path


@pytest.fixture
def camera(film: Path, not_here: None) -> Iterator[VideoCamera]:
    one = VideoCamera(CameraInfo(str(film), film.name, CameraKind.VIDEO), film)
    yield one
    one.close()


@pytest.fixture
def not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process nothing may be decoded."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("decoded in the program's own process")

    monkeypatch.setattr(cv2, "imdecode", refuse)
    monkeypatch.setattr(cv2, "VideoCapture", refuse)


def jpeg(pixels: np.ndarray) -> bytes:
    good, data = cv2.imencode(".jpg", pixels)
    assert good
    return data.tobytes()


def grain(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 255, shape, np.uint8)


def pid_of(one: Decoder) -> int:
    assert one._child is not None
    assert one._child.process.pid is not None
    return one._child.process.pid


@pytest.mark.parametrize("shape", [(48, 64, 3), (49, 63)])
def test_a_picture_of_a_stream_is_the_same_as_in_this_process(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    data = jpeg(grain(*shape))
    wanted = to_rgb(np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)), bgr=True)
    request.getfixturevalue("not_here")
    got = decoded(data)
    assert got is not None
    np.testing.assert_array_equal(got, wanted)


def test_torn_pictures_are_passed_over_and_the_process_lives(not_here: None) -> None:
    whole = jpeg(grain(200, 300, 3))
    assert decoded(whole) is not None
    before = pid_of(stream_decoder())
    assert decoded(whole[:2] + bytes(50)) is None
    assert decoded(whole[: len(whole) // 2] + b"\xff\xd9") is not None, "OpenCV shows what there is"
    assert decoded(whole) is not None
    assert pid_of(stream_decoder()) == before


@POSIX
def test_a_process_that_ended_under_a_stream_is_started_again(not_here: None) -> None:
    whole = jpeg(grain(200, 300, 3))
    assert decoded(whole) is not None
    os.kill(pid_of(stream_decoder()), signal.SIGKILL)
    assert decoded(whole) is not None


def test_a_film_plays_there_at_its_own_pace_and_begins_again(camera: VideoCamera) -> None:
    seen = [int(camera.read().mean()) for _ in range(12)]
    np.testing.assert_allclose(seen, [*SHADES, *SHADES[:2]], atol=3)
    assert camera.read().shape == (48, 64, 3)


@POSIX
def test_a_film_whose_process_ended_begins_anew(camera: VideoCamera) -> None:
    for _ in range(5):
        camera.read()
    os.kill(pid_of(camera._decoder), signal.SIGKILL)
    assert int(camera.read().mean()) <= 3


@POSIX
def test_a_film_that_hangs_is_given_up(camera: VideoCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    camera.read()
    monkeypatch.setattr(decoder_limits, "STREAM_S", 1.0)
    os.kill(pid_of(camera._decoder), signal.SIGSTOP)
    with pytest.raises(CameraError, match="takes too long"):
        camera.read()
    monkeypatch.undo()
    assert int(camera.read().mean()) <= 3, "it can be played again"


def test_a_film_of_too_large_pictures_is_refused_when_it_is_opened(
    film: Path, not_here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 64 * 47)
    with pytest.raises(CameraError, match=r"“film\.avi” have 0 megapixels, more than"):
        VideoCamera(CameraInfo(str(film), film.name, CameraKind.VIDEO), film)


def test_what_is_no_film_is_said(tmp_path: Path, not_here: None) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom" + bytes(5000))
    with pytest.raises(CameraError, match=r"“x\.mp4” cannot be played"):
        VideoCamera(CameraInfo(str(path), path.name, CameraKind.VIDEO), path)


def test_limits_are_known_before_and_grow_with_the_declared_size_only() -> None:
    picture = first_allowance(Order(Task.PICTURE, "x", 1000, False, 1, pixels=1_000_000), bytes(1000))
    larger = first_allowance(Order(Task.PICTURE, "x", 1000, False, 1, pixels=2_000_000), bytes(1000))
    assert larger.memory - picture.memory == BYTES_PER_PIXEL * 1_000_000
    assert picture.seconds == larger.seconds == STREAM_S
    opening = first_allowance(Order(Task.VIDEO, "x", 0, False, 1, path="/x"), b"")
    assert (opening.memory, opening.seconds) == (FILM_BYTES, STREAM_S)
    assert of_video(1000).memory == FILM_BYTES + 1000 * BYTES_PER_PIXEL


@pytest.mark.skipif(sys.platform != "linux", reason="the system limits memory on Linux")
def test_an_open_film_is_given_no_more_memory_with_each_picture() -> None:
    code = (
        "import resource\n"
        "from leukoscope.sources.decoder_limits import Allowance, impose\n"
        "impose(Allowance(1 << 30, 60.0))\n"
        "before = resource.getrlimit(resource.RLIMIT_AS)\n"
        "kept = bytearray(200 << 20)\n"
        "impose(Allowance(1 << 30, 60.0), memory=False)\n"
        "assert resource.getrlimit(resource.RLIMIT_AS) == before\n"
        "impose(Allowance(1 << 30, 60.0))\n"
        "assert resource.getrlimit(resource.RLIMIT_AS) != before\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_refusal_is_a_sentence(film: Path) -> None:
    one = Decoder()
    try:
        with pytest.raises(ImageError, match="cannot be played"):
            one.next_of_video(film.with_name("none.avi"), "none.avi")
    finally:
        one.close()
