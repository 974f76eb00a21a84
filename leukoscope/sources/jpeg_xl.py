"""JPEG XL (ISO/IEC 18181): what the head of a file declares, read bit by bit, as far as its colors."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

START, CONTAINER = b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_CODESTREAM, _PART = b"jxlc", b"jxlp"
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_HEAD = 4096
"""So many bytes hold everything up to the colors, names of channels included."""
_RGB, _GRAY = 0, 1
_D65, _SRGB_PRIMARIES, _SRGB_CURVE, _LINEAR = 1, 1, 13, 8
_ALPHA = 0
_MOST_NAME = 1071
_SIDE = ((9, 1), (13, 1), (18, 1), (30, 1))
_ENUM = ((0, 0), (0, 1), (4, 2), (6, 18))


@dataclass(frozen=True)
class XlHead:
    """What the head of a file declares.

    Parameters
    ----------
    width, height
        In pixels, upright.
    bits
        Of a sample.
    colors
        1 or 3.
    has_alpha
        Whether one more component says what is transparent; it may be multiplied in already.
    is_premultiplied
        Whether it is.
    is_linear
        Whether levels count light, as sixteen bits often do, and not as sRGB has them.
    fault
        Why the file is not read, as the name of its kind; empty when it is.
    """

    width: int
    height: int
    bits: int = 8
    colors: int = 3
    has_alpha: bool = False
    is_premultiplied: bool = False
    is_linear: bool = False
    fault: str = ""


def is_jpeg_xl(data: bytes) -> bool:
    """Whether a file is a JPEG XL, with or without boxes."""
    return data.startswith((START, CONTAINER))


def head_of(data: bytes) -> XlHead:
    """Read the head of a file.

    Raises
    ------
    ValueError, struct.error
        When it is damaged.
    """
    bits = Bits(_codestream(data))
    if bits.take(16) != int.from_bytes(START, "little"):
        raise ValueError("no JPEG XL")
    width, height = size_of(bits)
    if bits.flag():
        return XlHead(width, height)
    return metadata_of(bits, width, height)


def metadata_of(bits: Bits, width: int, height: int) -> XlHead:
    """What stands behind the size and is not all as usual, up to the colors."""
    if bits.flag():  # fields that few files have
        if bits.take(3) >= 4:
            width, height = height, width
        if bits.flag():
            size_of(bits)
        if bits.flag():
            return XlHead(width, height, fault="a preview inside")
        if bits.flag():
            return XlHead(width, height, fault="an animation")
    depth, is_float = _depth(bits)
    bits.flag()
    extra = [_extra(bits) for _ in range(bits.chosen(((0, 0), (0, 1), (4, 2), (12, 1))))]
    bits.flag()  # whether its own colors lie inside; its decoder turns them into those that it states
    colors, is_linear, fault = (3, False, "") if bits.flag() else _colors(bits)
    if any(kind != _ALPHA for kind, _ in extra) or len(extra) > 1:
        fault = "components beside its colors"
    if is_float or depth > 16:
        fault = f"{'floating-point' if is_float else f'{depth}-bit'} samples"
    return XlHead(width, height, depth, colors, bool(extra), bool(extra and extra[0][1]), is_linear, fault)


def _codestream(data: bytes) -> bytes:
    """The beginning of the picture, without its boxes."""
    if data.startswith(START):
        return data[:_HEAD]
    found = b""
    for name, body in _boxes(data):
        if name == _CODESTREAM:
            return body[:_HEAD]
        if name == _PART:
            found += body[4:_HEAD]
            if len(found) >= _HEAD:
                break
    return found


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        head = 8
        if length == 1:
            (length,), head = struct.unpack_from(">Q", data, place + 8), 16
        length = length or len(data) - place
        if length < head:
            raise ValueError(f"a box of {length} bytes")
        yield name, data[place + head : place + min(length, head + _HEAD + 4)]
        place += length


def size_of(bits: Bits) -> tuple[int, int]:
    """Width and height."""
    is_small = bits.flag()
    height = 8 * (bits.take(5) + 1) if is_small else bits.chosen(_SIDE)
    ratio = bits.take(3)
    if ratio:
        above, below = _RATIOS[ratio]
        return height * above // below, height
    return (8 * (bits.take(5) + 1) if is_small else bits.chosen(_SIDE)), height


def _depth(bits: Bits) -> tuple[int, bool]:
    """Bits of a sample, and whether it is a floating-point number."""
    if not bits.flag():
        return bits.chosen(((0, 8), (0, 10), (0, 12), (6, 1))), False
    depth = bits.chosen(((0, 32), (0, 16), (0, 24), (6, 1)))
    bits.take(4)
    return depth, True


def _extra(bits: Bits) -> tuple[int, bool]:
    """Kind of a component beside the colors, and whether an alpha is multiplied in."""
    if bits.flag():
        return _ALPHA, False
    kind = bits.chosen(_ENUM)
    _depth(bits)
    bits.chosen(((0, 0), (0, 3), (0, 4), (3, 1)))
    for _ in range(min(bits.chosen(((0, 0), (4, 0), (5, 16), (10, 48))), _MOST_NAME)):
        bits.take(8)
    # What follows other kinds is not needed: a file that has one is not read.
    return kind, bits.flag() if kind == _ALPHA else False


def _colors(bits: Bits) -> tuple[int, bool, str]:
    """Number of colors, whether levels count light, and why they are not read: other primaries are other colors."""
    has_profile, space = bits.flag(), bits.chosen(_ENUM)
    colors = 1 if space == _GRAY else 3
    if has_profile:
        return colors, False, "a color profile inside, which its decoder does not give"
    if space not in {_RGB, _GRAY}:
        return colors, False, f"color space {space}"
    white = bits.chosen(_ENUM)
    primaries = bits.chosen(_ENUM) if white == _D65 and space == _RGB else _SRGB_PRIMARIES
    if (white, primaries) != (_D65, _SRGB_PRIMARIES):
        return colors, False, "colors that are not sRGB"
    curve = 0 if bits.flag() else bits.chosen(_ENUM)
    if curve not in {_SRGB_CURVE, _LINEAR}:
        return colors, False, "levels that are not sRGB's"
    bits.chosen(_ENUM)  # the intent with which it is printed
    return colors, curve == _LINEAR, ""


class Bits:
    """Bits of a stream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "little"), 8 * len(data)
        self.place = 0

    def take(self, count: int) -> int:
        """A number of so many bits."""
        if count > self._left:
            raise ValueError("the head of a JPEG XL ends too early")
        found = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        self.place += count
        return found

    def flag(self) -> bool:
        """One bit."""
        return bool(self.take(1))

    def chosen(self, ways: tuple[tuple[int, int], ...]) -> int:
        """A number in one of four ways: so many bits, and what is added to them."""
        count, more = ways[self.take(2)]
        return self.take(count) + more
