"""PNG, BMP, JPEG, JPEG 2000, WebP, GIF, HEIC and AVIF give the pixels of the 8-bit RGB twin, or a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from leukoscope.domain.compression import compression_of, is_heic
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.sources.decoder import decoder
from leukoscope.sources.decoding import decode_image
from tests.unit.sources.test_decode_by_declaration import profile, wrong
from tests.unit.sources.tiff_files import Samples
from tests.unit.sources.tiff_variants import BLOCKS, GRAY_TWIN, TWIN, Variant, deep

HEIGHT, WIDTH = TWIN.shape[:2]
HEIC = Path(__file__).with_name("heic")
"""``BLOCKS`` in HEVC at 100 %, 4:4:4, as pillow-heif writes them: RGB, 12 bits, gray, half transparent, turned by EXIF,
with the profile of ``profile()``, and twice."""
PALETTE = Image.fromarray(TWIN).quantize(64)
FEW = np.asarray(PALETTE.convert("RGB"))


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png(samples: Samples, kind: int, bits: int = 16, **chunks: bytes) -> bytes:
    """A PNG of color type ``kind``, with more chunks before its pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    if bits < 8:
        rows = [bytes(imagecodecs.packints_encode(row, bits, runlen=WIDTH)) for row in samples]
    else:
        rows = [row.astype(f">u{bits // 8}").tobytes() for row in samples]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, kind, 0, 0, 0))
    more = b"".join(chunk(name.encode(), body) for name, body in chunks.items())
    pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + head + more + pixels + chunk(b"IEND", b"")


def bmp(samples: Samples, bits: int, compression: int = 0, masks: bytes = b"", top: bool = False) -> bytes:
    """A BMP of rows that are given as they lie in the file; masks of 16 bytes make a head of version 4."""
    rows = [row.tobytes() for row in (samples if top else samples[::-1])]
    body = b"".join(row + bytes(-len(row) % 4) for row in rows)
    size = 108 if len(masks) == 16 else 40
    start = 14 + 40 + (len(masks) if size == 40 else 68)
    height = -HEIGHT if top else HEIGHT
    head = struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, len(body), 0, 0, 0, 0)
    rest = masks + (b"BGRs" + bytes(48) if size == 108 else b"")
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + rest + body


def pngs() -> Iterator[Variant]:
    sixteen, twelve = deep(TWIN, "uint16")[0], deep(TWIN, "uint12")[0]
    for bits, samples in ((16, sixteen), (12, twelve)):
        full = np.full((HEIGHT, WIDTH, 1), 2**bits - 1, np.uint16)
        yield Variant(f"PNG, {bits} bits, RGB", png(samples, 2), TWIN)
        yield Variant(f"PNG, {bits} bits, gray", png(samples[..., 0], 0), GRAY_TWIN)
        for name, alpha in (("opaque", full), ("empty", full * 0), ("all bits", full * 0 + 65535)):
            yield Variant(f"PNG, {bits} bits, RGB, {name} alpha", png(np.dstack([samples, alpha]), 6), TWIN)
            gray = np.dstack([samples[..., :1], alpha])
            yield Variant(f"PNG, {bits} bits, gray, {name} alpha", png(gray, 4), GRAY_TWIN)
    hole, gray_hole = TWIN.copy(), GRAY_TWIN.copy()
    hole[(TWIN[20, 20] == TWIN).all(axis=2)] = 0
    gray_hole[TWIN[..., 0] == TWIN[20, 20, 0]] = 0
    clear = sixteen[20, 20].astype(">u2").tobytes()
    yield Variant("PNG, 16 bits, RGB, a color is clear", png(sixteen, 2, tRNS=clear), hole)
    yield Variant("PNG, 16 bits, gray, a level is clear", png(sixteen[..., 0], 0, tRNS=clear[:2]), gray_hole)
    eight = TWIN[20, 20].astype(">u2").tobytes()
    yield Variant("PNG, 8 bits, RGB, a color is clear", png(TWIN, 2, 8, tRNS=eight), hole)
    for bits in (1, 2, 4):
        few = (TWIN[..., 0] / 255 * (2**bits - 1)).round().astype(np.uint8)
        right = np.dstack([(few / (2**bits - 1) * 255).round().astype(np.uint8)] * 3)
        yield Variant(f"PNG, gray of {bits} bits", png(few, 0, bits), right)
    yield Variant("PNG, palette", saved(PALETTE, "PNG"), FEW)
    yield Variant("PNG, palette, nothing opaque", saved(PALETTE, "PNG", transparency=bytes(64)), FEW)


def bmps() -> Iterator[Variant]:
    colors = np.ascontiguousarray(TWIN[..., ::-1])
    rgb = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
    for top in (False, True):
        yield Variant(f"BMP, 24 bits, from the top {top}", bmp(colors, 24, top=top), TWIN)
    for alpha in (0, 255):
        four = np.dstack([colors, np.full((HEIGHT, WIDTH), alpha, np.uint8)])
        yield Variant(f"BMP, 32 bits, fourth byte {alpha}", bmp(four, 32), TWIN)
        yield Variant(f"BMP, 32 bits, masks, fourth byte {alpha}", bmp(four, 32, 3, rgb), TWIN)
        masks = rgb + struct.pack("<I", 0xFF000000)
        yield Variant(f"BMP, 32 bits, alpha {alpha}", bmp(four, 32, 3, masks), TWIN)
    parts = (TWIN >> np.array([3, 2, 3], np.uint8)).astype(np.uint16)
    right = (parts / np.array([31, 63, 31]) * 255).round().astype(np.uint8)
    packed = parts[..., 0] << 11 | parts[..., 1] << 5 | parts[..., 2]
    yield Variant("BMP, 5, 6, 5", bmp(packed, 16, 3, struct.pack("<III", 0xF800, 0x7E0, 0x1F)), right, off=1)
    yield Variant("BMP, palette", saved(PALETTE, "BMP"), FEW)


def jpegs() -> Iterator[Variant]:
    blocks, gray = Image.fromarray(BLOCKS), np.dstack([BLOCKS[..., 0]] * 3)
    settings: dict[str, dict[str, Any]] = {
        "4:4:4": {"subsampling": 0}, "4:2:0": {"subsampling": 2}, "progressive": {"progressive": True},
    }  # fmt: skip
    for name, options in settings.items():
        yield Variant(f"JPEG, {name}", saved(blocks, "JPEG", quality=98, **options), BLOCKS, off=5)
    yield Variant("JPEG, CMYK", saved(blocks.convert("CMYK"), "JPEG", quality=98), BLOCKS, off=5)
    yield Variant("JPEG, RGB", bytes(encode_jpeg(BLOCKS, colorspace="RGB", outcolorspace="RGB")), BLOCKS, off=5)
    twelve = deep(BLOCKS, "uint12")[0]
    yield Variant("JPEG, 12 bits", encode_jpeg(twelve, bitspersample=12), BLOCKS, off=5)
    one = np.ascontiguousarray(twelve[..., 0])
    yield Variant("JPEG, 12 bits, gray", encode_jpeg(one, bitspersample=12), gray, off=5)
    for bits, samples in ((8, TWIN), (12, deep(TWIN, "uint12")[0]), (16, deep(TWIN, "uint16")[0])):
        data = bytes(imagecodecs.jpeg8_encode(samples, lossless=True, bitspersample=bits))
        yield Variant(f"JPEG, lossless, {bits} bits", data, TWIN)
    turned = np.ascontiguousarray(np.rot90(twelve, 1))
    exif = Image.Exif()
    exif[0x0112] = 6
    body = exif.tobytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    data = encode_jpeg(turned, bitspersample=12)
    yield Variant("JPEG, 12 bits, turned", data[:2] + segment + data[2:], BLOCKS, off=5)


def encode_jpeg(samples: Samples, **options: Any) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(np.ascontiguousarray(samples), level=98, **options))


def jpeg_2000s() -> Iterator[Variant]:
    for codec, (depth, bits) in [
        (codec, one) for codec in ("jp2", "j2k") for one in (("uint8", 8), ("uint16", 16), ("uint12", 12))
    ]:
        samples = deep(TWIN, depth)[0]
        options: dict[str, Any] = {"codecformat": codec, "level": 0, "reversible": True, "bitspersample": bits}
        yield Variant(f"{codec}, {depth}, RGB", bytes(imagecodecs.jpeg2k_encode(samples, **options)), TWIN)
        one = np.ascontiguousarray(samples[..., 0])
        yield Variant(f"{codec}, {depth}, gray", bytes(imagecodecs.jpeg2k_encode(one, **options)), GRAY_TWIN)


def others() -> Iterator[Variant]:
    picture = Image.fromarray(TWIN)
    yield Variant("WebP, lossless", saved(picture, "WEBP", lossless=True), TWIN)
    yield Variant("WebP", saved(Image.fromarray(BLOCKS), "WEBP", quality=100), BLOCKS, off=12)
    yield Variant("GIF", saved(PALETTE, "GIF"), FEW)
    turned = np.ascontiguousarray(np.rot90(BLOCKS, -1))
    half = BLOCKS.copy()
    half[:, : BLOCKS.shape[1] // 2] = 0
    gray = np.asarray(Image.fromarray(BLOCKS).convert("L").convert("RGB"))
    for name, twin, off in (
        ("rgb", BLOCKS, 4), ("deep", BLOCKS, 4), ("gray", gray, 4), ("alpha", half, 4), ("turned", turned, 4),
        ("profile", BLOCKS[..., [1, 0, 2]], 12),
    ):  # fmt: skip
        yield Variant(f"HEIC, {name}", (HEIC / f"{name}.heic").read_bytes(), twin, off=off)
    yield Variant("AVIF", saved(Image.fromarray(BLOCKS), "AVIF", quality=100, subsampling="4:4:4"), BLOCKS, off=4)


@pytest.mark.parametrize("table", [pngs, bmps, jpegs, jpeg_2000s, others])
def test_every_container_and_depth(table: Callable[[], Iterator[Variant]]) -> None:
    assert wrong(table()) == []


def test_the_process_for_foreign_files_gives_the_same() -> None:
    variants = [*jpeg_2000s()][::3] + [*jpegs()][-3:] + [*others()]
    assert wrong(variants, decoder().image) == []


def test_a_color_profile_of_a_deep_jpeg_and_of_jpeg_2000_counts() -> None:
    colors = np.ascontiguousarray(BLOCKS * np.array([1, 0, 0], np.uint8) + np.array([0, 90, 40], np.uint8))
    right = decode_image(saved(Image.fromarray(colors), "PNG", icc_profile=profile()), "a.png").pixels
    assert np.abs(right.astype(int) - colors).max() > 50
    body = b"ICC_PROFILE\0\1\1" + profile()
    data = encode_jpeg(deep(colors, "uint12")[0], bitspersample=12)
    data = data[:2] + b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body + data[2:]
    assert np.abs(decode_image(data, "a.jpg").pixels.astype(int) - right).max() <= 12
    plain = bytes(imagecodecs.jpeg2k_encode(colors, codecformat="jp2", level=0, reversible=True))
    place, box = plain.index(b"colr") - 4, b"\2\0\0" + profile()
    header = plain.index(b"jp2h") - 4
    longer = struct.pack(">I", len(box) + 8) + b"colr" + box
    known = struct.unpack_from(">I", plain, place)[0]
    grown = struct.unpack_from(">I", plain, header)[0] + len(longer) - known
    data = plain[:header] + struct.pack(">I", grown) + plain[header + 4 : place] + longer + plain[place + known :]
    np.testing.assert_array_equal(decode_image(data, "a.jp2").pixels, right)


@pytest.mark.parametrize("part", [0.2, 0.6, 0.9])
def test_what_is_cut_off_is_damage(part: float) -> None:
    for table in (pngs, jpegs, jpeg_2000s, others):
        for variant in table():
            with pytest.raises(ImageError, match="is damaged or incomplete") as caught:
                decode_image(variant.data[: int(len(variant.data) * part)], variant.name)
            assert caught.value.cause is Cause.BROKEN, variant.name


def test_jpeg_2000_with_several_images_is_not_the_first_of_them() -> None:
    """What ND2 was before 2007: a list of codestreams."""
    one = bytes(imagecodecs.jpeg2k_encode(TWIN, level=0, codecformat="jp2"))
    stream = one[one.index(b"jp2c") - 4 :]
    boxes = one[: -len(stream)]
    framed = (len(stream)).to_bytes(4, "big") + stream[4:]
    np.testing.assert_array_equal(decode_image(boxes + framed, "a.jp2").pixels, TWIN)
    with pytest.raises(ImageError, match="several images") as caught:
        decode_image(boxes + framed + framed, "a.nd2")
    assert caught.value.cause is Cause.UNKNOWN_KIND


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\0\0\0\0\0\0" * 9, "is a Olympus OIB or Zeiss ZVI file, which is not read"),
        (b"%PDF-1.7\n%\xe2\xe3" + bytes(99), "is a PDF file"),
    ],
)
def test_a_file_of_another_kind_is_called_that(data: bytes, sentence: str) -> None:
    with pytest.raises(ImageError) as caught:
        decode_image(data, "scan.png")
    assert sentence in caught.value.message
    assert caught.value.cause is Cause.UNKNOWN_KIND
    assert caught.value.message.count(". ") == 0


def test_avif_and_heic_are_known_to_lose() -> None:
    assert compression_of(saved(Image.fromarray(BLOCKS), "AVIF")).lossy
    assert compression_of((HEIC / "rgb.heic").read_bytes()).lossy


def test_a_heic_of_several_images_is_refused_and_an_avif_is_never_taken_for_one() -> None:
    with pytest.raises(ImageError, match="has 2 pages; save each page"):
        decode_image((HEIC / "two.heic").read_bytes(), "two.heic")
    avif = saved(Image.fromarray(BLOCKS), "AVIF")
    assert not is_heic(avif)
    assert not is_heic(avif[:8] + b"mif1" + avif[12:])


@pytest.mark.parametrize("frame", [0xC0, 0xC1, 0xC3])
@pytest.mark.parametrize("said", [0, 2])
def test_a_jpeg_whose_frame_is_empty_is_damage(frame: int, said: int) -> None:
    whole = saved(Image.fromarray(BLOCKS), "JPEG")
    place = whole.index(b"\xff\xc0")
    data = whole[:place] + bytes((0xFF, frame)) + struct.pack(">H", said) + whole[place + 4 :]
    for kept in (data, data[: place + 4]):
        with pytest.raises(ImageError) as caught:
            decode_image(kept, "a.jpg")
        assert caught.value.cause is Cause.BROKEN
