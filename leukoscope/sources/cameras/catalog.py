"""Which cameras there are, and how each is opened."""

from __future__ import annotations

import re
from pathlib import Path

from leukoscope.domain.errors import CameraError
from leukoscope.sources.cameras.camera import Camera, CameraInfo, CameraKind
from leukoscope.sources.cameras.demo_camera import DEMO, DemoCamera
from leukoscope.sources.cameras.opencv_camera import OpenCvCamera

DEVICES = Path("/sys/class/video4linux")
"""Where Linux names its cameras."""
_URL = re.compile(r"(https?|rtsps?|rtmp|udp|tcp)://", re.IGNORECASE)
_USB = "usb:"
_MICRO_MANAGER = "mm:"
DEMO_CONFIG = "demo"
"""After ``mm:``: the configuration of Micro-Manager's own demonstration devices."""


def list_cameras(devices: Path = DEVICES) -> tuple[CameraInfo, ...]:
    """Cameras that can be opened now: those plugged in, then the demo smear, which is always there."""
    return (*(info for info, _ in _plugged_in(devices)), DEMO)


def describe(camera_id: str) -> CameraInfo:
    """What an id means.

    Raises
    ------
    CameraError
        When it means nothing.
    """
    if camera_id in {DEMO.id, "demo"}:
        return DEMO
    if _URL.match(camera_id):
        return CameraInfo(camera_id, re.sub(r"//[^/@]*@", "//", camera_id), CameraKind.URL)
    if camera_id.startswith(_USB):
        return CameraInfo(camera_id, camera_id.removeprefix(_USB), CameraKind.USB)
    if camera_id.startswith(_MICRO_MANAGER):
        config = camera_id.removeprefix(_MICRO_MANAGER)
        name = "Micro-Manager demo" if config == DEMO_CONFIG else f"Micro-Manager, {Path(config).stem}"
        return CameraInfo(camera_id, name, CameraKind.MICRO_MANAGER)
    if Path(camera_id).is_file():
        return CameraInfo(camera_id, Path(camera_id).name, CameraKind.VIDEO)
    raise CameraError("There is no such camera; “leukoscope cameras list” names those there are.", "unknown camera id")


def open_camera(camera_id: str, devices: Path = DEVICES) -> Camera:
    """Open a camera by its id.

    Raises
    ------
    CameraError
        When it is unknown, unplugged, in use, or does not answer.
    """
    info = describe(camera_id)
    if info.kind is CameraKind.DEMO:
        return DemoCamera()
    if info.kind is CameraKind.MICRO_MANAGER:
        from leukoscope.sources.cameras.micromanager_camera import MicroManagerCamera

        return MicroManagerCamera(info, info.id.removeprefix(_MICRO_MANAGER))
    if info.kind is not CameraKind.USB:
        return OpenCvCamera(info, info.id)
    for other, device in _plugged_in(devices):
        if other.id == info.id:
            return OpenCvCamera(other, device)
    number = info.id.removeprefix(_USB)
    if number.isdigit():
        return OpenCvCamera(info, int(number))
    raise CameraError(f"“{info.name}” is not plugged in; check its cable.", "camera not among the devices")


def _plugged_in(devices: Path) -> list[tuple[CameraInfo, str]]:
    """USB cameras of Linux with the path of each; one camera has several nodes, the first gives pictures."""
    found: dict[str, tuple[CameraInfo, str]] = {}
    for node in sorted(devices.glob("video*"), key=lambda path: int(path.name.removeprefix("video") or 0)):
        try:
            name = (node / "name").read_text(encoding="utf-8").strip()
            first = (node / "index").read_text(encoding="utf-8").strip() == "0"
        except OSError:
            continue
        port = (node / "device").resolve().name
        if first and name:
            camera_id = f"{_USB}{name}@{port}"
            found.setdefault(camera_id, (CameraInfo(camera_id, name, CameraKind.USB), f"/dev/{node.name}"))
    return list(found.values())
