"""Every way to write a picture gives the pixels of its 8-bit RGB twin, each of them, or is refused with its cause."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.sources.decoder import decoder
from leukoscope.sources.decoding import decode_image
from leukoscope.sources.page_count import count_pages
from tests.unit.sources import tiff_variants
from tests.unit.sources.tiff_files import Samples, file_of, smear, tiff_by_hand
from tests.unit.sources.tiff_variants import BLOCKS, DEPTHS, TWIN, Variant, deep, max_sample, tables_of_rgb


def wrong(variants: Iterable[Variant], decode: Callable[[bytes, str], Any] = decode_image) -> list[str]:
    """Names of the variants whose pixels are others, with what came out."""
    found = []
    for variant in variants:
        try:
            pixels = decode(variant.data, "a.tif").pixels
        except ImageError as error:
            found.append(f"{variant.name}: {error.message}")
            continue
        same = pixels.shape == variant.right.shape
        off = np.abs(pixels.astype(int) - variant.right).max() if same else pixels.shape
        if not same or off > variant.off:
            found.append(f"{variant.name}: off by {off}")
    return found


@pytest.mark.parametrize("depth", DEPTHS)
def test_rgb_in_every_layout(depth: str) -> None:
    variants = list(tables_of_rgb(depth))
    assert len(variants) >= 72
    assert wrong(variants) == []


@pytest.mark.parametrize(
    "table",
    [
        "orientations",
        "grays",
        "packed_colors",
        "color_spaces",
        "image_codecs",
        "jpeg_2000_of_aperio",
        "subsampled",
        "by_libtiff",
        "old_jpeg",
    ],
)
def test_every_color_space_and_codec(table: str) -> None:
    variants = list(getattr(tiff_variants, table)())
    assert len(variants) >= 4
    assert wrong(variants) == []


def test_the_process_for_foreign_files_gives_the_same() -> None:
    variants = [*tables_of_rgb("uint16")][::80] + [*tiff_variants.image_codecs()][::4]
    assert wrong(variants, decoder().image) == []


def profile() -> bytes:
    """An ICC profile that moves colors: sRGB's with red and green changed, and another name."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, green = made.find(b"rXYZ", 128), made.find(b"gXYZ", 128)
    swapped = bytearray(made.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be")))
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(swapped)


@pytest.mark.parametrize("depth", ["uint8", "uint12", "uint16", "float32"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_a_color_profile_counts_at_every_depth(depth: str, planar: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(TWIN).save(stream, "PNG", icc_profile=profile())
    right = decode_image(stream.getvalue(), "a.png").pixels
    assert np.abs(right.astype(int) - TWIN).max() > 100
    samples, says = deep(TWIN, depth)
    written = np.ascontiguousarray(np.moveaxis(samples, 2, 0)) if planar == "separate" else samples
    data = file_of(written, photometric="rgb", planarconfig=planar, iccprofile=profile(), metadata=None, **says)
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, right)


def dim(kind: str) -> Samples:
    """The picture, exposed to a fifth of 12 bits."""
    return np.asarray((TWIN / 255 * 4095 * 0.2).round().astype(kind))


def ome(**more: Any) -> dict[str, Any]:
    return {"ome": True, "metadata": {"axes": "YXS", **more}}


DECLARED: dict[str, tuple[Samples, dict[str, Any], float]] = {
    "SignificantBits": (dim("uint16"), ome(SignificantBits=12), 4095),
    "SignificantBits, 32 bits": (dim("uint32"), ome(SignificantBits=12), 4095),
    "MaxSampleValue": (dim("uint16"), {"extratags": [max_sample(4095)], "metadata": None}, 4095),
    "MaxSampleValue of 8 bits in 16": (TWIN.astype(np.uint16), {"extratags": [max_sample(255)], "metadata": None}, 255),
    "range of fractions": (
        (TWIN / 255 * 0.2).astype(np.float32),
        {"extratags": [(340, "f", 1, 0.0, True), (341, "f", 1, 1.0, True)], "metadata": None},
        1.0,
    ),
    "range below zero": (
        (TWIN / 255 - 0.5).astype(np.float32),
        {"extratags": [(340, "f", 1, -0.5, True), (341, "f", 1, 0.5, True)], "metadata": None},
        0.0,
    ),
    "signed range": (
        (TWIN.astype(int) * 257 - 32768).astype(np.int16),
        {"extratags": [(340, "h", 1, -32768, True), (341, "h", 1, 32767, True)], "metadata": None},
        0.0,
    ),
}


@pytest.mark.parametrize("what", DECLARED)
def test_a_declared_range_is_believed_before_any_guess(what: str) -> None:
    samples, options, full = DECLARED[what]
    right = (samples.astype(np.float64) * 255 / full).round().astype(np.uint8) if full else TWIN
    pixels = decode_image(file_of(samples, photometric="rgb", **options), "a.tif").pixels
    np.testing.assert_array_equal(pixels, right)


def test_the_ranges_of_imagej_are_believed_where_they_are_full_scale() -> None:
    planes = np.ascontiguousarray(np.moveaxis(dim("uint16"), 2, 0))
    says = {"axes": "CYX", "mode": "composite", "Ranges": (0.0, 4095.0) * 3, "min": 0.0, "max": 900.0}
    pixels = decode_image(file_of(planes, imagej=True, photometric="minisblack", metadata=says), "a.tif").pixels
    np.testing.assert_array_equal(pixels, (dim("float64") * 255 / 4095).round())


@pytest.mark.parametrize("kind", ["uint16", "uint32", "float32"])
def test_one_bright_sample_darkens_nothing(kind: str) -> None:
    samples, _ = deep(TWIN, "uint12")
    samples = samples.astype(kind)
    samples[20, 20] = 65535
    pixels = decode_image(file_of(samples, photometric="rgb", metadata=None), "a.tif").pixels
    right = TWIN.copy()
    right[20, 20] = 255
    np.testing.assert_array_equal(pixels, right)


# Refused with the cause --------------------------------------------------------------------------------------------


def no_number() -> Samples:
    samples = (TWIN / 255).astype(np.float32)
    samples[5, 5] = np.nan
    return samples


REFUSED: dict[str, Callable[[], bytes]] = {
    "32-bit floating-point samples whose range is not stated": lambda: file_of(
        (TWIN / 255 * 6).astype(np.float32), photometric="rgb", metadata=None
    ),
    "32-bit floating-point samples, some of them no numbers": lambda: file_of(
        no_number(), photometric="rgb", metadata=None
    ),
    "16-bit signed samples below zero whose range is not stated": lambda: file_of(
        (TWIN.astype(np.int16) - 128), photometric="rgb", metadata=None
    ),
    "32-bit samples whose range is not stated": lambda: file_of(
        TWIN.astype(np.uint32) * 4000, photometric="rgb", metadata=None
    ),
    "complex samples": lambda: file_of(TWIN[..., 0].astype(np.complex64), metadata=None),
    "camera raw": lambda: file_of(smear("uint16")[..., 0], photometric="cfa", metadata=None),
    "compression 64123 inside": lambda: tiff_by_hand([bytes(999)], 10, 10, 64123, 2),
    "JBIG inside": lambda: tiff_by_hand([bytes(99)], 10, 10, 34661, 1, samples=1),
    "predictor 7": lambda: tiff_by_hand([bytes(300)], 10, 10, 1, 2, [(317, 3, 1, 7)]),
    "inks other than CMYK": lambda: tiff_by_hand([bytes(400)], 10, 10, 1, 5, [(332, 3, 1, 2)], samples=4),
    "color space ITULAB": lambda: tiff_by_hand([bytes(300)], 10, 10, 1, 10),
    "24-bit samples": lambda: tiff_by_hand([bytes(900)], 10, 10, 1, 2, bits=24),
    "JPEG 2000 inside, either RGB or YCbCr": lambda: tiff_by_hand(
        [bytes(imagecodecs.jpeg2k_encode(TWIN, level=0, mct=False, codecformat="j2k"))], 50, 37, 33003, 2
    ),
    "2 samples per pixel": lambda: tiff_by_hand([bytes(200)], 10, 10, 1, 2, samples=2),
    "a palette that is missing": lambda: tiff_by_hand([bytes(100)], 10, 10, 1, 3, samples=1),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_read_is_refused_with_its_kind(kind: str) -> None:
    with pytest.raises(ImageError) as caught:
        decode_image(REFUSED[kind](), "a.tif")
    assert f"“a.tif” is a TIFF of a kind that is not read ({kind}); save it again" in caught.value.message
    assert caught.value.cause is Cause.UNKNOWN_KIND


BROKEN = {
    "a JPEG without its end": lambda: cut_part("jpeg"),
    "half a JPEG 2000": lambda: cut_part("jpeg2000"),
    "half a tile of LZW": lambda: cut_part("lzw"),
    "half a tile of Zstandard": lambda: cut_part("zstd"),
    "a smaller JPEG 2000 than the page": lambda: tiff_by_hand([strip_of(BLOCKS[:16], "jpeg2000")], 64, 48, 34712, 2),
    "16 bits in a page of 8": lambda: tiff_by_hand(
        [strip_of(BLOCKS.astype(np.uint16) * 257, "jpeg2000")], 64, 48, 34712, 2
    ),
}


def strip_of(samples: Samples, compression: str) -> bytes:
    data = file_of(samples, photometric="rgb", compression=compression, metadata=None, rowsperstrip=len(samples))
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        start, count = tif.pages[0].dataoffsets[0], tif.pages[0].databytecounts[0]
    return data[start : start + count]


def cut_part(compression: str) -> bytes:
    codes = {"jpeg": 7, "jpeg2000": 34712, "lzw": 5, "zstd": 50000}
    whole = strip_of(BLOCKS, compression)
    return tiff_by_hand([whole[: len(whole) // 2]], 64, 48, codes[compression], 6 if compression == "jpeg" else 2)


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_missing_is_damage_and_never_gray_or_old_memory(what: str) -> None:
    with pytest.raises(ImageError, match="damaged") as caught:
        decode_image(BROKEN[what](), "a.tif")
    assert caught.value.cause is Cause.BROKEN


def chain(count: int, back_to: int | None) -> bytes:
    """A file of so many directories, the last of which points at another one, or at none."""
    start, length = 8 + 300, 2 + 12 * 9 + 4
    body = bytes(300)
    for number in range(count):
        last = number == count - 1
        following = (
            0
            if last and back_to is None
            else start + length * (back_to if last and back_to else 0 if last else number + 1)
        )
        entries = [(256, 4, 1, 10), (257, 4, 1, 10), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
                   (277, 3, 1, 1), (278, 4, 1, 10), (279, 4, 1, 100)]  # fmt: skip
        body += struct.pack("<H", 9) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
        body += struct.pack("<I", following)
    return struct.pack("<2sHI", b"II", 42, start) + body


@pytest.mark.parametrize(("count", "back_to"), [(1, 0), (2, 0), (150, 3)])
def test_pages_in_a_circle_are_damage(count: int, back_to: int, tmp_path: Path) -> None:
    data = chain(count, back_to)
    with pytest.raises(ImageError, match="point at each other in a circle") as caught:
        decode_image(data, "circle.tif")
    assert caught.value.message.count(". ") == 0
    assert caught.value.cause is Cause.BROKEN
    (tmp_path / "circle.tif").write_bytes(data)
    assert count_pages(tmp_path / "circle.tif") == ((0,), 0, 0, False, ())


def test_an_endless_list_of_pages_is_refused_at_once() -> None:
    with pytest.raises(ImageError, match="has more than 4096 pages; save those") as caught:
        decode_image(chain(5000, None), "many.tif")
    assert caught.value.cause is Cause.UNKNOWN_KIND
