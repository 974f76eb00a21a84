"""What decoding an image file gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from leukoscope.domain.compression import Compression
from leukoscope.domain.frames import Pixels
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope
from leukoscope.domain.stage import StagePosition


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """What a file holds.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, sRGB, upright, transparency on black.
    um_per_px
        Micrometers for one pixel where the file says it credibly, else ``None``.
    microscope
        Camera and objective where the file names them.
    stage
        Where on the glass it was taken, where the file says it credibly.
    taken_at
        When, with time zone, where the file says it.
    compression
        What was lost, where the file's own first bytes do not say it.
    """

    pixels: Pixels
    um_per_px: float | None
    microscope: Microscope = UNKNOWN_MICROSCOPE
    stage: StagePosition | None = None
    taken_at: datetime | None = None
    compression: Compression | None = None


OnSize = Callable[[int, int], object]
"""Told width and height as the file declares them, before any pixel is decoded."""


def nobody(_width: int, _height: int) -> None:
    """Nobody needs to know the size."""
