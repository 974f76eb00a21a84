"""The cameras that are plugged in, by the names their system gives them, and what opens each."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from leukoscope.sources.cameras.camera import CameraInfo
from leukoscope.sources.cameras.kinds import CameraKind

logger = logging.getLogger(__name__)

DEVICES = Path("/sys/class/video4linux")
"""Where Linux names its cameras."""
USB = "usb:"
_BACKENDS = {"win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}
"""What OpenCV opens cameras with on systems that are asked for their names."""


@dataclass(frozen=True)
class PluggedIn:
    """A camera of this computer.

    Parameters
    ----------
    info
        Its id holds the name and where it is plugged in (Linux: the port; else the system's own id of the device), so
        that it is the same camera the next time.
    device
        Path or number for OpenCV.
    backend
        OpenCV's number of the system's interface that counts so.
    """

    info: CameraInfo
    device: str | int
    backend: int = cv2.CAP_ANY


def plugged_in(devices: Path = DEVICES, system: str = sys.platform) -> tuple[PluggedIn, ...]:
    """All cameras of this computer, each once."""
    found: dict[str, PluggedIn] = {}
    for one in _of_linux(devices) if system.startswith("linux") else _asked_for(_BACKENDS.get(system, cv2.CAP_ANY)):
        found.setdefault(one.info.id, one)
    return tuple(found.values())


def _of_linux(devices: Path) -> Iterator[PluggedIn]:
    """One camera has several nodes, the first gives pictures."""
    for node in sorted(devices.glob("video*"), key=lambda path: int(path.name.removeprefix("video") or 0)):
        try:
            name = (node / "name").read_text(encoding="utf-8").strip()
            first = (node / "index").read_text(encoding="utf-8").strip() == "0"
        except OSError as error:
            logger.info("a camera went while the list was made: %r", error)
            continue
        port = (node / "device").resolve().name
        if first and name:
            yield PluggedIn(CameraInfo(f"{USB}{name}@{port}", name, CameraKind.USB), f"/dev/{node.name}")


def _asked_for(backend: int) -> Iterator[PluggedIn]:
    """Ask Media Foundation or AVFoundation, in the order in which OpenCV counts."""
    from cv2_enumerate_cameras import enumerate_cameras

    try:
        cameras = enumerate_cameras(backend)
    except (OSError, RuntimeError, NotImplementedError) as error:
        logger.warning("the system does not tell its cameras: %r", error)
        return
    for one in cameras:
        name, where = str(one.name or "Camera"), str(one.path or one.index)
        yield PluggedIn(CameraInfo(f"{USB}{name}@{where}", name, CameraKind.USB), int(one.index), backend)
