"""Cameras are found by the names that their system gives them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import cv2_enumerate_cameras
import pytest

from leukoscope.domain.errors import CameraError
from leukoscope.sources.cameras.catalog import describe, list_cameras, open_camera
from leukoscope.sources.cameras.plugged_in import plugged_in


def test_cameras_keep_their_name_and_port(tmp_path: Path) -> None:
    for number, index in ((0, "0"), (1, "1"), (10, "0")):
        node = tmp_path / f"video{number}"
        port = tmp_path / "ports" / f"1-{number // 10}:1.0"
        port.mkdir(parents=True, exist_ok=True)
        node.mkdir()
        (node / "name").write_text("MicroCam 5\n")
        (node / "index").write_text(index)
        (node / "device").symlink_to(port)
    found = list_cameras(tmp_path, "linux")
    assert [info.id for info in found] == ["usb:MicroCam 5@1-0:1.0", "usb:MicroCam 5@1-1:1.0", "demo:1"]
    with pytest.raises(CameraError, match="“Other” is not plugged in"):
        open_camera("usb:Other@1-9:1.0", tmp_path, "linux")
    with pytest.raises(CameraError, match="no such camera"):
        describe("nonsense")
    assert describe("rtsp://lab:secret@10.0.0.7/s").name == "rtsp://10.0.0.7/s", "no password on the screen"


@pytest.mark.parametrize(("system", "backend"), [("win32", cv2.CAP_MSMF), ("darwin", cv2.CAP_AVFOUNDATION)])
def test_windows_and_macos_are_asked_for_names_and_the_same_camera_is_opened_again(
    monkeypatch: pytest.MonkeyPatch, system: str, backend: int
) -> None:
    cameras = [("MicroCam 5", "usb#a"), ("MicroCam 5", "usb#b"), ("Built-in", "usb#c")]
    asked: list[int] = []

    def enumerate_cameras(which: int) -> list[SimpleNamespace]:
        asked.append(which)
        return [SimpleNamespace(index=n, name=name, path=path) for n, (name, path) in enumerate(cameras)]

    monkeypatch.setattr(cv2_enumerate_cameras, "enumerate_cameras", enumerate_cameras)
    found = list_cameras(system=system)
    assert [info.name for info in found[:3]] == ["MicroCam 5", "MicroCam 5", "Built-in"]
    assert len({info.id for info in found}) == 4 and asked == [backend]
    second = found[1].id
    cameras.reverse()  # Plugged in again in another order: another number, the same id.
    (one,) = (one for one in plugged_in(system=system) if one.info.id == second)
    assert (one.device, one.backend) == (1, backend)
    cameras.clear()
    with pytest.raises(CameraError, match="“MicroCam 5” is not plugged in"):
        open_camera(second, system=system)


def test_a_system_that_does_not_tell_its_cameras_leaves_the_demo_smear() -> None:
    """The library itself, asked for an interface that this system has not."""
    assert [info.id for info in list_cameras(system="darwin" if sys.platform != "darwin" else "win32")] == ["demo:1"]
