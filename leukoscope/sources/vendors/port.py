"""What every reader of a microscope maker's files does. Only the process for foreign files has them."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.compression import Compression
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope
from leukoscope.domain.stage import StagePosition

MOST_PLANES = 1 << 16
"""Files that claim more planes are damaged."""
KINDS = {b"ZISRAWFILE": "Zeiss CZI", b"\xda\xce\xbe\x0a": "Nikon ND2", b"\x70\x00\x00\x00": "Leica LIF"}
"""First bytes of each kind, and what a person calls it."""
_LONGEST_START = max(len(start) for start in KINDS)
_LIF_TEST = b"\x2a"


@dataclass(frozen=True)
class VendorImage:
    """One place that a microscope took: a scene, a position, a tile of a scan.

    Parameters
    ----------
    width, height
        In pixels.
    times, depths
        How many planes of it there are.
    order
        Numbers of the channels that are red, green and blue, or of the one that has all colors or is gray.
    fault
        What the channels are instead, in words; empty when the image can be read.
    bits
        Depth of a sample that the file states, if it does.
    sides_um
        Width and height of a pixel in the specimen, NaN where not stated.
    microscope, stage, taken_at
        As :class:`leukoscope.sources.decoding.DecodedImage` has them.
    """

    width: int
    height: int
    times: int = 1
    depths: int = 1
    order: tuple[int, ...] = (0,)
    fault: str = ""
    bits: int | None = None
    sides_um: tuple[float, float] = (math.nan, math.nan)
    microscope: Microscope = UNKNOWN_MICROSCOPE
    stage: StagePosition | None = None
    taken_at: datetime | None = None

    @property
    def planes(self) -> int:
        """How many numbers the image takes among those of its file."""
        return self.times * self.depths


class VendorFile(Protocol):
    """An opened file. Labels, previews and overviews in it are no images of it, and are never read."""

    @property
    def images(self) -> tuple[VendorImage, ...]:
        """In the order of the file."""
        ...

    @property
    def left_out(self) -> int:
        """How many previews, labels and smaller copies it has beside."""
        ...

    @property
    def is_slide(self) -> bool:
        """Whether a slide reader opens it in parts, where it is larger than an image may be."""
        ...

    def plane(self, image: int, time: int, depth: int, channel: int) -> NDArray[np.generic]:
        """Read a plane: shape (height, width, 1 or 3), colors as red, green, blue.

        Raises
        ------
        VendorKindError
            When it is whole and not read.
        Exception
            Whatever damaged bytes make of it.
        """
        ...

    def loss(self, image: int) -> Compression:
        """How the image was compressed in the file."""
        ...


class VendorKindError(ValueError):
    """Whole, and of a kind that is not read; the message is its name."""


class WithinFile:
    """A file of which no more is asked for than there is: memory for what a damaged length says is never taken.

    Nothing else is known of it: libraries map real files whole, which counts as memory.
    """

    closed = False

    def __init__(self, source: Any) -> None:
        self._source = source
        self.size = int(source.seek(0, io.SEEK_END))
        source.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Some bytes; all that are left for a negative number."""
        left = max(self.size - self.tell(), 0)
        return bytes(self._source.read(left if size is None or size < 0 else min(size, left)))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        return int(self._source.seek(offset, whence))

    def tell(self) -> int:
        """The place."""
        return int(self._source.tell())

    def close(self) -> None:
        """Whoever opened it closes it."""


def kind_of(start: bytes) -> str:
    """What a file with these first bytes is; empty where it is of none of these makers."""
    kind = next((kind for first, kind in KINDS.items() if start.startswith(first)), "")
    return "" if kind == "Leica LIF" and start[8:9] != _LIF_TEST else kind


def read_exactly(source: Any, place: int, size: int) -> bytes:
    """Bytes at a place, all of them.

    Raises
    ------
    ValueError
        When the file ends before.
    """
    if place < 0 or size < 0:
        raise ValueError(f"{size} bytes at {place}")
    source.seek(place)
    data = bytes(source.read(size))
    if len(data) != size:
        raise ValueError(f"the file ends at byte {place + len(data)} instead of {place + size}")
    return data


def kind_error(name: str, file_kind: str, kind: str) -> ImageError:
    """The sentence for a file that is whole and not read."""
    message = (
        f"“{name}” is a {file_kind} file of a kind that is not read ({kind}); export its images as TIFF or PNG from "
        "the program it comes from."
    )
    return ImageError(message, kind, cause=Cause.UNKNOWN_KIND)
