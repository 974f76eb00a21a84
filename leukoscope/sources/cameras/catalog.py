"""Which cameras there are, and how each is opened."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.sources.cameras.camera import DEMO_CONFIG, Camera, CameraInfo
from leukoscope.sources.cameras.demo_camera import DEMO, DemoCamera
from leukoscope.sources.cameras.http_camera import open_http
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.opencv_camera import OpenCvCamera
from leukoscope.sources.cameras.plugged_in import DEVICES, USB, plugged_in
from leukoscope.sources.cameras.video_camera import VideoCamera

_URL = re.compile(r"(https?|rtsps?|rtmp|udp|tcp)://", re.IGNORECASE)
_MICRO_MANAGER = "mm:"


def list_cameras(devices: Path = DEVICES, system: str = sys.platform) -> tuple[CameraInfo, ...]:
    """Cameras that can be opened now: those plugged in, then the demo smear, which is always there."""
    return (*(one.info for one in plugged_in(devices, system)), DEMO)


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
        return CameraInfo(camera_id, without_secrets(camera_id), CameraKind.URL)
    if camera_id.startswith(USB):
        return CameraInfo(camera_id, camera_id.removeprefix(USB).partition("@")[0], CameraKind.USB)
    if camera_id.startswith(_MICRO_MANAGER):
        config = camera_id.removeprefix(_MICRO_MANAGER)
        name = "Micro-Manager demo" if config == DEMO_CONFIG else f"Micro-Manager, {Path(config).stem}"
        return CameraInfo(camera_id, name, CameraKind.MICRO_MANAGER)
    if Path(camera_id).is_file():
        return CameraInfo(camera_id, Path(camera_id).name, CameraKind.VIDEO)
    if "://" in camera_id:
        message = "A camera’s address begins with http://, https:// or rtsp://; correct it."
        raise CameraError(message, "unknown scheme", cause=Cause.UNKNOWN_KIND)
    if Path(camera_id).suffix:
        message = f"“{Path(camera_id).name}” does not exist; check its name and that its drive is connected."
        raise CameraError(message, "no such video file", cause=Cause.UNREACHABLE)
    raise CameraError(
        "There is no such camera; “leukoscope cameras list” names those there are.",
        "unknown camera id",
        cause=Cause.UNKNOWN_KIND,
    )


def without_secrets(url: str) -> str:
    """An address as it may be shown and kept: without name and password, and without all that follows the path.

    Some cameras take the password in the path (``/user=admin&password=…``): it ends before the first such part.
    """
    scheme, _, rest = url.partition("://")
    if "@" in rest and not re.match(r"(\[[^\]]*\]|[^:/?#@]*)(:\d+)?([/?#]|$)", rest):
        # A password may have been written with signs that end the name of a computer.
        rest = rest.rpartition("@")[2]
    place, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    plain = path.split("/")
    for number, part in enumerate(plain):
        if re.search(r"[=@;&]|%3d|%40", part, re.IGNORECASE):
            plain = [*plain[:number], "…"]
            break
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{'/'.join(plain)}"


def open_camera(camera_id: str, devices: Path = DEVICES, system: str = sys.platform) -> Camera:
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
    if info.kind is CameraKind.URL and info.id.lower().startswith("http"):
        return open_http(info, lambda: OpenCvCamera(info, info.id))
    if info.kind is CameraKind.VIDEO:
        return VideoCamera(info, Path(info.id))
    if info.kind is not CameraKind.USB:
        return OpenCvCamera(info, info.id)
    for one in plugged_in(devices, system):
        if one.info.id == info.id:
            return OpenCvCamera(one.info, one.device, one.backend)
    number = info.id.removeprefix(USB)
    if number.isdecimal():
        return OpenCvCamera(info, int(number))
    raise CameraError(
        f"“{info.name}” is not plugged in; check its cable.", "camera not among the devices", cause=Cause.UNREACHABLE
    )
