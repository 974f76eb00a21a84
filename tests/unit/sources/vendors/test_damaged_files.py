"""Damaged files of microscope makers: a picture or one sentence, soon, in bounded memory; never anything else."""

from __future__ import annotations

import random
import struct
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from leukoscope.domain.errors import Cause, ImageError, LeukoScopeError
from leukoscope.sources.decoder import decoder
from leukoscope.sources.decoding import decode_image
from leukoscope.sources.pages import pages_of, read_page
from tests.torture.targets import TARGETS
from tests.unit.sources.tiff_variants import TWIN
from tests.unit.sources.vendors import nd2_files
from tests.unit.sources.vendors.czi_files import Tile, by_hand, described
from tests.unit.sources.vendors.lif_files import Image, lif
from tests.unit.sources.vendors.nd2_files import bgr, nd2
from tests.unit.sources.vendors.seeds import small_files

CAUSES = {Cause.BROKEN, Cause.UNKNOWN_KIND}
SEEDS = small_files()


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_a_file_cut_anywhere_is_one_sentence(number: int) -> None:
    data = SEEDS[number]
    for end in {*range(16, len(data) - 1, max(len(data) // 60, 1)), len(data) - 1}:
        with suppress(ImageError):
            # What lies behind the last list that is read may be missing.
            decode_image(data[:end], "a.x")
            assert end > len(data) - 512


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_a_file_with_any_byte_changed_is_a_picture_or_one_sentence(number: int, tmp_path: Path) -> None:
    target = TARGETS["files of microscope makers"]
    rng = random.Random(number)
    for _ in range(50):
        data = bytearray(SEEDS[number])
        for _ in range(rng.choice((1, 1, 2, 8))):
            data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        began = time.process_time()
        with suppress(LeukoScopeError):
            target.take(bytes(data), tmp_path)
        assert time.process_time() - began < 8


def _with(data: bytes, old: bytes, new: bytes, count: int = 1) -> bytes:
    assert data.count(old) >= 1
    return data.replace(old, new, count)


def _large_czi() -> bytes:
    """A piece of a few bytes that says that it has 110 megapixels."""
    tile = Tile(TWIN, compression=5, data=bytes(imagecodecs.zstd_encode(bytes(1000))))
    data = by_hand([tile], described())
    sides = [struct.pack("<4siifI", letter, 0, side, 0.0, side) for letter, side in ((b"X", 50), (b"Y", 37))]
    for one, letter in zip(sides, (b"X", b"Y"), strict=True):
        data = _with(data, one, struct.pack("<4siifI", letter, 0, 10500, 0.0, 10500), 2)
    return data


def _bomb_czi() -> bytes:
    """A few kilobytes that become a gigabyte when they are unpacked."""
    packed = bytes(imagecodecs.zstd_encode(bytes(1 << 30), level=1))
    return by_hand([Tile(TWIN, compression=5, data=packed)], described())


def _large_jpeg_xr() -> bytes:
    """A JPEG XR of a few bytes that says that it has 4 gigapixels."""
    packed = bytearray(imagecodecs.jpegxr_encode(TWIN, level=100))
    for tag in (b"\x80\xbc", b"\x81\xbc"):
        place = packed.index(tag + b"\x04\x00")
        packed[place + 8 : place + 12] = struct.pack("<I", 65536)
    return by_hand([Tile(TWIN, compression=4, data=bytes(packed))], described())


def _bomb_nd2() -> bytes:
    data = nd2([bgr(TWIN)], lossless=True)
    raw = zlib.compress(bgr(TWIN).tobytes())
    bomb = zlib.compressobj(9)
    packed = b"".join([*(bomb.compress(bytes(1 << 20)) for _ in range(1024)), bomb.flush()])
    return _with(data, raw, packed)


def _laughing_lif() -> bytes:
    """Names in the XML that stand for a billion others."""
    data = lif([Image(TWIN)])
    size = struct.unpack_from("<I", data, 9)[0]
    names = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10))
    xml = f'<!DOCTYPE x [<!ENTITY a0 "ha">{names}]><x Version="2">&a9;</x>'.encode("utf-16-le")
    head = struct.pack("<IIBI", 0x70, len(xml) + 5, 0x2A, len(xml) // 2)
    return head + xml + data[13 + 2 * size :]


def _laughing_czi() -> bytes:
    names = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10))
    return by_hand([Tile(TWIN)], f'<!DOCTYPE x [<!ENTITY a0 "ha">{names}]><x>&a9;</x>')


def _circle_czi() -> bytes:
    """The list of pieces is the file's own head."""
    data = bytearray(by_hand([Tile(TWIN)], described()))
    struct.pack_into("<Q", data, 32 + 52, 0)
    return bytes(data)


def _endless_loops() -> bytes:
    return nd2([bgr(TWIN)], loops=[(nd2_files.TIMES, 4_000_000_000)])


@pytest.mark.parametrize(
    "make",
    [_large_czi, _bomb_czi, _bomb_nd2, _laughing_lif, _circle_czi, _endless_loops],
    ids=lambda make: make.__name__,
)
def test_bombs_and_endless_lists_are_one_sentence(make: Callable[[], bytes], tmp_path: Path) -> None:
    """In the process with limits, which goes on afterwards."""
    path = tmp_path / "a.x"
    path.write_bytes(make())
    pages_of(path)
    with pytest.raises(ImageError) as caught:
        read_page(path, 0)
    assert caught.value.cause in CAUSES
    assert caught.value.message.count(". ") == 0
    np.testing.assert_array_equal(decoder().image(by_hand([Tile(TWIN)]), "b").pixels, TWIN)


def test_a_bomb_beside_the_pixels_hurts_nobody() -> None:
    found = decode_image(_laughing_czi(), "a")
    np.testing.assert_array_equal(found.pixels, TWIN)
    assert found.um_per_px is None


@pytest.mark.parametrize(
    ("start", "words"),
    [(b"\x70\0\0\0hello", "not an image"), (b"ZISRAWFILE", "damaged"), (b"\xda\xce\xbe\x0a", "damaged")],
)
def test_a_wrong_ending_and_a_start_alone(start: bytes, words: str) -> None:
    with pytest.raises(ImageError, match=words) as caught:
        decode_image(start + bytes(300), "a.lif")
    assert caught.value.cause in CAUSES
    # A picture under the name of another is a picture.
    np.testing.assert_array_equal(decode_image(by_hand([Tile(TWIN)]), "a.jpg").pixels, TWIN)
