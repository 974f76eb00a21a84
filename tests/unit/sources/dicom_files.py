"""One picture written as DICOM in every way that a program may choose."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import imagecodecs
import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from tests.unit.sources.tiff_files import Samples
from tests.unit.sources.tiff_variants import BLOCKS, GRAY_TWIN, TWIN, Variant

MICROSCOPIC, PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.2", "1.2.840.10008.5.1.4.1.1.77.1.4"
SECONDARY, SECONDARY_FRAMES = "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.7.4"
PLAIN, EXPLICIT, DEFLATED, BIG = (f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".1.99", ".2"))
RLE, ONE_PIECE = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1.98"
JPEG, JPEG_12, JPEG_LOSSLESS, JPEG_LOSSLESS_1 = (f"1.2.840.10008.1.2.4.{end}" for end in (50, 51, 57, 70))
JPEG_LS, JPEG_LS_NEAR, JPEG_2000, JPEG_2000_LOSSY = (f"1.2.840.10008.1.2.4.{end}" for end in (80, 81, 90, 91))
HTJ2K = "1.2.840.10008.1.2.4.201"
NATIVE = {"implicit": PLAIN, "explicit": EXPLICIT, "deflated": DEFLATED, "big-endian": BIG}
EVEN = np.ascontiguousarray(TWIN[:36])
"""The picture with an even number of samples, which big-endian words need."""


def dicom(
    pixels: bytes | list[bytes],
    shape: tuple[int, ...],
    meaning: str = "RGB",
    *,
    syntax: str = EXPLICIT,
    bits: tuple[int, int, int] = (8, 8, 7),
    kind: str = MICROSCOPIC,
    vr: str = "",
    **more: Any,
) -> bytes:
    """A file of pixels as bytes, or of encapsulated frames; bits are allocated, stored, and the highest."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(kind), UID("2.25.1")
    meta.TransferSyntaxUID = UID(syntax)
    data = Dataset()
    data.file_meta = meta
    data.SOPClassUID, data.SOPInstanceUID = kind, "2.25.1"
    data.Rows, data.Columns, data.SamplesPerPixel = shape[0], shape[1], shape[2] if len(shape) > 2 else 1
    data.PhotometricInterpretation = meaning
    data.BitsAllocated, data.BitsStored, data.HighBit = bits
    data.PixelRepresentation = 0
    if data.SamplesPerPixel > 1:
        data.PlanarConfiguration = 0
    for name, value in more.items():
        setattr(data, name, value)
    packed = encapsulate(pixels) if isinstance(pixels, list) else pixels + b"\0" * (len(pixels) % 2)
    data.add_new("PixelData", vr or ("OB" if bits[0] == 8 else "OW"), packed)
    data["PixelData"].is_undefined_length = isinstance(pixels, list)
    stream = io.BytesIO()
    private = {"implicit_vr": False, "little_endian": True} if UID(syntax).is_private else {}
    dcmwrite(stream, data, enforce_file_format=True, **private)
    return stream.getvalue()


def deep(twin: Samples, stored: int) -> Samples:
    """The same picture with so many bits."""
    levels = (twin.astype(np.float64) * (2**stored - 1) / 255).round()
    return np.asarray(levels.astype(np.uint8 if stored <= 8 else np.uint16))


def ycbcr(twin: Samples) -> Samples:
    """Full-range Y, Cb, Cr of RGB."""
    turned = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    return np.asarray((twin @ turned.T + [0, 128, 128]).round().clip(0, 255).astype(np.uint8))


def natives() -> Iterator[Variant]:
    """Transfer syntax x class x depth x planes x what the samples mean, nothing compressed."""
    for (name, syntax), kind in (
        (one, kind) for one in NATIVE.items() for kind in (MICROSCOPIC, PHOTOGRAPHIC, SECONDARY)
    ):
        order = ">" if syntax == BIG else "<"
        for planar in (0, 1):
            laid = np.moveaxis(EVEN, 2, 0) if planar else EVEN
            data = dicom(laid.tobytes(), EVEN.shape, syntax=syntax, kind=kind, PlanarConfiguration=planar)
            yield Variant(f"RGB, {name}, {kind}, planes {planar}", data, EVEN)
        for stored in (10, 12, 16):
            for low in sorted({0, 16 - stored}):
                samples = (deep(EVEN, stored).astype(np.uint32) << low).astype(f"{order}u2")
                bits = (16, stored, low + stored - 1)
                data = dicom(samples.tobytes(), EVEN.shape, syntax=syntax, bits=bits, kind=kind)
                yield Variant(f"RGB of {stored} bits from {low}, {name}, {kind}", data, EVEN)
                gray, right = samples[..., 0], np.dstack([EVEN[..., 0]] * 3)
                data = dicom(gray.tobytes(), EVEN.shape[:2], "MONOCHROME2", syntax=syntax, bits=bits, kind=kind)
                yield Variant(f"gray of {stored} bits from {low}, {name}, {kind}", data, right)
        data = dicom((255 - EVEN[..., 0]).tobytes(), EVEN.shape[:2], "MONOCHROME1", syntax=syntax, kind=kind)
        yield Variant(f"white is zero, {name}, {kind}", data, np.dstack([EVEN[..., 0]] * 3))
        words = np.frombuffer(EVEN.tobytes(), "<u2").astype(f"{order}u2").tobytes()
        yield Variant(
            f"bytes in words, {name}, {kind}", dicom(words, EVEN.shape, syntax=syntax, kind=kind, vr="OW"), EVEN
        )
    yield Variant("odd number of bytes", dicom(TWIN[..., 0].tobytes()[: 37 * 49], (37, 49), "MONOCHROME2"), odd_gray())
    six = (deep(EVEN, 6) / 63 * 255).round().astype(np.uint8)
    yield Variant("six of eight bits", dicom(deep(EVEN, 6).tobytes(), EVEN.shape, bits=(8, 6, 5)), six)
    one_piece = dicom([EVEN.tobytes()], EVEN.shape, syntax=ONE_PIECE)
    yield Variant("encapsulated, nothing compressed", one_piece, EVEN)


def odd_gray() -> Samples:
    flat = TWIN[..., 0].reshape(-1)[: 37 * 49].reshape(37, 49)
    return np.dstack([flat] * 3)


def colors() -> Iterator[Variant]:
    """Y, Cb and Cr, palettes, padding."""
    for planar in (0, 1):
        laid = np.moveaxis(ycbcr(TWIN), 2, 0) if planar else ycbcr(TWIN)
        yield Variant(
            f"YBR_FULL, planes {planar}", dicom(laid.tobytes(), TWIN.shape, "YBR_FULL", PlanarConfiguration=planar),
            TWIN, off=2,
        )  # fmt: skip
    twelve = (ycbcr(BLOCKS).astype(np.float64) * 4095 / 255).round().astype("<u2")
    yield Variant(
        "YBR_FULL, 12 bits", dicom(twelve.tobytes(), BLOCKS.shape, "YBR_FULL", bits=(16, 12, 11)), BLOCKS, off=2
    )
    full = ycbcr(BLOCKS).reshape(BLOCKS.shape[0], -1, 2, 3)
    halved = np.concatenate([full[..., 0], full[..., 0, 1:]], axis=2)
    yield Variant("YBR_FULL_422", dicom(halved.tobytes(), BLOCKS.shape, "YBR_FULL_422"), BLOCKS, off=2)
    yield from _palettes()
    yield from _padded()


def _palettes() -> Iterator[Variant]:
    table = np.arange(256, dtype=np.uint8)
    lookup = np.stack([table, table[::-1], table // 2])
    index = np.ascontiguousarray(TWIN[..., 0])
    right = np.ascontiguousarray(np.moveaxis(lookup[:, index], 0, 2))
    names = ("Red", "Green", "Blue")
    for bits, kind, shift in ((8, "u1", 0), (16, "<u2", 8), (16, "<u2", 0)):
        tables: dict[str, Any] = {
            f"{name}PaletteColorLookupTableData": (lookup[k].astype(kind) << shift).tobytes()
            for k, name in enumerate(names)
        }
        heads: dict[str, Any] = {f"{name}PaletteColorLookupTableDescriptor": [256, 0, bits] for name in names}
        data = dicom(index.tobytes(), index.shape, "PALETTE COLOR", **tables, **heads)
        yield Variant(f"palette of {bits} bits, {shift} up", data, right)
    cut = np.clip(index.astype(int) - 40, 0, 99)
    heads = {f"{name}PaletteColorLookupTableDescriptor": [100, 40, 8] for name in names}
    tables = {f"{name}PaletteColorLookupTableData": lookup[k][:100].tobytes() for k, name in enumerate(names)}
    yield Variant(
        "palette from 40 on", dicom(index.tobytes(), index.shape, "PALETTE COLOR", **tables, **heads),
        np.ascontiguousarray(np.moveaxis(lookup[:, cut], 0, 2)),
    )  # fmt: skip


def _padded() -> Iterator[Variant]:
    for meaning in ("MONOCHROME1", "MONOCHROME2"):
        gray = TWIN[..., 0].copy()
        gray[TWIN[..., 0] == 9] = 8
        right = np.dstack([gray] * 3)
        stored = 255 - gray if meaning == "MONOCHROME1" else gray
        stored[:5] = 9 if meaning == "MONOCHROME2" else 246
        right[:5] = 0
        data = dicom(stored.tobytes(), gray.shape, meaning, PixelPaddingValue=int(stored[0, 0]))
        yield Variant(f"padding, {meaning}", data, right)


def compressed() -> Iterator[Variant]:
    """Transfer syntax x depth x what the samples mean."""
    yield from _rle()
    yield from _jpegs()
    encoders: dict[str, tuple[str, Callable[[Samples, int], bytes]]] = {
        "JPEG-LS": (JPEG_LS, lambda one, _bits: bytes(imagecodecs.jpegls_encode(one))),
        "JPEG 2000": (JPEG_2000, j2k),
        "HTJ2K": (HTJ2K, lambda one, _bits: bytes(imagecodecs.htj2k_encode(one))),
        "JPEG, lossless": (
            JPEG_LOSSLESS_1,
            lambda one, bits: bytes(imagecodecs.jpeg8_encode(one, lossless=True, bitspersample=bits)),
        ),
    }
    for name, (syntax, encode) in encoders.items():
        for stored in (8, 12, 16):
            if name == "HTJ2K" and stored == 12:
                continue
            bits = (8, 8, 7) if stored == 8 else (16, stored, stored - 1)
            samples = np.ascontiguousarray(deep(TWIN, stored))
            meaning = "YBR_RCT" if name == "JPEG 2000" else "RGB"
            yield Variant(
                f"{name}, {stored} bits",
                dicom([encode(samples, stored)], TWIN.shape, meaning, syntax=syntax, bits=bits),
                TWIN,
            )
            gray = np.ascontiguousarray(samples[..., 0])
            data = dicom([encode(gray, stored)], TWIN.shape[:2], "MONOCHROME2", syntax=syntax, bits=bits)
            yield Variant(f"{name}, {stored} bits, gray", data, GRAY_TWIN)
    mixed = np.ascontiguousarray(ycbcr(TWIN))
    data = dicom([bytes(imagecodecs.jpegls_encode(mixed))], TWIN.shape, "YBR_FULL", syntax=JPEG_LS)
    yield Variant("JPEG-LS, YBR_FULL", data, TWIN, off=2)
    data = dicom([j2k(mixed, 8, mct=False)], TWIN.shape, "YBR_FULL", syntax=JPEG_2000)
    yield Variant("JPEG 2000, YBR_FULL", data, TWIN, off=2)
    data = dicom([j2k(TWIN, 8, mct=False)], TWIN.shape, "RGB", syntax=JPEG_2000)
    yield Variant("JPEG 2000, RGB, not mixed", data, TWIN)
    lossy = bytes(imagecodecs.jpeg2k_encode(BLOCKS, codecformat="j2k", level=60))
    yield Variant("JPEG 2000, YBR_ICT", dicom([lossy], BLOCKS.shape, "YBR_ICT", syntax=JPEG_2000_LOSSY), BLOCKS, off=5)


def j2k(samples: Samples, bits: int, mct: bool = True) -> bytes:
    return bytes(
        imagecodecs.jpeg2k_encode(samples, codecformat="j2k", level=0, reversible=True, bitspersample=bits, mct=mct)
    )


def _rle() -> Iterator[Variant]:
    for stored in (8, 12, 16):
        bits = (8, 8, 7) if stored == 8 else (16, stored, stored - 1)
        samples = deep(TWIN, stored)
        for channels, meaning, right in ((3, "RGB", TWIN), (1, "MONOCHROME2", GRAY_TWIN)):
            one = np.ascontiguousarray(np.moveaxis(samples[..., :channels], 2, 0))
            data = dicom([rle(one)], (*TWIN.shape[:2], channels), meaning, syntax=RLE, bits=bits)
            yield Variant(f"RLE, {stored} bits, {meaning}", data, right)
    one = np.ascontiguousarray(np.moveaxis(ycbcr(TWIN), 2, 0))
    yield Variant("RLE, YBR_FULL", dicom([rle(one)], TWIN.shape, "YBR_FULL", syntax=RLE), TWIN, off=2)


def rle(planes: Samples) -> bytes:
    """Segments as PS3.5 G has them, by pydicom's own encoder."""
    from pydicom.pixels.encoders.native import _encode_segment

    parts = []
    for plane in planes:
        raw = np.frombuffer(plane.astype(plane.dtype.newbyteorder(">")).tobytes(), np.uint8)
        for byte in range(plane.dtype.itemsize):
            parts.append(bytes(_encode_segment(raw[byte :: plane.dtype.itemsize].tobytes(), plane.shape[1])))
    starts = [64 + sum(len(one) for one in parts[:k]) for k in range(len(parts))]
    head = np.array([len(parts), *starts, *[0] * (15 - len(parts))], "<u4").tobytes()
    return head + b"".join(parts)


def _jpegs() -> Iterator[Variant]:
    def jpeg(samples: Samples, **options: Any) -> bytes:
        return bytes(imagecodecs.jpeg8_encode(np.ascontiguousarray(samples), level=98, **options))

    for subsampling, meaning in (("444", "YBR_FULL"), ("422", "YBR_FULL_422"), ("420", "YBR_FULL_422")):
        data = dicom([jpeg(BLOCKS, subsampling=subsampling)], BLOCKS.shape, meaning, syntax=JPEG)
        yield Variant(f"JPEG, {meaning}, {subsampling}", data, BLOCKS, off=5)
    gray = np.dstack([BLOCKS[..., 0]] * 3)
    yield Variant(
        "JPEG, gray", dicom([jpeg(BLOCKS[..., 0])], BLOCKS.shape[:2], "MONOCHROME2", syntax=JPEG), gray, off=5
    )
    # Files whose header says RGB and whose JPEG is marked as Y, Cb, Cr are usual: the mark is right.
    yield Variant(
        "JPEG, said RGB, marked YCbCr", dicom([jpeg(BLOCKS)], BLOCKS.shape, "RGB", syntax=JPEG), BLOCKS, off=5
    )
    rgb = jpeg(BLOCKS, colorspace="RGB", outcolorspace="RGB")
    yield Variant("JPEG, RGB", dicom([rgb], BLOCKS.shape, "RGB", syntax=JPEG), BLOCKS, off=5)
    twelve = jpeg(deep(BLOCKS, 12), bitspersample=12)
    bits = (16, 12, 11)
    yield Variant("JPEG, 12 bits", dicom([twelve], BLOCKS.shape, "YBR_FULL", syntax=JPEG_12, bits=bits), BLOCKS, off=5)
