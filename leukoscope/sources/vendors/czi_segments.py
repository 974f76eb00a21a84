"""The container of a Zeiss CZI file (ZISRAW): a list of its pieces, each found without reading the others."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from leukoscope.sources.vendors.port import read_exactly

START = b"ZISRAWFILE"
_SEGMENT = struct.Struct("<16sQQ")
_FILE = struct.Struct("<IIQ16s16sIQQIQ")
_SUB_BLOCK = struct.Struct("<IIQ")
_ENTRY = struct.Struct("<2sIQIIBBII")
_DIMENSION = struct.Struct("<4siifI")
_DIRECTORY_HEAD, _METADATA_HEAD, _ATTACHMENTS_HEAD, _LEAST_HEAD = 128, 256, 256, 256
"""Bytes before the entries of the directory, before the XML, before the attachments, and before a piece's metadata."""
_MOST_PIECES, _MOST_DIMENSIONS = 1 << 21, 32
_LARGEST_XML = 64 << 20


@dataclass(frozen=True)
class Piece:
    """A rectangle of one plane, compressed by itself.

    Parameters
    ----------
    pixel_type, compression
        Codes of the format.
    place
        Byte at which its segment begins.
    first
        Coordinate of each dimension by its letter; X and Y in pixels of the largest level.
    size
        Width and height in pixels of the largest level.
    stored
        Width and height of what is stored: smaller than ``size`` in a pyramid.
    """

    pixel_type: int
    compression: int
    place: int
    first: dict[str, int]
    size: tuple[int, int]
    stored: tuple[int, int]

    @property
    def is_smaller(self) -> bool:
        """Whether it is of a smaller level of a pyramid."""
        return self.stored != self.size


@dataclass(frozen=True)
class Contents:
    """What an opened file lists.

    Parameters
    ----------
    pieces
        All rectangles.
    xml
        What the file says of itself; empty where it says nothing.
    attachments
        How many previews, labels and other things lie beside the picture.
    """

    pieces: tuple[Piece, ...]
    xml: bytes
    attachments: int


def contents(source: Any) -> Contents:
    """Read the lists of a file, and none of its pictures.

    Raises
    ------
    ValueError, struct.error
        When it is damaged.
    """
    body = _segment(source, 0, START, _FILE.size)
    part, directory, metadata, _, attachments = _FILE.unpack(body)[5:]
    if part:
        raise ValueError(f"part {part} of a picture in several files")
    # A CZI being written has its list at 0; so has one whose writing was broken off.
    head = _segment(source, directory, b"ZISRAWDIRECTORY")
    (count,) = struct.unpack_from("<I", head)
    if count > _MOST_PIECES:
        raise ValueError(f"{count} pieces")
    pieces, place = [], _DIRECTORY_HEAD
    for _ in range(count):
        piece, length = _entry(head, place)
        pieces.append(piece)
        place += length
    return Contents(tuple(pieces), _xml(source, metadata), _attachments(source, attachments))


def packed(source: Any, piece: Piece) -> bytes:
    """The compressed bytes of a piece; raises as :func:`contents`."""
    start = _segment(source, piece.place, b"ZISRAWSUBBLOCK", _SUB_BLOCK.size + _ENTRY.size)
    metadata, _, size = _SUB_BLOCK.unpack_from(start)
    (dimensions,) = struct.unpack_from("<I", start, _SUB_BLOCK.size + _ENTRY.size - 4)
    if dimensions > _MOST_DIMENSIONS:
        raise ValueError(f"{dimensions} dimensions")
    head = max(_SUB_BLOCK.size + _ENTRY.size + dimensions * _DIMENSION.size, _LEAST_HEAD)
    return read_exactly(source, piece.place + _SEGMENT.size + head + metadata, size)


def _segment(source: Any, place: int, name: bytes, size: int | None = None) -> bytes:
    """The beginning of a segment's data, or all of it."""
    found, allocated, used = _SEGMENT.unpack(read_exactly(source, place, _SEGMENT.size))
    if found.rstrip(b"\0") != name:
        raise ValueError(f"{found!r} instead of {name!r} at byte {place}")
    whole = used or allocated
    if size is not None and size > whole:
        raise ValueError(f"{name!r} of {whole} bytes")
    return read_exactly(source, place + _SEGMENT.size, whole if size is None else size)


def _entry(data: bytes, place: int) -> tuple[Piece, int]:
    schema, pixel_type, position, part, compression, _, _, _, count = _ENTRY.unpack_from(data, place)
    if schema != b"DV" or count > _MOST_DIMENSIONS or part:
        raise ValueError(f"entry {schema!r} with {count} dimensions in file {part}")
    first, sizes, stored = {}, {}, {}
    for number in range(count):
        letters, start, size, _, kept = _DIMENSION.unpack_from(data, place + _ENTRY.size + number * _DIMENSION.size)
        letter = letters.rstrip(b"\0").decode("ascii")
        first[letter], sizes[letter], stored[letter] = start, size, kept or size
    size, kept = (sizes["X"], sizes["Y"]), (stored["X"], stored["Y"])
    if min(*size, *kept) < 1:
        raise ValueError(f"a piece of {size}, {kept}")
    return Piece(pixel_type, compression, position, first, size, kept), _ENTRY.size + count * _DIMENSION.size


def _xml(source: Any, place: int) -> bytes:
    if not place:
        return b""
    (size, _) = struct.unpack("<II", _segment(source, place, b"ZISRAWMETADATA", 8))
    if size > _LARGEST_XML:
        raise ValueError(f"{size} bytes of metadata")
    return read_exactly(source, place + _SEGMENT.size + _METADATA_HEAD, size)


def _attachments(source: Any, place: int) -> int:
    """How many there are; what they show is not looked at."""
    if not place:
        return 0
    (count,) = struct.unpack("<I", _segment(source, place, b"ZISRAWATTDIR", 4))
    return int(count)
