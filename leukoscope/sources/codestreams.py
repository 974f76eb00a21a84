"""JPEG 2000, JPEG XL, and JPEG with more than 8 bits: what Pillow cannot open, or would keep eight bits of."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.color import on_black, orient, to_srgb
from leukoscope.sources.depth import full_scale, scaled
from leukoscope.sources.jpeg_xl import head_of, is_jpeg_xl

_JP2, _J2K = b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_SUPERBOXES = (b"jp2h",)
_SRGB, _GRAY = 16, 17
_OPACITY = 1
_NO_FRAME = {0xC4, 0xC8, 0xCC}
_JPEG_LS_FRAME = 0xF7
_CODING_STYLE = b"\xff\x52"
"""COD marker: length (2 bytes), style (1), order (1), layers (2), component transform."""


@dataclass(frozen=True)
class Stream:
    """What the head of a file declares.

    Parameters
    ----------
    width, height
        In pixels.
    bits
        Of a sample.
    colors
        1 or 3; further components are alpha or nothing.
    fault
        Why the file is not read, as the name of its kind; empty when it is.
    profile
        An ICC profile, or ``None``.
    orientation
        As EXIF has it.
    alpha
        Number of the component that says what is transparent, or ``None``.
    is_linear
        Whether levels count light, and not as sRGB has them.
    """

    width: int
    height: int
    bits: int
    colors: int
    fault: str = ""
    profile: bytes | None = None
    orientation: int = 1
    alpha: int | None = None
    is_linear: bool = False


def is_deep(data: bytes) -> bool:
    """Whether a file is one of JPEG 2000 or JPEG XL, or a JPEG whose samples have other than 8 bits."""
    if data.startswith((_JP2, _J2K)) or is_jpeg_xl(data):
        return True
    return data.startswith(_JPEG) and next(
        (body[:1] not in {b"", b"\x08"} for kind, body in _segments(data) if _is_frame(kind)), False
    )


def parsed(data: bytes) -> Stream:
    """Read the head of a file for which :func:`is_deep` holds.

    Raises
    ------
    ValueError, IndexError, struct.error
        When it is damaged.
    """
    if is_jpeg_xl(data):
        return of_jpeg_xl(data)
    return of_jpeg(data) if data.startswith(_JPEG) else of_jpeg_2000(data)


def decode(stream: Stream, data: bytes, name: str) -> Pixels:
    """Upright pixels (height, width, 3), uint8, sRGB on black.

    Raises
    ------
    ImageError
        When it is whole and of a kind that is not read.
    Exception
        Whatever damaged bytes make of it.
    """
    if stream.fault:
        sentence = f"“{name}” is a {stream.fault}, which is not read; save it again as PNG or TIFF with 8 or 16 bits."
        raise ImageError(sentence, stream.fault, cause=Cause.UNKNOWN_KIND)
    import imagecodecs  # the window's start must not wait for it

    if data.startswith(_JPEG):
        if not has_end(data):
            raise ValueError("a JPEG without its end")  # what is missing would be filled with gray
        samples = imagecodecs.jpeg8_decode(data)
    elif is_jpeg_xl(data):
        samples = imagecodecs.jpegxl_decode(data)  # upright already
    else:
        # Without its boxes: OpenJPEG would convert colors by them, with one build and not with another.
        samples = imagecodecs.jpeg2k_decode(codestream(data))
    samples = np.atleast_3d(samples)
    if samples.shape[:2] != (stream.height, stream.width) or samples.shape[2] < stream.colors:
        raise ValueError(f"{samples.shape} instead of {stream}")
    colors = samples[..., : stream.colors]
    white = 2.0**stream.bits - 1
    full = full_scale(colors, stream.bits) if stream.bits > 8 else white
    level = _levels_of_light(colors, full) if stream.is_linear else scaled(colors, 0.0, full)
    pixels = to_srgb(level, "L" if stream.colors == 1 else "RGB", stream.profile)
    if stream.alpha is not None and stream.alpha < samples.shape[2]:
        pixels = on_black(pixels, _opacity(samples[..., stream.alpha], white))
    return orient(pixels, stream.orientation)


def _levels_of_light(samples: NDArray[np.generic], white: float) -> NDArray[np.uint8]:
    """Samples that count light as sRGB's levels (IEC 61966-2-1); a few rows at a time."""
    out = np.empty(samples.shape, np.uint8)
    for top in range(0, len(samples), 256):
        light = np.clip(samples[top : top + 256].astype(np.float64) / white, 0, 1)
        level = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        out[top : top + 256] = np.rint(255 * level)
    return out


def _opacity(alpha: NDArray[np.generic], white: float) -> NDArray[np.uint8]:
    return scaled(np.ascontiguousarray(alpha), 0.0, white)


# JPEG 2000 (ITU-T T.800) -----------------------------------------------------------------------------------------


def of_jpeg_2000(data: bytes) -> Stream:
    """The head of JPEG 2000, with or without boxes; raises as :func:`parsed`."""
    boxes = dict(_boxes(data, 0, len(data))) if data.startswith(_JP2) else {}
    start = data.find(_J2K)
    right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
    (count,) = struct.unpack_from(">H", data, start + 40)
    parts = [struct.unpack_from(">3B", data, start + 42 + 3 * k) for k in range(count)]
    depths = {depth for depth, _, _ in parts}
    colors = 3 if count >= 3 else 1
    meaning, profile = _color(boxes.get(b"colr", b""))
    fault = ""
    if data.startswith(_JP2) and _streams(data) > 1:
        fault = "JPEG 2000 file of several images, as Nikon's programs wrote ND2 before 2007"
    elif len(depths) != 1 or any((across, down) != (1, 1) for _, across, down in parts):
        fault = "JPEG 2000 image with components of different sizes or depths"
    elif min(depths) & 0x80:
        fault = "JPEG 2000 image with signed samples"
    elif b"pclr" in boxes:
        fault = "JPEG 2000 image with a palette"
    elif meaning not in {None, _SRGB, _GRAY}:
        fault = f"JPEG 2000 image of color space {meaning}"
    bits = (min(depths, default=7) & 0x7F) + 1
    return Stream(right - left, bottom - top, bits, colors, fault, profile, alpha=_alpha(boxes.get(b"cdef", b"")))


def codestream(data: bytes) -> bytes:
    """JPEG 2000 without its boxes."""
    start = data.find(_J2K)
    if start < 0:
        raise ValueError("no JPEG 2000")
    return data[start:]


def is_mixed(stream: bytes) -> bool:
    """Whether a codestream says that its colors are mixed, which its decoder undoes (A.6.1: component transform)."""
    style = stream.find(_CODING_STYLE)
    return style >= 0 and stream[style + 8 : style + 9] == b"\x01"


def _boxes(data: bytes, place: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Boxes before the codestream by their names, those inside the header box too (annex I)."""
    while place + 8 <= end:
        length, name = struct.unpack_from(">I4s", data, place)
        if name == b"jp2c" or length < 8:
            return
        if name in _SUPERBOXES:
            yield from _boxes(data, place + 8, min(place + length, end))
        yield name, data[place + 8 : place + length]
        place += length


def _streams(data: bytes) -> int:
    """How many codestreams lie one after the other."""
    place, count = 0, 0
    while place + 16 <= len(data):
        length, name, large = struct.unpack_from(">I4sQ", data, place)
        count += name == b"jp2c"
        length = large if length == 1 else length
        if length < 8:  # 0 reaches to the end
            break
        place += length
    return count


def _color(box: bytes) -> tuple[int | None, bytes | None]:
    """Enumerated color space, or an ICC profile."""
    if len(box) < 7:
        return None, None
    if box[0] == 1:
        return int.from_bytes(box[3:7], "big"), None
    return None, box[3:] if box[0] in {2, 3} else None


def _alpha(box: bytes) -> int | None:
    """Number of the component that is opacity, not multiplied in."""
    entries = struct.iter_unpack(">3H", box[2 : 2 + (len(box) - 2) // 6 * 6]) if len(box) > 2 else ()
    return next((number for number, kind, _ in entries if kind == _OPACITY), None)


def of_jpeg_xl(data: bytes) -> Stream:
    """The head of JPEG XL; raises as :func:`parsed`."""
    head = head_of(data)
    fault = f"JPEG XL image with {head.fault}" if head.fault else ""
    alpha = head.colors if head.has_alpha and not head.is_premultiplied else None
    return Stream(head.width, head.height, head.bits, head.colors, fault, alpha=alpha, is_linear=head.is_linear)


# JPEG (ITU-T T.81) -----------------------------------------------------------------------------------------------


def of_jpeg(data: bytes) -> Stream:
    """The head of a JPEG or JPEG-LS; raises as :func:`parsed`."""
    segments = list(_segments(data))
    frame = next(body for kind, body in segments if _is_frame(kind) or kind == _JPEG_LS_FRAME)
    bits, height, width, count = struct.unpack_from(">BHHB", frame)
    profile = b"".join(body[14:] for kind, body in segments if kind == 0xE2 and body.startswith(b"ICC_PROFILE\0"))
    fault = "" if count in {1, 3} else f"JPEG of {bits} bits with {count} components"
    return Stream(width, height, bits, count, fault, profile or None, _orientation(segments))


def _is_frame(kind: int) -> bool:
    return 0xC0 <= kind <= 0xCF and kind not in _NO_FRAME


def has_end(data: bytes) -> bool:
    """Whether the end of a JPEG is there."""
    return _JPEG_END in data.rstrip(b"\0")[-16:]


def says_ycbcr(data: bytes) -> bool | None:
    """Whether a JPEG of three components says itself that they are Y, Cb and Cr; ``None`` where it says nothing.

    By Adobe's mark, by that of JFIF, or by components that are called R, G and B.
    """
    segments = list(_segments(data))
    adobe = next((body for kind, body in segments if kind == 0xEE and body.startswith(b"Adobe")), b"")
    if len(adobe) >= 12:
        return adobe[11] == 1
    frame = next(body for kind, body in segments if _is_frame(kind))
    if frame[6:15:3] == b"RGB":
        return False
    return True if any(kind == 0xE0 and body.startswith(b"JFIF\0") for kind, body in segments) else None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers up to the first scan, with their content."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        kind, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if kind == 0xDA:
            return
        if kind == 0xFF:
            place += 1
            continue
        yield kind, data[place + 4 : place + 2 + length]
        place += 2 + max(length, 2)


def _orientation(segments: list[tuple[int, bytes]]) -> int:
    said = next((body for kind, body in segments if kind == 0xE1 and body.startswith(b"Exif\0\0")), b"")
    exif = Image.Exif()
    try:
        exif.load(said)
        return int(exif.get(0x0112, 1))
    except (SyntaxError, ValueError, TypeError, OSError, struct.error):
        return 1
