"""TIFFs as microscopes and their programs write them: every layout of samples, color in planes, depths, kinds."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.sources.decoding import decode_image, decode_page
from leukoscope.sources.depth import bits_in_use, to_8_bit
from leukoscope.sources.pages import pages_of, read_page
from leukoscope.sources.rgb_planes import rgb_order

Samples = np.ndarray[Any, np.dtype[Any]]


def smear(kind: str = "uint8", height: int = 83, width: int = 117, channels: int = 3) -> Samples:
    """Colors that differ at every place and in every channel, up to full scale."""
    y, x = np.mgrid[0:height, 0:width]
    full = np.iinfo(kind).max
    waves = [np.sin(x / (5 + 2 * k)) * np.cos(y / (7 - k)) * 0.5 + 0.5 for k in range(channels)]
    samples = np.stack(waves, axis=2) * full
    samples[:8, :8] = full
    return np.asarray(samples.round().astype(kind))


def file_of(samples: Samples, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, **options)
    return stream.getvalue()


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


# Color in three planes ---------------------------------------------------------------------------------------------


def planes_of(axes: str, samples: Samples) -> Samples:
    """The samples (height, width, 3) in another order of axes, single ones put in."""
    order = [{"Y": 0, "X": 1, "C": 2}[axis] for axis in axes if axis in "YXC"]
    moved = np.transpose(samples, order)
    for place, axis in enumerate(axes):
        if axis in "ZT":
            moved = np.expand_dims(moved, place)
    return np.ascontiguousarray(moved)


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
@pytest.mark.parametrize("axes", ["CYX", "ZCYX", "CZYX", "TCYX", "TZCYX"])
@pytest.mark.parametrize("writer", ["ome", "imagej", "shaped"])
def test_three_gray_planes_are_one_color_image(axes: str, writer: str, kind: str) -> None:
    if writer == "imagej" and axes == "CZYX":
        axes = "ZCYX"  # the only order of ImageJ
    samples = smear(kind)
    options: dict[str, Any] = {"photometric": "minisblack", "metadata": {"axes": axes}}
    options |= {"ome": {"ome": True}, "imagej": {"imagej": True}, "shaped": {}}[writer]
    if writer == "imagej":
        options["metadata"]["mode"] = "composite"
    data = file_of(planes_of(axes, samples), **options)
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, to_8_bit(samples, 16))


@pytest.mark.parametrize(("names", "order"), [(("Blue", "Green", "Red"), (2, 1, 0)), (("g", "r", "b"), (1, 0, 2))])
def test_planes_are_put_in_the_order_of_their_names(names: tuple[str, ...], order: tuple[int, ...]) -> None:
    samples = smear()
    shuffled = np.ascontiguousarray(np.moveaxis(samples[..., order], 2, 0)) if names[0] == "Blue" else None
    if shuffled is None:
        shuffled = np.stack([samples[..., 1], samples[..., 0], samples[..., 2]])
    data = file_of(shuffled, ome=True, photometric="minisblack", metadata={"axes": "CYX", "Channel": {"Name": names}})
    np.testing.assert_array_equal(decode_image(data, "a.tif").pixels, samples)


@pytest.mark.parametrize(
    ("names", "shape"), [(("DAPI", "FITC", "TRITC"), 3), (("Red", "Green"), 2), (("A", "B", "D", "E"), 4)]
)
def test_dyes_are_no_color_image(names: tuple[str, ...], shape: int) -> None:
    data = file_of(
        smear(channels=shape).transpose(2, 0, 1).copy(), ome=True, photometric="minisblack",
        metadata={"axes": "CYX", "Channel": {"Name": names}},
    )  # fmt: skip
    with pytest.raises(ImageError, match=f"{shape} gray channels: {', '.join(names)}") as caught:
        decode_image(data, "dyes.tif")
    assert "save it again as a plain RGB TIFF" in caught.value.message


def test_a_stack_of_color_in_planes_gives_an_image_for_each_layer(tmp_path: Path) -> None:
    path = tmp_path / "stack.ome.tif"
    layers = [smear(), smear()[::-1].copy()]
    stack = np.stack([layer.transpose(2, 0, 1) for layer in layers])
    tifffile.imwrite(path, stack, ome=True, photometric="minisblack", metadata={"axes": "ZCYX"})
    assert pages_of(path).numbers == (0, 3)
    for number, layer in zip((0, 3), layers, strict=True):
        np.testing.assert_array_equal(read_page(path, number).pixels, layer)


def test_colors_of_planes() -> None:
    red, green, blue, white = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
    assert rgb_order([], [], 3) == (0, 1, 2)
    assert rgb_order(["Channel 1", "ch2", "C3"], [None] * 3, 3) == (0, 1, 2)
    assert rgb_order([], [blue, green, red], 3) == (2, 1, 0)
    assert rgb_order(["", "", ""], [white] * 3, 3) == (0, 1, 2)
    assert rgb_order([], [red, green, (0, 255, 255)], 3) is None
    assert rgb_order(["Demo-Red", "Demo-Green", "Demo-Blue"], [], 3) == (0, 1, 2)
    assert rgb_order(["red", "green", "blue", "trans"], [], 4) == (0, 1, 2)
    assert rgb_order(["GFP", "RFP", "BF"], [], 3) is None
    assert rgb_order([], [], 4) is None


# Depths ------------------------------------------------------------------------------------------------------------


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


# Kinds that are not read -------------------------------------------------------------------------------------------


def jpeg_2000(code: int) -> bytes:
    good, stream = cv2.imencode(".jp2", smear()[..., ::-1])
    assert good
    return planar_file([stream.tobytes()], 117, 83, 8, code, 1)


UNKNOWN = {
    "JPEG 2000 inside": lambda: jpeg_2000(34712),
    "32-bit floating-point samples": lambda: file_of(smear().astype(np.float32) / 255, photometric="rgb"),
    "64-bit floating-point samples": lambda: file_of(smear()[..., 0] / 255.0),
    "16-bit floating-point samples": lambda: file_of(smear().astype(np.float16), photometric="rgb"),
    "32-bit samples": lambda: file_of(smear("uint32"), photometric="rgb"),
    "16-bit signed samples": lambda: file_of(smear().astype(np.int16), photometric="rgb"),
    "8-bit signed samples": lambda: file_of((smear() // 2).astype(np.int8), photometric="rgb"),
    "complex samples": lambda: file_of(smear()[..., 0].astype(np.complex64)),
    "camera raw": lambda: file_of(smear("uint16")[..., 0], photometric="cfa", extratags=[]),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_a_whole_file_of_another_kind_is_called_that(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        decode_image(UNKNOWN[kind](), "scan.tif")
    message = caught.value.message
    assert f"“scan.tif” is a TIFF of a kind that is not read ({kind}); save it again as" in message
    assert "damaged" not in message and caught.value.cause is Cause.UNKNOWN_KIND


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
