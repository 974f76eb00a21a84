"""The samples of one TIFF page, every one of them read from the file: missing ones are an error, never old memory."""

from __future__ import annotations

import copy
import io
import lzma
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 8, 32946, 32773, 34925, 50000
SEGMENT_CODECS = (NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD)
"""Compressions that :func:`page_samples` undoes."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def page_samples(page: Any, data: bytes) -> NDArray[np.generic]:
    """Read one page: strips or tiles, samples together or in planes of their own, with or without a predictor.

    Parameters
    ----------
    page
        A ``tifffile.TiffPage`` with a compression of ``SEGMENT_CODECS``.
    data
        The whole file.

    Returns
    -------
    ndarray
        Shape (height, width, samples), uint8 or uint16.

    Raises
    ------
    ValueError, OSError, zlib.error, lzma.LZMAError
        When a strip or tile is missing, short or damaged.
    """
    compression, mirrored = int(page.compression), int(page.fillorder) == 2
    page = copy.copy(page)
    page.__dict__.pop("decode", None)
    # tifffile lays out and undoes the predictor; what is compressed comes to it uncompressed, with its size checked.
    page.compression, page.fillorder = 1, 1
    separate, depth, height, width, together = page.shaped
    samples = np.zeros(page.shaped, page.dtype)
    read = 0
    for index, (offset, count) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        _, (plane, _, top, left, _), shape = page.decode(None, index)
        size = int(np.prod(shape)) * page.dtype.itemsize
        packed = data[offset : offset + count]
        raw = _unpacked(packed.translate(_MIRRORED) if mirrored else packed, compression, size)
        part, _, _ = page.decode(raw, index)
        part = part[:, : height - top, : width - left]
        samples[plane, : part.shape[0], top : top + part.shape[1], left : left + part.shape[2]] = part
        read += part.size
    if depth != 1 or read != samples.size:
        raise ValueError(f"{read} of {samples.size} samples are in the file")
    return np.moveaxis(samples[:, 0], 0, 2).reshape(height, width, separate * together)


def _unpacked(packed: bytes, compression: int, size: int) -> bytes:
    if compression == NONE:
        raw = packed[:size]
    elif compression in (DEFLATE, OLD_DEFLATE):
        raw = zlib.decompressobj().decompress(packed, size)
    elif compression == LZMA:
        raw = lzma.LZMADecompressor().decompress(packed, size)
    else:
        raw = _by_libtiff(packed, compression, size)
    if len(raw) != size:
        raise ValueError(f"a strip or tile holds {len(raw)} of {size} bytes")
    return raw


def _by_libtiff(packed: bytes, compression: int, size: int) -> bytes:
    """Let libtiff, which comes with Pillow, undo a compression: the bytes as a TIFF of one row of 8-bit gray."""
    tags = (
        (256, 4, size), (257, 4, 1), (258, 3, 8), (259, 3, compression), (262, 3, 1),
        (273, 4, 8), (277, 3, 1), (278, 4, 1), (279, 4, len(packed)),
    )  # fmt: skip
    padding = bytes(len(packed) % 2)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(packed) + len(padding))
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    with Image.open(io.BytesIO(head + packed + padding + directory), formats=("TIFF",)) as image:
        return image.tobytes()
