"""One picture written as TIFF in every way that a program may choose, with the pixels that must come out."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image, ImageCms

from tests.unit.sources.tiff_files import Samples, file_of, smear, tiff_by_hand

HEIGHT, WIDTH = 37, 50
TWIN = smear(height=HEIGHT, width=WIDTH)
"""The picture as 8-bit RGB: up to full scale, odd sides, no two channels alike."""
GRAY_TWIN = np.ascontiguousarray(np.dstack([TWIN[..., 0]] * 3))

LAYOUTS: dict[str, dict[str, Any]] = {"strips": {"rowsperstrip": 8}, "tiles": {"tile": (16, 32)}}
CONTAINERS: dict[str, dict[str, Any]] = {
    "little-endian": {},
    "big-endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
}
EXTRA: dict[str, tuple[str, ...]] = {
    "no extra": (),
    "opaque": ("unassalpha",),
    "premultiplied": ("assocalpha",),
    "empty alpha": ("unassalpha",),
    "other": ("unspecified",),
    "other and alpha": ("unspecified", "unassalpha"),
}
DEPTHS = ("uint8", "uint12", "uint16", "uint32", "float16", "float32", "float64", "int16")
LOSSLESS = (None, "lzw", "zlib", "zstd", "packbits", "lzma")
SMALL_HEIGHT = 21
"""Rows of the picture in the widest table: two tiles and three strips, the last of each not full."""


@dataclass(frozen=True, eq=False)
class Variant:
    """One file, the pixels that it stands for, and how far they may be off (lossy compression, color conversion)."""

    name: str
    data: bytes
    right: Samples
    off: int = 0


BLOCKS = np.kron(np.arange(48, dtype=np.uint8).reshape(6, 8, 1) * 5, np.ones((8, 8, 1), np.uint8)) + np.array(
    [0, 3, 9], np.uint8
)
"""Squares of one color each: what is lost of colors between neighbors shows at no place."""


def deep(twin: Samples, depth: str) -> tuple[Samples, dict[str, Any]]:
    """The same picture with other samples, and how a file says so."""
    if depth == "uint12":
        return (twin.astype(np.float64) * 4095 / 255).round().astype(np.uint16), {"extratags": [max_sample(4095)]}
    if depth.startswith("float"):
        return (twin / 255).astype(depth), {}
    full = 32767 if depth == "int16" else np.iinfo(depth).max
    return (twin.astype(np.float64) * full / 255).round().astype(depth), {}


def max_sample(level: int) -> tuple[int, str, int, int, bool]:
    return 281, "H", 1, level, True


def with_extra(samples: Samples, extra: str) -> Samples:
    """Samples (height, width, 3) with the extra ones behind them."""
    full = np.ones((), samples.dtype) if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max
    of: dict[str, list[Any]] = {
        "no extra": [], "opaque": [full], "premultiplied": [full], "empty alpha": [0],
        "other": [full // 3 if samples.dtype.kind != "f" else 0.3], "other and alpha": [0, full],
    }  # fmt: skip
    planes = [np.full(samples.shape[:2], value, samples.dtype) for value in of[extra]]
    return np.dstack([samples, *planes]) if planes else samples


def tables_of_rgb(depth: str) -> Iterator[Variant]:
    """Container x planes x layout x compression x predictor x extra samples, for samples of one depth."""
    twin = np.ascontiguousarray(TWIN[:SMALL_HEIGHT])
    samples, says = deep(twin, depth)
    predictors: tuple[Any, ...] = (False, True) if depth != "float64" else (False,)
    usual = depth in {"uint8", "uint16"}
    for (container, where), planar, (layout, how), compression, predictor, extra in itertools.product(
        CONTAINERS.items(), ("contig", "separate"), LAYOUTS.items(), LOSSLESS if usual else LOSSLESS[:3], predictors,
        EXTRA if usual else ("no extra", "empty alpha"),
    ):  # fmt: skip
        if predictor and compression in {None, "packbits"}:
            continue
        written = with_extra(samples, extra)
        if planar == "separate":
            written = np.ascontiguousarray(np.moveaxis(written, 2, 0))
        options = {"extrasamples": list(EXTRA[extra])} if EXTRA[extra] else {}
        data = file_of(
            written, photometric="rgb", planarconfig=planar, compression=compression, predictor=predictor,
            metadata=None, **where, **how, **options, **says,
        )  # fmt: skip
        name = f"{depth}, {container}, {planar}, {layout}, {compression}, predictor {predictor}, {extra}"
        yield Variant(name, data, twin)


def orientations() -> Iterator[Variant]:
    """All eight, for deep and shallow samples, together and in planes."""
    turned = {
        1: TWIN, 2: TWIN[:, ::-1], 3: TWIN[::-1, ::-1], 4: TWIN[::-1], 5: TWIN.transpose(1, 0, 2),
        6: np.rot90(TWIN, 1), 7: TWIN[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(TWIN, -1),
    }  # fmt: skip
    for (number, twin), depth, planar in itertools.product(turned.items(), ("uint8", "uint16"), ("contig", "separate")):
        samples, says = deep(np.ascontiguousarray(twin), depth)
        written = np.ascontiguousarray(np.moveaxis(samples, 2, 0)) if planar == "separate" else samples
        tags = {"extratags": [*says.get("extratags", []), (274, "H", 1, number, True)]}
        data = file_of(written, photometric="rgb", planarconfig=planar, metadata=None, **tags)
        yield Variant(f"orientation {number}, {depth}, {planar}", data, TWIN)


def grays() -> Iterator[Variant]:
    """Gray, dark or bright at zero, of every depth, with alpha and without, packed too."""
    for depth, meaning, (layout, how) in itertools.product(DEPTHS, ("minisblack", "miniswhite"), LAYOUTS.items()):
        samples, says = deep(TWIN[..., 0], depth)
        if meaning == "miniswhite":
            full = 4095 if depth == "uint12" else 1 if depth.startswith("float") else np.iinfo(samples.dtype).max
            samples = (full - samples).astype(samples.dtype)
        data = file_of(samples, photometric=meaning, metadata=None, compression="zlib", **how, **says)
        yield Variant(f"{meaning}, {depth}, {layout}", data, GRAY_TWIN)
    for depth, extra in itertools.product(("uint8", "uint12", "uint16"), EXTRA):
        if not EXTRA[extra]:
            continue
        samples, says = deep(TWIN[..., :1], depth)
        options = {"extrasamples": list(EXTRA[extra])}
        data = file_of(with_extra(samples, extra), photometric="minisblack", metadata=None, **options, **says)
        yield Variant(f"minisblack, {depth}, {extra}", data, GRAY_TWIN)
    for bits in (2, 4, 10, 12, 14):
        full = 2**bits - 1
        samples = (TWIN[..., 0].astype(np.float64) * full / 255).round().astype(np.uint8 if bits < 8 else np.uint16)
        right = (samples.astype(np.float64) * 255 / full).round().astype(np.uint8)
        for (layout, how), order in itertools.product(LAYOUTS.items(), "<>"):
            swapped = samples.byteswap() if order == ">" and bits > 8 else samples  # tifffile packs what it swapped
            data = file_of(swapped, photometric="minisblack", bitspersample=bits, byteorder=order, metadata=None, **how)
            yield Variant(f"packed {bits} bits, {layout}, {order}", data, np.dstack([right] * 3))
    for compression, meaning in itertools.product((None, "packbits"), ("minisblack", "miniswhite")):
        bilevel = TWIN[..., 0] > 127
        data = file_of(bilevel, photometric=meaning, metadata=None, compression=compression)
        right = np.where(bilevel ^ (meaning == "miniswhite"), 255, 0).astype(np.uint8)
        yield Variant(f"bilevel, {meaning}, {compression}", data, np.dstack([right] * 3))


def packed_colors() -> Iterator[Variant]:
    """Three samples of 10, 12 and 14 bits without gaps."""
    for bits, (layout, how) in itertools.product((10, 12, 14), LAYOUTS.items()):
        samples = (TWIN.astype(np.float64) * (2**bits - 1) / 255).round().astype(np.uint16)
        data = file_of(samples, photometric="rgb", bitspersample=bits, metadata=None, **how)
        yield Variant(f"packed color, {bits} bits, {layout}", data, TWIN)


def color_spaces() -> Iterator[Variant]:
    """CMYK, YCbCr, LAB and palettes."""
    picture = Image.fromarray(TWIN)
    cmyk = np.asarray(picture.convert("CMYK"))
    for depth, planar, (layout, how) in itertools.product(("uint8", "uint16"), ("contig", "separate"), LAYOUTS.items()):
        samples = cmyk if depth == "uint8" else cmyk.astype(np.uint16) * 257
        written = np.ascontiguousarray(np.moveaxis(samples, 2, 0)) if planar == "separate" else samples
        data = file_of(written, photometric="separated", planarconfig=planar, compression="zlib", metadata=None, **how)
        yield Variant(f"CMYK, {depth}, {planar}, {layout}", data, TWIN, off=1)
    ycbcr = np.asarray(picture.convert("YCbCr"))
    for compression, (layout, how) in itertools.product((None, "lzw", "zlib"), LAYOUTS.items()):
        data = file_of(
            ycbcr, photometric="ycbcr", subsampling=(1, 1), planarconfig="contig", compression=compression,
            metadata=None, **how,
        )  # fmt: skip
        yield Variant(f"YCbCr, {compression}, {layout}", data, TWIN, off=3)
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    mild = TWIN // 4 + 96  # what 8 bits of a and b can hold
    lab = ImageCms.applyTransform(Image.fromarray(mild), to_lab)
    assert lab is not None
    signed = np.asarray(lab)
    unsigned = signed ^ np.array([0, 128, 128], np.uint8)
    for meaning, samples in (("cielab", signed), ("icclab", unsigned)):
        for layout, how in LAYOUTS.items():
            data = file_of(
                samples, photometric=meaning, planarconfig="contig", metadata=None, compression="zlib", **how
            )
            yield Variant(f"{meaning}, {layout}", data, mild, off=3)
    for bits, scale, (layout, how) in itertools.product((8, 16), (256, 257), LAYOUTS.items()):
        count = 2**bits if bits < 16 else 65536
        few = picture.quantize(min(count, 256))
        table = np.zeros((256, 3), np.uint16)
        entries = np.array(few.getpalette(), np.uint16).reshape(-1, 3)
        table[: len(entries)] = entries[:256]
        colormap = np.zeros((3, count), np.uint16)
        colormap[:, : min(256, count)] = (table[: min(256, count)] * scale).T
        kind = {8: np.uint8, 16: np.uint16}[bits]
        indices = np.asarray(few).astype(kind)
        data = file_of(
            indices, photometric="palette", colormap=colormap, metadata=None, **how
        )  # fmt: skip
        yield Variant(f"palette, {bits} bits, x{scale}, {layout}", data, np.asarray(few.convert("RGB")))


def image_codecs() -> Iterator[Variant]:
    """Compressions that know what an image is."""
    gray = np.ascontiguousarray(BLOCKS[..., 0])
    sixteen, _ = deep(TWIN, "uint16")
    settings: dict[str, dict[str, Any]] = {
        "jpeg": {"level": 90}, "jpeg2000": {"level": 0}, "webp": {"lossless": True}, "png": {}, "jpegxl": {},
    }  # fmt: skip
    for (codec, setting), (layout, how) in itertools.product(settings.items(), LAYOUTS.items()):
        written = [("RGB", BLOCKS, BLOCKS), ("gray", gray, np.dstack([gray] * 3)), ("16 bits", sixteen, TWIN)]
        for what, samples, right in written[: {"jpeg": 2, "webp": 1}.get(codec, 3)]:
            data = file_of(
                samples, photometric="minisblack" if what == "gray" else "rgb", compression=codec, metadata=None,
                compressionargs=dict(setting), **how,
            )  # fmt: skip
            yield Variant(f"{codec}, {what}, {layout}", data, right, 5 if codec == "jpeg" else 0)
    for subsampling in ((1, 1), (2, 1), (2, 2)):
        data = file_of(
            BLOCKS, photometric="rgb", compression="jpeg", subsampling=subsampling, metadata=None,
            compressionargs={"level": 98}, tile=(16, 32),
        )  # fmt: skip
        yield Variant(f"jpeg, YCbCr {subsampling}", data, BLOCKS, 4)
    for bits in (8, 12, 16):
        stream = bytes(imagecodecs.jpeg8_encode(deep(TWIN, f"uint{bits}")[0], lossless=True, bitspersample=bits))
        data = tiff_by_hand([stream], WIDTH, HEIGHT, 7, 2, bits=8 if bits == 8 else 16)
        yield Variant(f"jpeg, lossless, {bits} bits", data, TWIN)
    twelve, _ = deep(BLOCKS, "uint12")
    data = file_of(
        twelve, photometric="rgb", compression="jpeg", metadata=None, compressionargs={"level": 98}, rowsperstrip=48
    )
    yield Variant("jpeg, 12 bits", data, BLOCKS, 5)


def jpeg_2000_of_aperio() -> Iterator[Variant]:
    """Code 33003 with Y, Cb and Cr, with RGB that the stream says it has mixed; code 33005 with RGB."""
    ycbcr = np.asarray(Image.fromarray(TWIN).convert("YCbCr"))
    for code, samples, mixed in ((33003, ycbcr, False), (33003, TWIN, True), (33005, TWIN, False), (34712, TWIN, True)):
        stream = imagecodecs.jpeg2k_encode(samples, level=0, mct=mixed, codecformat="j2k", reversible=True)
        says = b"Aperio Image Library v1\0"  # behind the stream, where no decoder looks
        tags = [(270, 2, len(says), 8 + len(stream))]
        data = tiff_by_hand([bytes(stream) + says], WIDTH, HEIGHT, code, 2, tags)
        yield Variant(f"JPEG 2000 {code}, mixed {mixed}", data, TWIN, off=3 if samples is ycbcr else 0)


def by_libtiff() -> Iterator[Variant]:
    """As another library writes it: every mode that Pillow has with every compression that fits, and fax."""
    picture, alpha = Image.fromarray(TWIN), np.full((HEIGHT, WIDTH), 255, np.uint8)
    modes = {
        "1": picture.convert("1"), "L": Image.fromarray(TWIN[..., 0]), "P": picture.quantize(64), "RGB": picture,
        "RGBA": picture.convert("RGBA"), "LA": Image.fromarray(np.dstack([TWIN[..., 0], alpha])),
        "CMYK": picture.convert("CMYK"), "I;16": Image.fromarray(TWIN[..., 0].astype(np.uint16) * 257),
        "F": Image.fromarray((TWIN[..., 0] / 255).astype(np.float32)),
    }  # fmt: skip
    for mode, image in modes.items():
        right = GRAY_TWIN if mode in {"I;16", "F"} else np.asarray(image.convert("RGB"))
        fax = ("tiff_ccitt", "group3", "group4") if mode == "1" else ()
        for compression in (None, *fax, "tiff_lzw", "packbits", "tiff_adobe_deflate", "lzma", "zstd"):
            stream = io.BytesIO()
            image.save(stream, "TIFF", compression=compression)
            yield Variant(f"libtiff, {mode}, {compression}", stream.getvalue(), right)


def old_jpeg() -> Iterator[Variant]:
    """JPEG as TIFF had it at first: a whole JPEG in a strip, or its head elsewhere."""
    for subsampling, tag in ((0, 1 | 1 << 16), (2, 2 | 2 << 16)):
        stream = io.BytesIO()
        Image.fromarray(BLOCKS).save(stream, "JPEG", quality=98, subsampling=subsampling)
        whole = stream.getvalue()
        chroma = (530, 3, 2, tag)
        yield Variant(f"old JPEG, {subsampling}", tiff_by_hand([whole], 64, 48, 6, 6, [chroma]), BLOCKS, off=5)
        told = [chroma, (513, 4, 1, 8), (514, 4, 1, len(whole))]
        yield Variant(f"old JPEG, told, {subsampling}", tiff_by_hand([whole], 64, 48, 6, 6, told), BLOCKS, off=5)
        scan = whole.index(b"\xff\xda")
        head = scan + 2 + int.from_bytes(whole[scan + 2 : scan + 4], "big")
        data = bytearray(tiff_by_hand([whole], 64, 48, 6, 6, [chroma, (513, 4, 1, 8), (514, 4, 1, head)]))
        for code, value in ((273, 8 + head), (279, len(whole) - head)):
            struct.pack_into("<I", data, data.index(struct.pack("<HHI", code, 4, 1)) + 8, value)
        yield Variant(f"old JPEG, in parts, {subsampling}", bytes(data), BLOCKS, off=5)


def subsampled() -> Iterator[Variant]:
    """YCbCr whose color stands once for a block of places, not compressed or by bytes."""
    ycbcr = np.asarray(Image.fromarray(BLOCKS).convert("YCbCr"))
    for (across, down), compression, (layout, how) in itertools.product(
        ((2, 1), (2, 2), (4, 2)), (1, 8), {"strips": (16, 64), "tiles": (16, 32)}.items()
    ):
        parts = []
        for top, left in itertools.product(range(0, 48, how[0]), range(0, 64, how[1])):
            part = ycbcr[top : top + how[0], left : left + how[1]]
            blocks = part.reshape(how[0] // down, down, how[1] // across, across, 3).swapaxes(1, 2)
            luma = blocks[..., 0].reshape(*blocks.shape[:2], -1)
            raw = np.dstack([luma, blocks[:, :, 0, 0, 1:]]).tobytes()
            parts.append(zlib.compress(raw) if compression == 8 else raw)
        size = {"tile": how} if layout == "tiles" else {"rows": how[0]}
        data = tiff_by_hand(parts, 64, 48, compression, 6, [(530, 3, 2, across | down << 16)], **size)
        yield Variant(f"YCbCr {across}x{down}, compression {compression}, {layout}", data, BLOCKS, off=3)
