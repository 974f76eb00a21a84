"""Samples and TIFF files that the tests of TIFF are made of."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import tifffile

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


def tiff_by_hand(
    parts: Sequence[bytes],
    width: int,
    height: int,
    compression: int,
    photometric: int,
    tags: Sequence[tuple[int, int, int, int]] = (),
    rows: int = 0,
    tile: tuple[int, int] = (0, 0),
    samples: int = 3,
    bits: int = 8,
) -> bytes:
    """A little-endian TIFF of strips or tiles that are given as they lie in the file."""
    body, offsets = b"", []
    for part in parts:
        offsets.append(8 + len(body))
        body += part + bytes(len(part) % 2)

    def at(values: Sequence[int], letter: str) -> int:
        nonlocal body
        packed = struct.pack(f"<{len(values)}{letter}", *values)
        if len(packed) <= 4:
            return int.from_bytes(packed.ljust(4, b"\0"), "little")
        place = 8 + len(body)
        body += packed + bytes(len(packed) % 2)
        return place

    count, counts = len(parts), [len(part) for part in parts]
    places = [(322, 3, 1, tile[1]), (323, 3, 1, tile[0]), (324, 4, count, at(offsets, "I")),
              (325, 4, count, at(counts, "I"))] if tile[0] else [
        (273, 4, count, at(offsets, "I")), (278, 4, 1, rows or height), (279, 4, count, at(counts, "I"))]  # fmt: skip
    entries = sorted([
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, samples, at([bits] * samples, "H")), (259, 3, 1, compression),
        (262, 3, 1, photometric), (277, 3, 1, samples), *places, *tags,
    ])  # fmt: skip
    head = struct.pack("<2sHI", b"II", 42, 8 + len(body))
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return head + body + directory + bytes(4)
