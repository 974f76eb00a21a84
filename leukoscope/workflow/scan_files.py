"""A scan into files: each field an OME-TIFF that says its scale and its place, as a microscope's own program would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.sources.cameras.reader import Shot
from leukoscope.system.durable import write_private
from leukoscope.workflow.capture import OPEN_S, PATIENCE_S, watch_camera
from leukoscope.workflow.scanning import Scan, ScanOrder, ScanStep


def scan_to(
    camera_id: str,
    order: ScanOrder,
    folder: Path,
    um_per_px: float | None = None,
    on_step: Callable[[ScanStep], None] = lambda _step: None,
) -> ScanStep:
    """Scan fields into a folder.

    Parameters
    ----------
    camera_id
        Of a camera whose microscope has a motorized stage.
    order
        What is scanned.
    folder
        Where files are written, new or there already; a file of the same name is never written over.
    um_per_px
        Scale where the camera does not know its own.
    on_step
        Told how far it is.

    Raises
    ------
    CameraError
        When the scan cannot be done, or a file cannot be written; files written so far stay.
    """
    order.checked()
    when = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    reader = watch_camera(camera_id, lambda: None)
    try:
        if reader.first(OPEN_S, PATIENCE_S) is None:
            message = reader.sentence or "The camera was not ready in time; wait a moment, then try again."
            raise CameraError(message, "no shot in time", cause=reader.cause or Cause.UNREACHABLE)
        number = 0

        def keep(shot: Shot) -> None:
            nonlocal number
            number += 1
            _write(folder / f"scan-{when}-{number:04}.ome.tif", _ome(shot, shot.um_per_px or um_per_px))

        return Scan(reader, order, um_per_px, keep, on_step).run()
    finally:
        reader.close()


def _ome(shot: Shot, um_per_px: float | None) -> bytes:
    import tifffile

    said: dict[str, object] = {"axes": "YXS"}
    if um_per_px:
        said |= {f"PhysicalSize{axis}": um_per_px for axis in "XY"}
        said |= {f"PhysicalSize{axis}Unit": "µm" for axis in "XY"}
    if shot.stage is not None:
        places = {"PositionX": shot.stage.x_um, "PositionY": shot.stage.y_um}
        said["Plane"] = {name: [value] for name, value in places.items()} | {f"{name}Unit": ["µm"] for name in places}
    made = BytesIO()
    tifffile.imwrite(made, shot.pixels, photometric="rgb", metadata=said, ome=True, compression="zlib")
    return made.getvalue()


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise FileExistsError(path.name)
        write_private(path, data)
    except OSError as error:
        raise CameraError(f"“{path.name}” cannot be written; choose another folder.", repr(error)) from error
