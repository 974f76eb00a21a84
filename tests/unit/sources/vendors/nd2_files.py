"""Nikon ND2 files that tests are made of: named chunks, a map of them, and lists in Nikon's own binary form."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.unit.sources.tiff_files import Samples
from tests.unit.sources.tiff_variants import GRAY_TWIN, TWIN, Variant
from tests.unit.sources.vendors.czi_files import deep

_MAGIC = 0x0ABECEDA
_NAME_ROOM = 4072
POSITIONS, TIMES, DEPTHS = 2, 1, 4
"""Kinds of loops."""


def nd2(
    frames: list[Samples],
    *,
    bits: int = 8,
    channels: tuple[str, ...] = ("Brightfield",),
    loops: list[tuple[int, int]] | None = None,
    lossless: bool = False,
    pad: int = 0,
    um_per_px: float = 0.1,
    said: dict[str, Any] | None = None,
    stages: list[tuple[float, float]] | None = None,
    colors: tuple[int, ...] = (0xFFFFFF, 0xFFFFFF, 0xFFFFFF),
    **more: Any,
) -> bytes:
    """A file of frames (height, width, components), the outermost loop first."""
    height, width, parts = frames[0].shape
    size = frames[0].dtype.itemsize
    row = width * parts * size + pad
    attributes = {
        "uiWidth": width, "uiWidthBytes": row, "uiHeight": height, "uiComp": parts, "uiBpcInMemory": 8 * size,
        "uiBpcSignificant": bits, "uiSequenceCount": len(frames), "eCompression": 0 if lossless else 2, **more,
    }  # fmt: skip
    each = parts // len(channels)
    planes = {
        f"a{k}": {"sDescription": name, "uiCompCount": each, "uiColor": color, "uiSampleIndex": k}
        for k, (name, color) in enumerate(zip(channels, colors, strict=False))
    }
    metadata = {
        "bCalibrated": um_per_px > 0, "dCalibration": um_per_px, "dObjectiveMag": 100.0, "wsObjectiveName": "Plan Apo",
        "dTimeAbsolute": 2460375.5, "sPicturePlanes": {"uiCount": len(channels), "sPlaneNew": planes}, **(said or {}),
    }  # fmt: skip
    chunks = [
        (b"ImageAttributesLV!", clx({"SLxImageAttributes": attributes})),
        (b"ImageMetadataSeqLV|0!", clx({"SLxPictureMetadata": metadata})),
        (b"ImageTextInfoLV!", clx({"SLxImageTextInfo": {"TextInfoItem_6": "Camera Type: DS-Fi3"}})),
    ]
    if loops:
        chunks.append((b"ImageMetadataLV!", clx({"SLxExperiment": _experiment(loops, stages)})))
    for number, frame in enumerate(frames):
        rows = np.ascontiguousarray(frame).reshape(height, -1).view(np.uint8)
        data = np.pad(rows, ((0, 0), (0, pad))).tobytes()
        data = zlib.compress(data) if lossless else data
        chunks.append((f"ImageDataSeq|{number}!".encode(), struct.pack("<d", 1.5 * number) + data))
    return _file(chunks)


def _file(chunks: list[tuple[bytes, bytes]]) -> bytes:
    out = struct.pack("<IIQ32s64s", _MAGIC, 32, 64, b"ND2 FILE SIGNATURE CHUNK NAME01!", b"Ver3.0")
    listed = b""
    for name, data in chunks:
        listed += name + struct.pack("<QQ", len(out), len(data))
        out += struct.pack("<IIQ", _MAGIC, _NAME_ROOM, len(data)) + name.ljust(_NAME_ROOM, b"\0") + data
    place = len(out)
    end = b"ND2 CHUNK MAP SIGNATURE 0000001!"
    listed += end + struct.pack("<Q", place)
    name = b"ND2 FILEMAP SIGNATURE NAME 0001!"
    return out + struct.pack("<IIQ", _MAGIC, len(name), len(listed)) + name + listed


def _experiment(loops: list[tuple[int, int]], stages: list[tuple[float, float]] | None) -> dict[str, Any]:
    (kind, count), *inner = loops
    parts: dict[str, Any] = {"uiCount": count}
    if kind == POSITIONS:
        points = stages or [(100.0 * k, 0.0) for k in range(count)]
        parts["Points"] = {f"i{k:010}": {"dPosX": x, "dPosY": y, "dPosZ": 0.0} for k, (x, y) in enumerate(points)}
    if kind == TIMES:
        parts |= {"dStart": 0.0, "dPeriod": 1.0, "dDuration": 1.0}
    if kind == DEPTHS:
        parts |= {"dZLow": 0.0, "dZHigh": 1.0, "dZStep": 0.5, "dZHome": 0.0}
    found: dict[str, Any] = {"eType": kind, "uLoopPars": parts}
    if inner:
        found["ppNextLevelEx"] = {"i0000000000": _experiment(inner, stages)}
    return found


def clx(values: dict[str, Any]) -> bytes:
    """Nikon's binary list: type, length of the name, name, value."""
    out = b""
    for name, value in values.items():
        kind, data = _value(value)
        letters = (name + "\0").encode("utf-16-le")
        head = struct.pack("<BB", kind, len(letters) // 2) + letters
        if kind == 11:  # a level: how many, how long with its head, the values, and where each begins
            inner, count = data, len(value)
            data = struct.pack("<IQ", count, len(head) + 12 + len(inner)) + inner + b"\0" * 8 * count
        out += head + data
    return out


def _value(value: Any) -> tuple[int, bytes]:
    if isinstance(value, bool):
        return 1, struct.pack("<B", value)
    if isinstance(value, int):
        return 3, struct.pack("<I", value)
    if isinstance(value, float):
        return 6, struct.pack("<d", value)
    if isinstance(value, str):
        return 8, (value + "\0").encode("utf-16-le")
    return 11, clx(value)


def bgr(samples: Samples) -> Samples:
    return np.ascontiguousarray(samples[..., ::-1])


def written() -> Iterator[Variant]:
    """Depth x colors x compression x rows that are filled up."""
    for bits in (8, 10, 12, 14, 16):
        color = TWIN if bits == 8 else deep(TWIN, bits)
        for lossless in (False, True):
            for pad in (0, 6):
                name = f"{bits} bits, lossless {lossless}, {pad} bytes more"
                options: dict[str, Any] = {"bits": bits, "lossless": lossless, "pad": pad}
                yield Variant(f"color of {name}", nd2([bgr(color)], **options), TWIN)
                yield Variant(f"gray of {name}", nd2([color[..., :1]], **options), GRAY_TWIN)
                named = nd2([color], channels=("Red", "Green", "Blue"), **options)
                yield Variant(f"channels of {name}", named, TWIN)
    dark = deep(TWIN, 12) // 4
    yield Variant("12 bits, dark", nd2([bgr(dark)], bits=12), np.rint(dark / 4095 * 255).astype(np.uint8))
