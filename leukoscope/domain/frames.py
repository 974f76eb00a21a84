"""Frame: one RGB image with where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.compression import Compression
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope
from leukoscope.domain.stage import StagePosition

Pixels = NDArray[np.uint8]
"""Image samples, shape (height, width, 3), uint8, RGB."""


class OriginKind(StrEnum):
    """Where a Frame's pixels came from."""

    FILE = "file"
    CAMERA = "camera"
    CLIPBOARD = "clipboard"
    DEMO = "demo"


@dataclass(frozen=True)
class FrameOrigin:
    """Where and when a Frame was taken.

    Parameters
    ----------
    kind
        File, camera, clipboard or the demo smear.
    name
        What a person calls it: the file name or the camera's name.
    path
        Full path of the file, ``None`` if there is none.
    taken_at
        Time of taking, with time zone, ``None`` if unknown.
    exposure_ms
        Exposure time in milliseconds, ``None`` if unknown.
    compression
        What was lost before this program had it, where the bytes that are kept cannot say so: those of a page, or of a
        camera, are a PNG of the program's own. ``None`` where the kept file itself says it.
    microscope
        What it was taken with, as far as anybody knows.
    stage
        Where on the glass; ``None`` where nobody said it.
    counted
        Centers of the cells that are counted in this image, in its pixels, where others of the same slide show some of
        its cells too; ``None`` where all are.
    """

    kind: OriginKind
    name: str
    path: str | None = None
    taken_at: datetime | None = None
    exposure_ms: float | None = None
    compression: Compression | None = None
    microscope: Microscope = UNKNOWN_MICROSCOPE
    stage: StagePosition | None = None
    counted: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """One RGB image with where it came from.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB, 0..255; read-only.
    origin
        Where it came from.
    sha256
        Hex SHA-256 of the file's bytes, or of the PNG bytes for a Frame that never was a file.
    um_per_px
        Size of one pixel in the specimen, in micrometers; ``None`` when not calibrated.
    estimated_um_per_px
        What the red cells of all images of its case say of the same, for an image that is not calibrated; ``None``
        when nobody asked them. It is good enough to cut cells out, not to measure by.
    """

    pixels: Pixels
    origin: FrameOrigin
    sha256: str
    um_per_px: float | None = None
    estimated_um_per_px: float | None = None

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError(f"a Frame is (height, width, 3) uint8, not {self.pixels.shape} {self.pixels.dtype}")
        self.pixels.setflags(write=False)

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])
