"""A Leica LIF file: its images and the tiles of its scans. liffile finds them; the planes are laid out here."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.compression import Compression
from leukoscope.domain.microscopes import Microscope, plain_name
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.moments import moment_of
from leukoscope.sources.stage import said_position
from leukoscope.sources.units import UNIT_UM
from leukoscope.sources.vendors.port import MOST_PLANES, VendorImage, read_exactly

logger = logging.getLogger(__name__)
# What it logs about odd files is for its own developers; here it would come out on the terminal.
logging.getLogger("liffile").setLevel(logging.CRITICAL + 1)

_X, _Y, _Z, _T, _TILES = 1, 2, 3, 4, 10
"""Kinds of dimensions; others are wavelengths, rotations and loops."""
_COLORS = {1: 0, 2: 1, 3: 2}
"""Red, green and blue by the tag of a channel; 0 is a gray one."""
_KINDS = {(0, 8): "<u1", (0, 16): "<u2", (0, 32): "<u4", (1, 32): "<f4"}
_MERGED = re.compile(r"(.*?)[ _-]*merg\w*", re.IGNORECASE)
"""What LAS X calls the picture that it put together of a scan's tiles, after the scan's own name."""


@dataclass(frozen=True)
class _Axis:
    count: int
    step: int
    length_um: float


@dataclass(frozen=True)
class _Tile:
    """One image of the file, and where its samples lie."""

    image: VendorImage
    axes: dict[int, _Axis]
    channels: tuple[tuple[str, int], ...]
    """Type of the samples, and bytes before the first, of each channel."""
    start: int
    size: int
    tile: int


class LifImages:
    """An opened file.

    Parameters
    ----------
    source
        The file, or its bytes; it is read from as long as this is used.

    Raises
    ------
    Exception
        Whatever damaged bytes make of it.
    """

    def __init__(self, source: Any) -> None:
        from liffile import LifFile  # the window's start must not wait for it

        self._source = source
        found = [one for one in LifFile(source, squeeze=False).images if one.memory_block.size]
        if not found:
            raise ValueError("no pictures")
        scans = {str(one.name) for one in found if _axes(one.xml_element).get(_TILES, _Axis(1, 0, 0)).count > 1}
        merged = {match[1] for one in found if (match := _MERGED.fullmatch(str(one.name)))} & scans
        kept = [one for one in found if str(one.name) not in merged]
        self._left_out = len(found) - len(kept)
        self._tiles = [tile for one in kept for tile in _tiles(one)]

    @property
    def images(self) -> tuple[VendorImage, ...]:
        """One for each image, and for each tile of a scan that was not put together."""
        return tuple(one.image for one in self._tiles)

    @property
    def left_out(self) -> int:
        """How many scans lie beside in tiles whose picture is there in one."""
        return self._left_out

    @property
    def is_slide(self) -> bool:
        """Never: these files have no smaller levels."""
        return False

    def plane(self, image: int, time: int, depth: int, channel: int) -> NDArray[np.generic]:
        """As :meth:`leukoscope.sources.vendors.port.VendorFile.plane`."""
        one = self._tiles[image]
        name, first = one.channels[channel]
        kind, columns, rows = np.dtype(name), one.axes[_X], one.axes[_Y]
        for axis, number in ((_T, time), (_Z, depth), (_TILES, one.tile)):
            first += number * one.axes[axis].step if axis in one.axes else 0
        span = (rows.count - 1) * rows.step + (columns.count - 1) * columns.step + kind.itemsize
        if min(rows.step, columns.step) < kind.itemsize or first < 0 or first + span > one.size:
            raise ValueError(f"{span} bytes from {first} in a block of {one.size}")
        data = read_exactly(self._source, one.start + first, span)
        shape, steps = (rows.count, columns.count), (rows.step, columns.step)
        return np.ndarray(shape, kind, data, 0, steps)[..., None].astype(kind.newbyteorder("="))

    def loss(self, _image: int) -> Compression:
        """Nothing is compressed in these files."""
        return Compression(False)


def _tiles(one: Any) -> Iterator[_Tile]:
    element, block = one.xml_element, one.memory_block
    axes = _axes(element)
    channels = element.findall("./Data/Image/ImageDescription/Channels/ChannelDescription")
    order, fault = _order(channels)
    depths = {int(channel.get("Resolution")) for channel in channels}
    others = sorted(axis for axis, found in axes.items() if axis not in {_X, _Y, _Z, _T, _TILES} and found.count > 1)
    if one.is_flim or others or not {_X, _Y} <= set(axes):
        fault = "no pictures of a field"
    laid = tuple((_kind(channel), int(channel.get("BytesInc"))) for channel in channels)
    count = axes[_TILES].count if _TILES in axes else 1
    if not 0 < count <= MOST_PLANES:
        raise ValueError(f"{count} tiles")
    across, down, times, deep = (axes.get(axis, _Axis(1, 0, math.nan)) for axis in (_X, _Y, _T, _Z))
    image = VendorImage(
        across.count,
        down.count,
        times.count,
        deep.count,
        order,
        fault,
        depths.pop() if len(depths) == 1 else None,
        (across.length_um, down.length_um),
        _microscope(element),
        taken_at=_taken_at(one),
    )
    places = _stages(one)
    for tile in range(count):
        here = replace(image, stage=places[tile] if tile < len(places) else None)
        yield _Tile(here, axes, laid, int(block.offset), int(block.size), tile)


def _axes(element: Any) -> dict[int, _Axis]:
    """By kind; lengths are those of one element."""
    found = {}
    for one in element.findall("./Data/Image/ImageDescription/Dimensions/DimensionDescription"):
        count, step = int(one.get("NumberOfElements")), int(one.get("BytesInc"))
        if count < 1 or step < 0:
            raise ValueError(f"{count} elements of {step} bytes")
        unit = UNIT_UM.get(str(one.get("Unit")).strip().casefold(), math.nan)
        # From the middle of the first to the middle of the last.
        found[int(one.get("DimID"))] = _Axis(count, step, float(one.get("Length")) * unit / max(count - 1, 1))
    return found


def _kind(channel: Any) -> str:
    bits = int(channel.get("Resolution"))
    width = next((wide for wide in (8, 16, 32) if bits <= wide), 0)
    return _KINDS.get((int(channel.get("DataType")), width)) or _unknown(channel)


def _unknown(channel: Any) -> str:
    raise ValueError(f"samples of type {channel.get('DataType')} with {channel.get('Resolution')} bits")


def _order(channels: Sequence[Any]) -> tuple[tuple[int, ...], str]:
    """Which channels are red, green and blue, by their tags: display colors are those of dyes here."""
    if not channels:
        return (0,), "no channels"
    if len(channels) == 1:
        return (0,), ""
    tags = [_COLORS.get(int(channel.get("ChannelTag"))) for channel in channels]
    if sorted(tag for tag in tags if tag is not None) == [0, 1, 2]:
        return (tags.index(0), tags.index(1), tags.index(2)), ""
    words = ", ".join(name for channel in channels if (name := str(channel.get("LUTName") or "")))
    return (0,), f"{len(channels)} gray channels" + (f": {words}" if words else "")


def _microscope(element: Any) -> Microscope:
    names = ("CameraName", "ObjectiveName")
    parts = list(element.iterfind("./Data/Image/Attachment//*"))
    found = [{plain_name(str(part.get(name))) for part in parts if part.get(name)} for name in names]
    return Microscope(*(one.pop() if len(one) == 1 else "" for one in found))


def _taken_at(one: Any) -> datetime | None:
    try:
        stamps = one.timestamps
        return None if stamps is None or not len(stamps) else moment_of(f"{np.datetime_as_string(stamps[0], 's')}Z")
    except Exception:  # metadata can be anything, and no picture is refused for what stands beside it
        logger.exception("time of a LIF not understood")
        return None


def _stages(one: Any) -> list[StagePosition | None]:
    """Where the tiles lie; the file has meters."""
    try:
        found = one.tilescan
        meters = (UNIT_UM["m"], UNIT_UM["m"])
        return [] if found is None else [said_position(x, y, meters) for *_, y, x in found.tiles.tolist()]
    except Exception:  # as above
        logger.exception("places of a LIF not understood")
        return []
