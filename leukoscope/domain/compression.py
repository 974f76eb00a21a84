"""How the bytes of an image file were compressed: what they say themselves, never the file's name."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass

JPEG, JPEG_LS, JPEG_2000, JPEG_XL = "ISO_10918_1", "ISO_14495_1", "ISO_15444_1", "ISO_18181_1"
"""Defined terms of DICOM's Lossy Image Compression Method (PS3.3, C.7.6.1.1.5.1)."""

_PNG, _JP2, _J2K = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"
_JXL = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF = frozenset({b"avif", b"avis"})
_LOSSLESS_SOF = {0xC3, 0xC7, 0xCB, 0xCF}
_NO_SOF = {0xC4, 0xC8, 0xCC}
_SOF_LS, _SOS, _COD = 0xF7, 0xDA, 0x52
_SEARCHED = 1 << 20
"""Bytes at the start of a JPEG 2000 stream in which its coding style must stand."""


@dataclass(frozen=True)
class Compression:
    """What compression took from an image before this program had it.

    Parameters
    ----------
    lossy
        Whether something was lost.
    method
        A defined term of DICOM, empty where there is none for it.
    size
        Compressed bytes of the image; 0 when not known.
    """

    lossy: bool
    method: str = ""
    size: int = 0


Sliced = bytes | mmap.mmap
"""Bytes, or a file that is mapped."""


def compression_of(data: Sliced, page: int | None = None) -> Compression:
    """How an image was compressed.

    Parameters
    ----------
    data
        The file's bytes; anything that can be sliced, so a mapped file too.
    page
        Of a TIFF, counted from 0; ``None`` for its largest.

    Returns
    -------
    Compression
        Not lossy for everything that is not known as such: PNG, BMP, GIF and what is damaged.
    """
    start = bytes(data[:16])
    if start[:4] in {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}:
        return _tiff(data, page)
    return _single(data, len(data))


def is_heic(data: Sliced) -> bool:
    """Whether a file calls itself HEIC or HEIF: by its main brand, and not as AVIF by another of its brands."""
    start = bytes(data[:256])
    if start[4:8] != b"ftyp" or start[8:12] not in _HEIC:
        return False
    size = int.from_bytes(start[:4], "big")
    return not {start[place : place + 4] for place in range(16, min(size, len(start)), 4)} & _AVIF


def _single(data: Sliced, size: int) -> Compression:
    start = bytes(data[:16])
    if start[:2] == b"\xff\xd8":
        return _jpeg(data, size)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return Compression(_webp_lossy(data), "", size)
    if start[4:12] in {b"ftypavif", b"ftypavis"}:
        return Compression(True, "", size)  # AV1 can lose nothing; cameras and phones never ask it to
    if is_heic(data):
        return Compression(True, "", size)  # HEVC, as phones use it
    if start.startswith((_JP2, _J2K)):
        return Compression(_jpeg_2000_lossy(data), JPEG_2000, size)
    if start.startswith(_JXL):
        # Which of its two coders was used stands deep in its entropy-coded frames.
        return Compression(True, JPEG_XL, size)
    return Compression(False, "", size)


# JPEG ------------------------------------------------------------------------------------------------------------


def _jpeg(data: Sliced, size: int) -> Compression:
    near = False
    process = 0xC0
    for marker, content in _segments(data):
        if marker == _SOF_LS or (0xC0 <= marker <= 0xCF and marker not in _NO_SOF):
            process = marker
        elif marker == _SOS:
            # ITU-T T.87, C.2.3: after the components comes how far a sample may be off.
            components = content[0] if content else 0
            near = len(content) > 1 + 2 * components and content[1 + 2 * components] > 0
    if process == _SOF_LS:
        return Compression(near, JPEG_LS, size)
    return Compression(process not in _LOSSLESS_SOF, JPEG, size)


def _segments(data: Sliced) -> Iterator[tuple[int, bytes]]:
    """Markers up to the first scan with their content (ITU-T T.81, B.1)."""
    place, end = 2, len(data)
    while place + 4 <= end:
        if data[place] != 0xFF:
            return
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            place += 2
            continue
        length = int.from_bytes(bytes(data[place + 2 : place + 4]), "big")
        yield marker, bytes(data[place + 4 : place + 2 + length])
        if marker == _SOS:
            return
        place += 2 + length


# WebP, JPEG 2000 -------------------------------------------------------------------------------------------------


def _webp_lossy(data: Sliced, start: int = 12, end: int | None = None) -> bool:
    """Whether a picture in it is coded as a VP8 key frame; VP8L loses nothing (RFC 9649)."""
    end = len(data) if end is None else min(end, len(data))
    while start + 8 <= end:
        name = bytes(data[start : start + 4])
        length = int.from_bytes(bytes(data[start + 4 : start + 8]), "little")
        if name == b"VP8 ":
            return True
        if name == b"ANMF" and _webp_lossy(data, start + 24, start + 8 + length):
            return True
        start += 8 + length + length % 2
    return False


def _jpeg_2000_lossy(data: Sliced) -> bool:
    """Whether the irreversible 9-7 wavelet was used (ITU-T T.800, A.6.1); 5-3 can give every sample back."""
    head = bytes(data[:_SEARCHED])
    stream = head.find(_J2K)
    place = stream + 2
    while stream >= 0 and place + 4 <= len(head) and head[place] == 0xFF:
        length = int.from_bytes(head[place + 2 : place + 4], "big")
        if head[place + 1] == _COD:
            transform = place + 13
            return transform >= len(head) or head[transform] == 0
        place += 2 + length
    return True


# TIFF ------------------------------------------------------------------------------------------------------------

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WIDTH, _HEIGHT, _COMPRESSION, _REDUCED, _OFFSETS, _COUNTS = (256,), (257,), (259,), (254,), (273, 324), (279, 325)
_OLD_JPEG_AT = (513,)
_TIFF_JPEG = {6: JPEG, 7: JPEG, 33007: JPEG, 34892: JPEG}
_TIFF_INSIDE = {33003, 33004, 33005, 34712, 50001, 50002, 34933}
"""JPEG 2000, WebP, JPEG XL, PNG: the strip itself says more."""
_TIFF_LOSSY = {22610, 34934, 34676, 34677}
"""JPEG XR and SGI's logarithms: no term of DICOM stands for them."""
_MOST_PAGES = 4096


def _tiff(data: Sliced, page: int | None) -> Compression:
    try:
        pages = list(_directories(data))
    except (struct.error, IndexError, ValueError):
        pages = []
    named = pages[page : page + 1] if page is not None else []
    chosen = max(named or pages, key=_area, default={})
    try:
        return _tiff_page(data, chosen)
    except (struct.error, IndexError, ValueError):
        return Compression(_first(chosen, _COMPRESSION) in _TIFF_JPEG, JPEG, len(data))


def _tiff_page(data: Sliced, tags: dict[int, tuple[int, ...]]) -> Compression:
    kind = _first(tags, _COMPRESSION)
    counts, offsets = _all(tags, _COUNTS), _all(tags, _OFFSETS)
    size = sum(counts) or len(data)
    at = _first(tags, _OLD_JPEG_AT) if kind == 6 else 0
    at = at or (offsets[0] if offsets else 0)
    strip = data[at : at + max(counts[0] if counts else 0, 4096)]
    if kind in _TIFF_JPEG:
        inside = _jpeg(strip, size) if bytes(strip[:2]) == b"\xff\xd8" else Compression(True, JPEG, size)
        return Compression(inside.lossy, inside.method, size)
    if kind in _TIFF_INSIDE:
        inside = _single(strip, size)
        return Compression(inside.lossy, inside.method, size)
    return Compression(kind in _TIFF_LOSSY, "", size)


def _area(tags: dict[int, tuple[int, ...]]) -> tuple[bool, int]:
    return not _first(tags, _REDUCED) & 1, _first(tags, _WIDTH) * _first(tags, _HEIGHT)


def _all(tags: dict[int, tuple[int, ...]], names: tuple[int, ...]) -> tuple[int, ...]:
    return next((tags[name] for name in names if name in tags), ())


def _first(tags: dict[int, tuple[int, ...]], names: tuple[int, ...]) -> int:
    return next(iter(_all(tags, names)), 0)


def _directories(data: Sliced) -> Iterator[dict[int, tuple[int, ...]]]:
    """The tags of each page that hold whole numbers: TIFF 6.0, and BigTIFF."""
    order = "<" if bytes(data[:2]) == b"II" else ">"
    big = bytes(data[2:4]) in {b"+\x00", b"\x00+"}
    word, entry, count = ("Q", 20, "Q") if big else ("I", 12, "H")
    (place,) = struct.unpack_from(f"{order}{word}", data[:16], 8 if big else 4)
    seen: set[int] = set()
    while place and place not in seen and len(seen) < _MOST_PAGES:
        seen.add(place)
        head = struct.calcsize(count)
        (entries,) = struct.unpack(f"{order}{count}", data[place : place + head])
        block = data[place + head : place + head + entries * entry]
        tags: dict[int, tuple[int, ...]] = {}
        for start in range(0, entries * entry, entry):
            tag, kind = struct.unpack_from(f"{order}HH", block, start)
            values = _values(data, block[start + 4 : start + entry], kind, order, word)
            if values:
                tags[tag] = values
        yield tags
        after = place + head + entries * entry
        (place,) = struct.unpack(f"{order}{word}", data[after : after + struct.calcsize(word)])


def _values(data: Sliced, field: bytes, kind: int, order: str, word: str) -> tuple[int, ...]:
    letter = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}.get(kind)
    if letter is None:
        return ()
    width = struct.calcsize(word)
    (number,) = struct.unpack_from(f"{order}{word}", field)
    length = number * _SIZES[kind]
    if length > width:
        (at,) = struct.unpack_from(f"{order}{word}", field, width)
        raw = data[at : at + length]
    else:
        raw = field[width : width + length]
    return struct.unpack(f"{order}{number}{letter}", raw)
