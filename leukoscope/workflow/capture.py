"""Taking Frames from a camera."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import cv2

from leukoscope.domain.compression import Compression
from leukoscope.domain.errors import CameraError, Cause
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind, Pixels
from leukoscope.domain.microscopes import Microscope, plain_name
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.cameras.camera import CameraInfo
from leukoscope.sources.cameras.catalog import describe, list_cameras, open_camera
from leukoscope.sources.cameras.micromanager_camera import installed
from leukoscope.sources.cameras.reader import CameraReader, Shot
from leukoscope.system.durable import write_private

OPEN_S, PATIENCE_S = 30.0, 6.0
"""``snap`` gives a camera up that takes so long to open (some drivers do), and then gives no picture for so long."""


def camera_list() -> tuple[CameraInfo, ...]:
    """Cameras that can be opened now."""
    return list_cameras()


def camera_name(camera_id: str) -> str:
    """What a person calls a camera; raises CameraError when the id means nothing."""
    return describe(camera_id).name


def micro_manager_installed() -> bool:
    """Whether cameras can be driven through Micro-Manager here."""
    return installed()


def watch_camera(camera_id: str, on_shot: Callable[[], None], after: CameraReader | None = None) -> CameraReader:
    """Begin to read a camera, once the one before has been let go.

    Raises
    ------
    CameraError
        When the id means nothing; whatever happens later, the reader says itself.
    """
    kind = describe(camera_id).kind
    return CameraReader(lambda: open_camera(camera_id), on_shot, after=after, kind=kind)


def origin_of(
    camera_id: str, at: datetime, exposure_ms: float | None = None, stage: StagePosition | None = None
) -> FrameOrigin:
    """Where a Frame from a camera came from."""
    info = describe(camera_id)
    # Network cameras and video files send what a codec left of their pictures; which one, and how much, is not told.
    lost = Compression(lossy=True) if info.kind.lossy else None
    name = f"{info.name} {at:%H:%M:%S}"
    microscope = Microscope(plain_name(info.name))
    return FrameOrigin(
        OriginKind.CAMERA, name, taken_at=at, exposure_ms=exposure_ms, compression=lost, microscope=microscope,
        stage=stage,
    )  # fmt: skip


def frame_of(shot: Shot, origin: FrameOrigin) -> Frame:
    """A Frame of a picture; its SHA-256 is of its PNG bytes."""
    return Frame(shot.pixels, origin, hashlib.sha256(_encoded(shot.pixels, ".png")).hexdigest(), shot.um_per_px)


def snap(camera_id: str, out: Path) -> Frame:
    """Take one picture and write it.

    Raises
    ------
    CameraError
        When there is no such camera, it gives no picture, or the file cannot be written.
    """
    if out.suffix.lower() not in {".png", ".tif", ".tiff"}:
        raise CameraError("A picture is written as PNG or TIFF; give the file such an ending.", "suffix")
    reader = watch_camera(camera_id, lambda: None)
    try:
        shot = reader.first(OPEN_S, PATIENCE_S)
        if shot is None:
            message = reader.sentence or "The camera was not ready in time; wait a moment, then try again."
            raise CameraError(message, "no shot in time", cause=reader.cause or Cause.UNREACHABLE)
    finally:
        reader.close()
    try:
        write_private(out, _encoded(shot.pixels, out.suffix.lower()))
    except OSError as error:
        raise CameraError(f"“{out.name}” cannot be written; choose another folder.", repr(error)) from error
    return frame_of(shot, origin_of(camera_id, datetime.now().astimezone(), stage=shot.stage))


def _encoded(pixels: Pixels, suffix: str) -> bytes:
    good, data = cv2.imencode(suffix, pixels[:, :, ::-1])
    if not good:
        raise CameraError("The picture cannot be written; choose another kind of file.", suffix)
    return data.tobytes()
