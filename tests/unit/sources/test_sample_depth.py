"""Depth of samples: a declared one is believed, hot pixels do not darken an image."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from leukoscope.sources.decoding import decode_image
from leukoscope.sources.depth import bits_in_use, to_8_bit
from leukoscope.sources.pages import read_page
from tests.unit.sources.tiff_files import Samples, file_of, smear


def dim(bits: int, part: float) -> Samples:
    """A picture of a camera with so many bits, exposed to a part of its range."""
    return np.asarray((smear() / 255 * part * (2**bits - 1)).round().astype(np.uint16))


DECLARED: dict[str, Callable[[int], dict[str, Any]]] = {
    "OME": lambda bits: {"ome": True, "metadata": {"axes": "YXS", "SignificantBits": bits}},
    "MaxSampleValue": lambda bits: {"extratags": [(281, "H", 3, (2**bits - 1,) * 3, True)], "metadata": None},
    "Micro-Manager": lambda bits: {"extratags": [(51123, "s", 0, f'{{"BitDepth": {bits}}}', True)], "metadata": None},
    "ImageJ": lambda bits: {"imagej": True, "metadata": {"axes": "CYX", "min": 0.0, "max": 2.0**bits - 1}},
}


@pytest.mark.parametrize("how", DECLARED)
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("part", [0.22, 0.9])
def test_a_declared_depth_is_believed(how: str, bits: int, part: float) -> None:
    samples = dim(bits, part)
    written = samples.transpose(2, 0, 1).copy() if how == "ImageJ" else samples
    photometric = "minisblack" if how == "ImageJ" else "rgb"
    data = file_of(written, photometric=photometric, **DECLARED[how](bits))
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, to_8_bit(samples, bits))


def test_a_declaration_that_cannot_be_is_not_believed() -> None:
    camera = dim(12, 0.9)
    wide = file_of(camera, photometric="rgb", ome=True, metadata={"axes": "YXS", "SignificantBits": 16})
    np.testing.assert_array_equal(decode_image(wide, "a.tif").pixels, to_8_bit(camera, 12))
    narrow = file_of(dim(14, 0.9), photometric="rgb", ome=True, metadata={"axes": "YXS", "SignificantBits": 10})
    np.testing.assert_array_equal(decode_image(narrow, "a.tif").pixels, to_8_bit(dim(14, 0.9), 14))


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("hot", [1, 30, "column", "cluster"])
def test_hot_pixels_do_not_darken_an_image(bits: int, hot: int | str) -> None:
    samples = dim(bits, 0.95)
    rng = np.random.default_rng(5)
    if hot == "column":
        samples[:, 40] = 65535
    elif hot == "cluster":
        samples[20:22, 30:33] = 65535
    else:
        places = rng.integers(0, 80, (int(hot), 2))
        samples[places[:, 0], places[:, 1]] = 65535
    assert bits_in_use(samples) == bits
    for data in (file_of(samples, photometric="rgb"), png(samples), png(samples[..., 0])):
        assert abs(decode_image(data, "hot").pixels.mean() - to_8_bit(samples, bits).mean()) < 12


def test_highlights_are_no_hot_pixels() -> None:
    samples = dim(10, 0.9)
    samples[30:36, 30:36] = 3900
    assert bits_in_use(samples) == 12


def png(samples: Samples, alpha: bool = False, sbit: int | None = None) -> bytes:
    """A 16-bit PNG, gray or color; ``sbit`` writes what the samples' depth was."""
    gray = samples.ndim == 2
    kind = {(True, False): 0, (True, True): 4, (False, False): 2, (False, True): 6}[gray, alpha]
    planes = samples[..., None] if gray else samples
    if alpha:
        planes = np.dstack([planes, np.full(planes.shape[:2], 65535, np.uint16)])
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in planes)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 16, kind, 0, 0, 0)
    says = b"" if sbit is None else chunk(b"sBIT", bytes([sbit] * ((1 if gray else 3) + alpha)))
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + says
    return start + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_16_bit_png(bits: int, gray: bool, alpha: bool) -> None:
    bright, dark = (dim(bits, part) for part in (0.95, 0.22))
    for samples, sbit in ((bright, None), (dark, bits)):
        one = samples[..., 0] if gray else samples
        right = to_8_bit(one, bits)
        pixels = decode_image(png(one, alpha, sbit), "a.png").pixels
        np.testing.assert_array_equal(pixels, np.dstack([right] * 3) if gray else right)
    # As the PNG specification has it: samples spread over all 16 bits, sBIT says how many were real.
    spread = (dark.astype(np.uint32) << (16 - bits) | dark >> (2 * bits - 16)).astype(np.uint16)
    np.testing.assert_array_equal(decode_image(png(spread, alpha, bits), "a.png").pixels, to_8_bit(spread, 16))


def test_all_pages_of_a_file_have_one_depth(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    pages = [dim(12, 0.9), dim(12, 0.2)]
    with tifffile.TiffWriter(path) as writer:
        for page in pages:
            writer.write(page, photometric="rgb", metadata=None, contiguous=False)
    for number, page in enumerate(pages):
        np.testing.assert_array_equal(read_page(path, number).pixels, to_8_bit(page, 12))
