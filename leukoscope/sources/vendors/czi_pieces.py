"""The samples of one piece of a Zeiss CZI file, in every compression that is read."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.compression import JPEG, Compression
from leukoscope.sources import codestreams
from leukoscope.sources.vendors.czi_segments import Piece, packed
from leukoscope.sources.vendors.port import VendorKindError

TYPES: dict[int, tuple[str, int]] = {0: ("<u1", 1), 1: ("<u2", 1), 2: ("<f4", 1), 3: ("<u1", 3), 4: ("<u2", 3)}
"""Type and number of samples by the code of a pixel's type; those of three are blue, green, red."""
_TYPE_NAMES = {
    8: "floating-point colors", 9: "colors with alpha", 10: "complex samples", 11: "complex samples",
    12: "32-bit samples", 13: "64-bit samples",
}  # fmt: skip
NONE, JPEG_CODEC, LZW, JPEG_XR, ZSTD, ZSTD_1 = 0, 1, 2, 4, 5, 6
_BYTES = (NONE, LZW, ZSTD, ZSTD_1)
_RAW = range(100, 1000)
_HIGH_LOW = 1
_JPEG_XR_START, _WIDTH, _HEIGHT, _SHORT = b"II\xbc\x01", 0xBC80, 0xBC81, 3
LARGEST_PIECE = 16_000_000
"""Pixels of a piece at most: cameras have fewer, and each is decoded whole."""


def unread_kind(piece: Piece) -> str:
    """Name of the kind where a piece is whole and not read; else empty."""
    if piece.pixel_type not in TYPES:
        return _TYPE_NAMES.get(piece.pixel_type, f"pixels of type {piece.pixel_type}")
    if piece.compression in _RAW:
        return "camera raw inside"
    if piece.compression not in {*_BYTES, JPEG_CODEC, JPEG_XR}:
        return f"compression {piece.compression} inside"
    if piece.compression == JPEG_CODEC and TYPES[piece.pixel_type][0] != "<u1":
        return "JPEG of more than 8 bits inside"
    return "pieces of more than 16 megapixels" if piece.stored[0] * piece.stored[1] > LARGEST_PIECE else ""


def loss_of(piece: Piece) -> Compression:
    """How a piece was compressed."""
    if piece.compression == JPEG_CODEC:
        return Compression(True, JPEG)
    # JPEG XR can lose nothing; which it does stands deep in its stream, and ZEN asks for some loss by itself.
    return Compression(piece.compression == JPEG_XR)


def samples_of(source: Any, piece: Piece) -> NDArray[np.generic]:
    """Read a piece: shape (stored height, stored width, 1 or 3), colors as red, green, blue.

    Raises
    ------
    VendorKindError
        When it is whole and not read.
    Exception
        Whatever damaged bytes make of it.
    """
    kind = unread_kind(piece)
    if kind:
        raise VendorKindError(kind)
    data = packed(source, piece)
    if piece.compression in _BYTES:
        return _of_bytes(data, piece)
    import imagecodecs  # the window's start must not wait for it

    if piece.compression == JPEG_CODEC:
        head = codestreams.of_jpeg(data)
        _check_size((head.width, head.height), piece)
        if not codestreams.has_end(data):
            raise ValueError("a JPEG without its end")  # what is missing would be filled with gray
        samples = imagecodecs.jpeg8_decode(data)
    else:
        _check_size(_jpeg_xr_size(data), piece)
        samples = imagecodecs.jpegxr_decode(data)
    return _checked(np.atleast_3d(samples), piece)  # both have red first


def _of_bytes(data: bytes, piece: Piece) -> NDArray[np.generic]:
    name, count = TYPES[piece.pixel_type]
    kind = np.dtype(name)
    size = piece.stored[0] * piece.stored[1] * count * kind.itemsize
    if piece.compression != NONE:
        data = _unpacked(data, piece.compression, size, kind.itemsize)
    if len(data) < size:
        raise ValueError(f"{len(data)} bytes instead of {size}")
    samples = np.frombuffer(data, kind, size // kind.itemsize).reshape(piece.stored[1], piece.stored[0], count)
    return samples[..., ::-1] if count == 3 else samples


def _unpacked(data: bytes, compression: int, size: int, itemsize: int) -> bytes:
    import imagecodecs

    if compression == LZW:
        return bytes(imagecodecs.lzw_decode(data, out=size))
    swapped = False
    if compression == ZSTD_1:
        head = data[0] if data else 0
        if head not in {1, 3} or len(data) < head:
            raise ValueError(f"a Zstandard header of {head} bytes")
        swapped = head == 3 and data[1] == 1 and bool(data[2] & _HIGH_LOW)
        data = data[head:]
    plain = bytes(imagecodecs.zstd_decode(data, out=size))
    if len(plain) != size:
        raise ValueError(f"{len(plain)} bytes instead of {size}")
    if not swapped or itemsize != 2:
        return plain
    # All low bytes come first, then all high ones.
    return np.frombuffer(plain, np.uint8).reshape(2, -1).T.tobytes()


def _jpeg_xr_size(data: bytes) -> tuple[int, int]:
    """Width and height that a JPEG XR declares (ITU-T T.832, annex A): its decoder takes memory for them first."""
    start, (place,) = data[:4], struct.unpack_from("<I", data, 4)
    if start != _JPEG_XR_START:
        raise ValueError(f"{start!r} is no JPEG XR")
    (count,) = struct.unpack_from("<H", data, place)
    said = {}
    for number in range(count):
        tag, kind, _, value = struct.unpack_from("<HHII", data, place + 2 + 12 * number)
        said[tag] = value & 0xFFFF if kind == _SHORT else value
    return said[_WIDTH], said[_HEIGHT]


def _check_size(size: tuple[int, int], piece: Piece) -> None:
    # Some writers round the last row or column of a smaller level up in the list and down in the picture.
    most = 1 if piece.is_smaller else 0
    if any(abs(one - other) > most for one, other in zip(size, piece.stored, strict=True)):
        raise ValueError(f"a picture of {size} in a piece of {piece.stored}")


def _checked(samples: NDArray[np.generic], piece: Piece) -> NDArray[np.generic]:
    kind, count = TYPES[piece.pixel_type]
    _check_size((samples.shape[1], samples.shape[0]), piece)
    if samples.dtype != np.dtype(kind) or samples.shape[2] != count:
        raise ValueError(f"{samples.dtype} {samples.shape} in a piece of {piece.stored}")
    return samples
