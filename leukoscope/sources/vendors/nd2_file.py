"""A Nikon ND2 file: its positions as images. nd2 reads what it says; its frames are laid out and checked here."""

from __future__ import annotations

import logging
import math
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.compression import Compression
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope, plain_name
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.moments import moment_of
from leukoscope.sources.rgb_planes import rgb_order
from leukoscope.sources.stage import said_position
from leukoscope.sources.units import positive
from leukoscope.sources.vendors.port import MOST_PLANES, VendorImage, VendorKindError

logger = logging.getLogger(__name__)

_LOOPS = {"XYPosLoop": "P", "TimeLoop": "T", "NETimeLoop": "T", "ZStackLoop": "Z"}
_FRAME_HEAD = 8
"""Bytes before the samples of a frame: when it was taken."""
_MOST_CHANNELS = 64
_EPOCH, _EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC), 2440587.5
_CAMERA = ("Camera Type:", "Camera Name:")


class Nd2Images:
    """An opened file.

    Parameters
    ----------
    source
        The file, or its bytes; it is read from as long as this is used.

    Raises
    ------
    VendorKindError
        When it is whole and not read.
    Exception
        Whatever damaged bytes make of it.
    """

    def __init__(self, source: Any) -> None:
        from nd2._readers import ModernReader  # the window's start must not wait for it

        self._reader = ModernReader(source)
        said = self._reader.attributes()
        self._channels = int(said.channelCount or 1)
        self._colors = int(said.componentCount) // max(self._channels, 1)
        if not 0 < self._channels <= _MOST_CHANNELS or self._colors * self._channels != int(said.componentCount):
            raise ValueError(f"{said.componentCount} components in {self._channels} channels")
        self._said = said
        self._loops = _loops(self._reader)
        counts = dict(self._loops)
        planes = math.prod(counts.values())
        if planes > MOST_PLANES:
            raise ValueError(f"{counts} planes")
        if int(said.sequenceCount) > planes:
            raise VendorKindError(f"{said.sequenceCount} frames of which {planes} are described")
        image = self._described(counts.get("T", 1), counts.get("Z", 1))
        places = _stages(self._reader, counts.get("P", 1))
        self._images = tuple(replace(image, stage=place) for place in places)

    @property
    def images(self) -> tuple[VendorImage, ...]:
        """One for each position."""
        return self._images

    @property
    def left_out(self) -> int:
        """None: overviews lie in files of their own."""
        return 0

    @property
    def is_slide(self) -> bool:
        """Never: these files have no smaller levels."""
        return False

    def _described(self, times: int, depths: int) -> VendorImage:
        said = self._said
        names, colors = _channel_words(self._reader)
        order: tuple[int, ...] | None = (0,)
        if self._channels > 1:
            order = rgb_order(names, colors, self._channels) if self._colors == 1 else None
        words = ", ".join(name for name in names if name)
        fault = "" if order else f"{self._channels} channels" + (f": {words}" if words else "")
        if self._colors not in {1, 3}:
            fault = f"{self._colors} colors"
        if said.compressionType == "lossy":
            fault = "lossy compression inside"
        return VendorImage(
            int(said.widthPx or 0),
            int(said.heightPx),
            times,
            depths,
            order or (0,),
            fault,
            int(said.bitsPerComponentSignificant) or None,
            _sides_um(self._reader),
            _microscope(self._reader),
            taken_at=_taken_at(self._reader),
        )

    def plane(self, image: int, time: int, depth: int, channel: int) -> NDArray[np.generic]:
        """As :meth:`leukoscope.sources.vendors.port.VendorFile.plane`."""
        frame = self._frame({"P": image, "T": time, "Z": depth})
        part = frame[:, :, channel * self._colors : (channel + 1) * self._colors]
        return part[..., ::-1] if self._colors == 3 else part  # blue comes first

    def _frame(self, place: dict[str, int]) -> NDArray[np.generic]:
        number = 0
        for axis, count in self._loops:
            number = number * count + place[axis]
        said = self._said
        width, height, parts = int(said.widthPx or 0), int(said.heightPx), int(said.componentCount)
        kind = _kind(said)
        row = int(said.widthBytes or width * parts * kind.itemsize)
        if min(width, height) < 1 or row < width * parts * kind.itemsize:
            raise ValueError(f"{width}x{height} in rows of {row} bytes")
        data = self._reader._load_chunk(f"ImageDataSeq|{number}!".encode())[_FRAME_HEAD:]
        if said.compressionType == "lossless":
            unpacked = zlib.decompressobj()
            data = unpacked.decompress(data, row * height)
        steps = (row, parts * kind.itemsize, kind.itemsize)
        # Raises where the bytes do not reach: a frame that is missing or short is never black.
        return np.ndarray((height, width, parts), kind, data, 0, steps).copy()

    def loss(self, _image: int) -> Compression:
        """What is read here lost nothing."""
        return Compression(False)


def _kind(said: Any) -> np.dtype[Any]:
    bits = int(said.bitsPerComponentInMemory)
    if bits not in {8, 16, 32}:
        raise VendorKindError(f"{bits}-bit samples")
    return np.dtype("<f4" if bits == 32 else f"<u{bits // 8}")


def _loops(reader: Any) -> list[tuple[str, int]]:
    """Positions, times and depths from the outermost to the innermost, with how many there are."""
    found: list[tuple[str, int]] = []
    for loop in reader.experiment():
        axis, count = _LOOPS.get(str(loop.type), ""), int(loop.count)
        if count == 1 and not axis:
            continue
        if not axis or axis in dict(found) or count < 1:
            raise VendorKindError(f"a loop of {loop.type}")
        found.append((axis, count))
    return found


def _raw(reader: Any) -> dict[str, Any]:
    """What was written about the picture, as it stands: what the library makes of it fails where dyes are missing."""
    return dict(reader._cached_raw_metadata())


def _channel_words(reader: Any) -> tuple[list[str], list[tuple[int, int, int] | None]]:
    """Name and color of each channel, as far as they are stated; without them nobody knows what is red.

    Raises
    ------
    Exception
        When they are damaged.
    """
    said = _raw(reader).get("sPicturePlanes", {})
    planes = list((said.get("sPlaneNew") or said.get("sPlane") or {}).values())
    stated = [int(one.get("uiColor", 0xFFFFFF)) for one in planes]
    colors = [(value & 255, value >> 8 & 255, value >> 16 & 255) for value in stated]
    return [str(one.get("sDescription", "")) for one in planes], list(colors)


def _sides_um(reader: Any) -> tuple[float, float]:
    """Not calibrated files have 1, which is no scale."""
    try:
        said = _raw(reader)
        side = positive(said.get("dCalibration")) if said.get("bCalibrated") else math.nan
        return side, side
    except Exception:  # metadata can be anything, and no picture is refused for what stands beside it
        logger.exception("scale of an ND2 not understood")
        return math.nan, math.nan


def _microscope(reader: Any) -> Microscope:
    try:
        raw, said = _raw(reader), reader.text_info()
        text = "\n".join(str(said.get(part) or "") for part in ("description", "capturing"))
        lines = [line.strip() for line in text.splitlines()]
        cameras = {line.partition(":")[2].strip() for line in lines if line.startswith(_CAMERA)}
        power = positive(raw.get("dObjectiveMag"))
        times = f"{power:g}x" if math.isfinite(power) else ""
        camera = plain_name(cameras.pop()) if len(cameras) == 1 else ""
        return Microscope(camera, plain_name(str(raw.get("wsObjectiveName") or times)))
    except Exception:  # as above
        logger.exception("microscope of an ND2 not understood")
        return UNKNOWN_MICROSCOPE


def _taken_at(reader: Any) -> datetime | None:
    """Nikon counts days as astronomers do."""
    try:
        days = positive(_raw(reader).get("dTimeAbsolute"))
        return moment_of((_EPOCH + timedelta(days=days - _EPOCH_DAY)).isoformat()) if days > _EPOCH_DAY else None
    except Exception:  # as above
        logger.exception("time of an ND2 not understood")
        return None


def _stages(reader: Any, count: int) -> list[StagePosition | None]:
    try:
        points = [loop.parameters.points for loop in reader.experiment() if loop.type == "XYPosLoop"]
        if points and len(points[0]) == count:
            return [said_position(one.stagePositionUm.x, one.stagePositionUm.y) for one in points[0]]
    except Exception:  # as above
        logger.exception("places of an ND2 not understood")
    return [None] * count
