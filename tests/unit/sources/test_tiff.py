"""TIFFs as microscopes and their programs write them: every layout of samples, color in planes, depths, kinds."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.sources.decoding import decode_image, decode_page
from leukoscope.sources.depth import to_8_bit
from leukoscope.sources.pages import pages_of
from tests.unit.sources.tiff_files import Samples, file_of, smear

LAYOUTS = {
    "one strip": {"rowsperstrip": 1000},
    "strips": {"rowsperstrip": 8},
    "tiles": {"tile": (32, 48)},
}


@pytest.mark.parametrize(
    ("compression", "predictor"), [(None, False), ("zlib", False), ("zlib", True), ("lzma", False), ("lzma", True)]
)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_layout_of_samples(
    kind: str, channels: int, planar: str, layout: str, compression: str | None, predictor: bool, order: str
) -> None:
    samples = smear(kind, channels=channels)
    if channels == 4:
        samples[..., 3] = np.iinfo(kind).max
    written = np.moveaxis(samples, 2, 0) if planar == "separate" else samples
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    data = file_of(
        np.ascontiguousarray(written), photometric="rgb", planarconfig=planar, compression=compression,
        predictor=predictor, byteorder=order, metadata=None, **LAYOUTS[layout], **extra,
    )  # fmt: skip
    right = samples[..., :3] if kind == "uint8" else to_8_bit(samples[..., :3], 16)
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, right)
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, right)


def strips_by_libtiff(samples: Samples, compression: str) -> list[bytes]:
    """Each row block of 16-bit samples as libtiff compresses it: as one row of 8-bit gray."""
    found = []
    for top in range(0, samples.shape[0], 8):
        raw = np.ascontiguousarray(samples[top : top + 8]).tobytes()
        stream = io.BytesIO()
        Image.frombytes("L", (len(raw), 1), raw).save(stream, "TIFF", compression=compression)
        stream.seek(0)
        with tifffile.TiffFile(stream) as tif:
            page = tif.pages[0]
            assert len(page.dataoffsets) == 1
            start, count = page.dataoffsets[0], page.databytecounts[0]
        found.append(stream.getvalue()[start : start + count])
    return found


@pytest.mark.parametrize(("compression", "code"), [("tiff_lzw", 5), ("packbits", 32773), ("tiff_adobe_deflate", 8)])
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
@pytest.mark.parametrize("predictor", [1, 2])
def test_planes_compressed_by_libtiff(compression: str, code: int, kind: str, predictor: int) -> None:
    samples = smear(kind)
    planes = np.moveaxis(samples, 2, 0)
    if predictor == 2:
        planes = np.diff(planes, axis=2, prepend=np.zeros((3, samples.shape[0], 1), kind)).astype(kind)
    strips = [strip for plane in planes for strip in strips_by_libtiff(plane, compression)]
    bits = 8 * samples.itemsize
    right = samples if kind == "uint8" else to_8_bit(samples, 16)
    data = planar_file(strips, samples.shape[1], samples.shape[0], bits, code, predictor)
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, right)


def planar_file(strips: list[bytes], width: int, height: int, bits: int, code: int, predictor: int) -> bytes:
    """A little-endian RGB TIFF whose planes lie one behind the other, eight rows in a strip."""
    body, offsets = b"", []
    for strip in strips:
        offsets.append(8 + len(body))
        body += strip + bytes(len(strip) % 2)
    counts = [len(strip) for strip in strips]
    bits_at = 8 + len(body)
    body += struct.pack("<3H2x", bits, bits, bits)
    offsets_at = 8 + len(body)
    body += struct.pack(f"<{len(strips)}I", *offsets)
    counts_at = 8 + len(body)
    body += struct.pack(f"<{len(strips)}I", *counts)
    single = len(strips) == 1  # then the tag holds the value itself
    offset, count, rows = (offsets[0], counts[0], height) if single else (offsets_at, counts_at, 8)
    tags = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, bits_at), (259, 3, 1, code), (262, 3, 1, 2),
        (273, 4, len(strips), offset), (277, 3, 1, 3), (278, 4, 1, rows), (279, 4, len(strips), count),
        (284, 3, 1, 2), (317, 3, 1, predictor),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(body))
    return head + body + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_a_missing_or_short_strip_is_damage_and_never_old_memory(cut: int) -> None:
    samples = smear("uint16")
    planes = np.moveaxis(samples, 2, 0)
    strips = [strip for plane in planes for strip in strips_by_libtiff(plane, "tiff_lzw")]
    strips[-cut] = strips[-cut][: len(strips[-cut]) // 2]
    data = planar_file(strips, samples.shape[1], samples.shape[0], 16, 5, 1)
    raw = [np.ascontiguousarray(plane[top : top + 8]).tobytes() for plane in planes for top in range(0, 83, 8)]
    raw[-cut] = raw[-cut][:-6]
    for broken in (data, planar_file(raw, samples.shape[1], samples.shape[0], 16, 1, 1)):
        with pytest.raises(ImageError, match="damaged") as caught:
            decode_image(broken, "a.tif")
        assert caught.value.cause is Cause.BROKEN


def test_gray_with_alpha_and_cmyk_in_planes() -> None:
    gray = smear("uint16", channels=2)
    gray[..., 1] = 65535
    data = file_of(gray, photometric="minisblack", extrasamples=["unassalpha"], metadata=None)
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels[..., 0], to_8_bit(gray[..., 0], 16))
    rgb = np.full((40, 50, 3), (200, 60, 120), np.uint8)
    cmyk = np.asarray(Image.fromarray(rgb).convert("CMYK"))
    deep = cmyk.astype(np.uint16) * 257
    for samples in (cmyk, deep):
        data = file_of(np.moveaxis(samples, 2, 0).copy(), photometric="separated", planarconfig="separate")
        assert np.abs(decode_image(data, "a.tif").pixels.astype(int) - rgb).max() <= 6


def test_white_is_zero_and_samples_without_a_color_space() -> None:
    samples = smear("uint16", channels=1)[..., 0]
    data = file_of(samples, photometric="miniswhite")
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels[..., 1], 255 - to_8_bit(samples, 16))
    for kind in ("uint8", "uint16"):
        color = smear(kind)
        data = file_of(color, photometric="minisblack", planarconfig="contig", metadata=None)
        np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, to_8_bit(color, 16))


def test_what_is_broken_is_still_called_damaged() -> None:
    data = file_of(smear("uint16"), photometric="rgb", planarconfig="contig", compression="zlib")
    for part in (0.03, 0.3, 0.9):
        with pytest.raises(ImageError, match="damaged") as caught:
            decode_image(data[: int(len(data) * part)], "torn.tif")
        assert caught.value.cause is Cause.BROKEN


# Pages that are no images ------------------------------------------------------------------------------------------


def pages(path: Path, *parts: tuple[Samples, dict[str, Any]]) -> Path:
    with tifffile.TiffWriter(path) as writer:
        for samples, options in parts:
            writer.write(samples, photometric="rgb", metadata=None, contiguous=False, **options)
    return path


def test_marked_and_unmarked_copies_are_no_pages(tmp_path: Path) -> None:
    field, other = smear(height=200, width=300), smear(height=200, width=300)[::-1, ::-1].copy()
    small = cv2.resize(field, (75, 50), interpolation=cv2.INTER_AREA)
    old = {"extratags": [(255, "H", 1, 2, True)]}
    path = pages(tmp_path / "old.tif", (field, {}), (small, old))
    assert (pages_of(path).numbers, pages_of(path).left_out) == ((0,), 1)
    np.testing.assert_array_equal(decode_image(path.read_bytes(), "a.tif").pixels, field)
    path = pages(tmp_path / "first.tif", (small, {"subfiletype": 1}), (field, {}))
    assert (pages_of(path).numbers, pages_of(path).left_out) == ((1,), 1)
    np.testing.assert_array_equal(decode_image(path.read_bytes(), "a.tif").pixels, field)
    path = pages(tmp_path / "unmarked.tif", (field, {"tile": (64, 64)}), (small, {}))
    assert (pages_of(path).numbers, pages_of(path).left_out) == ((0,), 1)
    path = pages(tmp_path / "two.tif", (field, {}), (other[:150, :225].copy(), {}), (other, {}))
    assert (pages_of(path).numbers, pages_of(path).left_out) == ((0, 1, 2), 0)
    path = pages(tmp_path / "thumbnail.tif", (small, {"subfiletype": 1}))
    np.testing.assert_array_equal(decode_image(path.read_bytes(), "a.tif").pixels, small)


def test_labels_and_overviews_of_a_slide_scanner_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "slide.svs"
    says = "Aperio Image Library v1\n300x200 [0,0 300x200] (64x64) Q=70|AppMag = 40|MPP = 0.25"
    with tifffile.TiffWriter(path) as writer:
        field = smear(height=200, width=300)
        common: dict[str, Any] = {"photometric": "rgb", "metadata": None, "contiguous": False}
        writer.write(field, tile=(64, 64), description=says, **common)
        writer.write(smear(height=60, width=90), description="Aperio Image Library v1\n300x200 -> 90x60 - ", **common)
        writer.write(field[::4, ::4].copy(), tile=(16, 16), description=says + "|", **common)
        writer.write(
            smear(height=40, width=40), description="Aperio Image Library v1\nlabel 40x40", subfiletype=1, **common
        )
        writer.write(
            smear(height=30, width=80), description="Aperio Image Library v1\nmacro 80x30", subfiletype=9, **common
        )
    assert pages_of(path).numbers == (0,)
    assert pages_of(path).left_out == 4
    np.testing.assert_array_equal(decode_page(path.read_bytes(), "slide", 0).pixels, field)
