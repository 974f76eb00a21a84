"""What every reader of slides does, whatever library stands behind it. Only the process for foreign files has them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.slides import SlideInfo

_EDGE = 1 << 20
"""So many bytes of a file's beginning, and of its end, go into its fingerprint."""
LARGEST_PART = 16_000_000
"""Pixels that are read at once at most: whoever wants more reads it in parts."""


class SlideFile(Protocol):
    """An opened slide. Label, macro image and thumbnail of the file are not among its levels, and are never read."""

    @property
    def info(self) -> SlideInfo:
        """What is known of it."""
        ...

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """Read a part of a level.

        Parameters
        ----------
        level
            Number of the level.
        x, y
            Upper left corner, in pixels of that level, inside it.
        width, height
            In pixels of that level; the part lies on the slide.

        Returns
        -------
        ndarray
            Shape (height, width, 3), uint8, sRGB; what was not scanned has the color that the file says, else white.

        Raises
        ------
        Exception
            Whatever damaged bytes make of it.
        """
        ...

    def close(self) -> None:
        """Let the file go."""
        ...


def fingerprint(path: Path) -> str:
    """Of a file of any size, read at its two ends only; of a slide in several files, of the one that is opened.

    Returns
    -------
    str
        32 hex digits.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    size = path.stat().st_size
    digest = hashlib.blake2b(size.to_bytes(8, "big"), digest_size=16)
    with path.open("rb") as file:
        digest.update(file.read(_EDGE))
        file.seek(max(size - _EDGE, 0))
        digest.update(file.read(_EDGE))
    return digest.hexdigest()


def not_tiled(name: str) -> ImageError:
    """The sentence for a pyramid of which no part can be read by itself."""
    sentence = f"“{name}” is not stored in tiles, so that no part of it can be read alone; save it as a tiled TIFF."
    return ImageError(sentence, "strips too large", cause=Cause.UNKNOWN_KIND)


def overlay(canvas: NDArray[np.generic], tile: NDArray[np.generic], x: int, y: int) -> None:
    """Put a tile onto a canvas where they overlap."""
    height, width = canvas.shape[:2]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + tile.shape[1], width), min(y + tile.shape[0], height)
    if right > left and bottom > top:
        canvas[top:bottom, left:right] = tile[top - y : bottom - y, left - x : right - x]
