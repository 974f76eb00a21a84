"""JPEG XL gives the pixels of its 8-bit RGB twin, or one sentence that says what it is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from leukoscope.domain.compression import JPEG_XL, compression_of
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.sources.decoder import decoder
from leukoscope.sources.decoding import decode_image
from leukoscope.sources.files import SUFFIXES, decode_frame
from leukoscope.sources.jpeg_xl import Bits, metadata_of, size_of
from tests.unit.sources.image_files import ORIGIN
from tests.unit.sources.test_decode_by_declaration import wrong
from tests.unit.sources.tiff_files import Samples
from tests.unit.sources.tiff_variants import BLOCKS, GRAY_TWIN, TWIN, Variant

GRAY = np.ascontiguousarray(GRAY_TWIN[..., 0])
_LINEAR, _SRGB, _DCI = 6, 11, 15
"""How the head of a file writes its curve, in four bits."""


def xl(samples: Samples, **options: Any) -> bytes:
    return bytes(imagecodecs.jpegxl_encode(samples, **{"lossless": True, **options}))


def light(twin: Samples, bits: int) -> Samples:
    """The levels of a picture as light, with so many bits: files of more than eight bits are written so."""
    level = twin / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return np.asarray((linear * (2**bits - 1)).round().astype(np.uint16))


def deep(twin: Samples, bits: int) -> Samples:
    return np.asarray((twin / 255 * (2**bits - 1)).round().astype(np.uint16))


class Head:
    """The head of a codestream as bits, to be changed: no encoder here writes what is needed."""

    def __init__(self, data: bytes) -> None:
        self._data, bits = data, Bits(data)
        assert bits.take(16) == 0x0AFF
        size = size_of(bits)
        assert not bits.flag()
        self.begin = bits.place
        metadata_of(bits, *size)
        self.end = bits.place
        whole = "".join(f"{byte:08b}"[::-1] for byte in data)
        # No extensions, and the usual way back from colors that lie inside.
        assert whole[self.end : self.end + 3] == "001"
        self.bits, self._rest = whole[: self.end + 3], data[-(-(self.end + 3) // 8) :]

    def put(self, place: int, bits: str) -> Head:
        self.bits = self.bits[:place] + bits + self.bits[place + len(bits) :]
        return self

    def curve(self, code: int) -> Head:
        """Another curve: before two bits for the intent."""
        return self.put(self.end - 6, f"{code:04b}"[::-1])

    def turned(self, orientation: int) -> Head:
        fields = f"1{orientation - 1:03b}"
        self.bits = (
            self.bits[: self.begin] + fields[0] + fields[:0:-1] + "000"
            + self.bits[self.begin + 1 : self.end] + "1" + self.bits[self.end :]
        )  # fmt: skip
        return self

    def data(self) -> bytes:
        padded = self.bits + "0" * (-len(self.bits) % 8)
        return bytes(int(padded[k : k + 8][::-1], 2) for k in range(0, len(padded), 8)) + self._rest


def boxed(codestream: bytes, parts: int = 1) -> bytes:
    """In boxes, the codestream in one or several."""

    def box(name: bytes, body: bytes) -> bytes:
        return (8 + len(body)).to_bytes(4, "big") + name + body

    start = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
    if parts == 1:
        return start + box(b"jxlc", codestream)
    cut = [codestream[k * 20 : (k + 1) * 20] for k in range(parts - 1)] + [codestream[(parts - 1) * 20 :]]
    ends = [number | (0x80000000 if number == parts - 1 else 0) for number in range(parts)]
    return start + b"".join(box(b"jxlp", end.to_bytes(4, "big") + part) for end, part in zip(ends, cut, strict=True))


def variants() -> Iterator[Variant]:
    yield Variant("color", xl(TWIN), TWIN)
    yield Variant("gray", xl(GRAY), GRAY_TWIN)
    yield Variant("in a box", boxed(xl(TWIN)), TWIN)
    yield Variant("in three boxes", boxed(xl(TWIN), 3), TWIN)
    yield Variant("lossy", xl(BLOCKS, lossless=False, level=98), BLOCKS, 2)
    yield Variant("lossy gray", xl(np.ascontiguousarray(BLOCKS[..., 0]), lossless=False, level=98),
                  np.dstack([BLOCKS[..., 0]] * 3), 2)  # fmt: skip
    opaque = np.full_like(GRAY, 255)
    yield Variant("opaque", xl(np.dstack([TWIN, opaque])), TWIN)
    half = np.where(np.arange(TWIN.shape[1]) < 20, 0, 255)[None, :].repeat(len(TWIN), 0).astype(np.uint8)
    yield Variant("transparent", xl(np.dstack([TWIN, half])), np.where(half[..., None] > 0, TWIN, 0).astype(np.uint8))
    for bits in (10, 12, 16):
        for name, twin, right in (("color", TWIN, TWIN), ("gray", GRAY, GRAY_TWIN)):
            data = xl(light(twin, bits), bitspersample=bits)
            yield Variant(f"{name} of {bits} bits, linear", data, right, 8 if bits == 10 else 2 if bits == 12 else 0)
            if name == "color" and bits < 16:
                srgb = Head(xl(deep(twin, bits), bitspersample=bits)).curve(_SRGB).data()
                yield Variant(f"{name} of {bits} bits", srgb, right)
    dark = deep(TWIN, 12)
    wide = xl(dark, bitspersample=16, usecontainer=False)
    if wide.startswith(b"\xff\n"):
        yield Variant("12 of 16 bits", Head(wide).curve(_SRGB).data(), TWIN)
    for orientation in range(1, 9):
        upright = Image.fromarray(TWIN)
        way = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
        turned = upright if way is None else upright.transpose(Image.Transpose(way))
        yield Variant(f"orientation {orientation}", Head(xl(TWIN)).turned(orientation).data(), np.asarray(turned))


def test_every_depth_curve_box_and_orientation() -> None:
    found = list(variants())
    assert len(found) >= 24
    assert wrong(found) == []
    assert wrong(found[::4], decoder().image) == []


def test_what_was_lost_is_known_and_folders_take_it() -> None:
    frame = decode_frame(xl(TWIN), ORIGIN)
    assert frame.pixels.shape == TWIN.shape
    assert compression_of(xl(TWIN)).method == JPEG_XL
    assert ".jxl" in SUFFIXES


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda: (head := Head(xl(deep(TWIN, 12), bitspersample=12))).put(head.end - 16, "1").data(), "color profile"),
        (lambda: Head(xl(deep(TWIN, 12), bitspersample=12)).curve(_DCI).data(), "levels that are not sRGB's"),
        (lambda: xl((TWIN / 255).astype(np.float32)), "floating-point samples"),
    ],
    ids=["profile", "curve", "float"],
)
def test_what_would_come_out_in_other_colors_is_named(data: object, words: str) -> None:
    assert callable(data)
    with pytest.raises(ImageError, match=words) as caught:
        decode_image(data(), "a.jxl")
    assert caught.value.cause is Cause.UNKNOWN_KIND
    assert caught.value.message.count(". ") == 0


def test_damage_is_one_sentence() -> None:
    rng = random.Random(1)
    for whole in (xl(TWIN), boxed(xl(TWIN), 3), xl(light(TWIN, 16)), xl(np.dstack([TWIN, GRAY]))):
        for end in range(2, len(whole) - 1, 61):
            with pytest.raises(ImageError) as caught:
                decode_image(whole[:end], "a.jxl")
            assert caught.value.cause in {Cause.BROKEN, Cause.UNKNOWN_KIND}
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(rng.choice((1, 2, 8))):
                data[rng.randrange(2, len(data))] = rng.randrange(256)
            with suppress(ImageError):
                decode_image(bytes(data), "a.jxl")
