"""A video file plays itself and nothing else; an address is kept without what lets somebody in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import CameraError
from leukoscope.sources.cameras import video_camera
from leukoscope.sources.cameras.camera import CameraInfo
from leukoscope.sources.cameras.catalog import describe, open_camera, without_secrets
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.video_camera import VideoCamera
from leukoscope.workflow.capture import origin_of


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "secret.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for shade in range(10):
        writer.write(np.full((48, 64, 3), 20 * shade, np.uint8))
    writer.release()
    return path


def lists(film: Path) -> dict[str, str]:
    return {
        "a.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{film}\n#EXT-X-ENDLIST\n",
        "b.avi": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{film.name}\n#EXT-X-ENDLIST\n",
        "c.ffconcat": f"ffconcat version 1.0\nfile {film.name}\n",
        "d.mp4": f"ffconcat version 1.0\nfile {film.name}\n",
        "e.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 26\n",
        "f.mpd": '<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>',
    }


@pytest.mark.parametrize("name", ["a.m3u8", "b.avi", "c.ffconcat", "d.mp4", "e.sdp", "f.mpd"])
@pytest.mark.parametrize("looked_at", [True, False])
def test_a_list_of_other_files_is_not_followed(
    film: Path, name: str, looked_at: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where its first bytes are looked at, nor where ffmpeg alone must refuse."""
    path = film.with_name(name)
    path.write_text(lists(film)[name], encoding="utf-8")
    if not looked_at:
        monkeypatch.setattr(video_camera, "check_video", lambda _path: None)
    with pytest.raises(CameraError, match="list of other videos" if looked_at else "cannot be played") as refused:
        open_camera(str(path))
    assert film.name not in refused.value.message + refused.value.detail


def test_numbered_pictures_are_no_film(film: Path) -> None:
    good, data = cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))
    assert good
    for number in range(3):
        film.with_name(f"cell_{number:03d}.png").write_bytes(data.tobytes())
    with pytest.raises(CameraError):
        VideoCamera(
            CameraInfo(str(film.with_name("cell_000.png")), "x", CameraKind.VIDEO), film.with_name("cell_000.png")
        )


@pytest.mark.parametrize(("suffix", "code"), [("avi", "MJPG"), ("mp4", "mp4v"), ("mkv", "mp4v"), ("mov", "mp4v")])
def test_films_play_as_before(tmp_path: Path, suffix: str, code: str) -> None:
    path = tmp_path / f"film.{suffix}"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 25, (64, 48))
    for shade in range(10):
        writer.write(np.full((48, 64, 3), 20 * shade, np.uint8))
    writer.release()
    camera = open_camera(str(path))
    try:
        assert camera.read().shape == (48, 64, 3)
    finally:
        camera.close()


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://lab:geheim77@10.0.0.7/s",
        "http://10.0.0.7:81/stream?token=geheim77",
        "http://10.0.0.7/stream#geheim77",
        "rtsp://10.0.0.7:554/user=admin&password=geheim77&channel=1/x",
        "rtsp://10.0.0.7/live/password%3Dgeheim77",
        "http://a:geheim77@b@10.0.0.7/x",
        "http://lab:geheim77/8@10.0.0.7/x",
        "http://lab:geheim77?8@10.0.0.7/x",
    ],
)
def test_no_secret_of_an_address_is_kept(url: str) -> None:
    info = describe(url)
    assert info.id == url, "the camera itself gets all of it"
    origin = origin_of(url, datetime(2026, 11, 29, 12, 0))
    assert "geheim77" not in info.name + origin.name + str(origin.path)
    assert info.name.startswith(url.partition("://")[0] + "://")


def test_an_address_without_secrets_stays() -> None:
    assert without_secrets("http://camera:81/stream/1") == "http://camera:81/stream/1"
