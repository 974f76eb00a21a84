"""The samples of one TIFF page, every one of them read from the file: missing ones are an error, never old memory."""

from __future__ import annotations

import copy
import io
import lzma
import math
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leukoscope.sources.codestreams import is_mixed

NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 8, 32946, 32773, 34925, 50000
SEGMENT_CODECS = (NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD)
"""Compressions of bytes, whatever these mean."""
FAX_CODECS = (2, 3, 4)
OLD_JPEG = 6
JPEG_CODECS = (OLD_JPEG, 7, 33007)
JPEG_2000_CODECS = (33003, 33004, 33005, 34712)
APERIO_YCBCR = 33003
"""JPEG 2000 whose components are Y, Cb and Cr, as Aperio's scanners write it."""
IMAGE_CODECS = (*JPEG_2000_CODECS, 34933, 50001, 50002, 52546)
"""JPEG 2000, PNG, WebP and JPEG XL: compressions that know what an image is."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_YCBCR = 6
_SEARCHED = 4096
_JPEG_END = b"\xff\xd9"


def page_samples(page: Any, data: bytes) -> NDArray[np.generic]:
    """Read one page: strips or tiles, samples together or in planes of their own, with or without a predictor.

    Parameters
    ----------
    page
        A ``tifffile.TiffPage`` whose kind is read (:func:`leukoscope.sources.tiff_kinds.unknown_kind`).
    data
        The whole file.

    Returns
    -------
    ndarray
        Shape (height, width, samples), of the page's type.

    Raises
    ------
    Exception
        When a strip or tile is missing, short or damaged: whatever its decoder makes of it.
    """
    if int(page.compression) == OLD_JPEG:
        return _by_libtiff(page, data)
    if page.is_subsampled and int(page.compression) not in JPEG_CODECS:
        return _with_full_chroma(page, data)
    decoded = segment_decoder(page)
    separate, depth, height, width, together = page.shaped
    samples = np.zeros((height, width, separate * together), page.dtype)
    read = 0
    for index, (offset, count) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        part, (plane, _, top, left, _) = decoded(data[offset : offset + count], index)
        if part.dtype != samples.dtype:
            raise ValueError(f"a strip or tile of {part.dtype} in a page of {samples.dtype}")
        part = part[0, : height - top, : width - left]
        place = slice(plane * together, (plane + 1) * together)
        samples[top : top + part.shape[0], left : left + part.shape[1], place] = part
        read += part.size
    if depth != 1 or read != samples.size:
        raise ValueError(f"{read} of {samples.size} samples are in the file")
    return samples


SegmentDecoder = Callable[[bytes, int], tuple[NDArray[np.generic], tuple[int, int, int, int, int]]]


def segment_decoder(page: Any) -> SegmentDecoder:
    """What makes an array (1, rows, columns, samples) and its place of the bytes of a strip or tile."""
    compression = int(page.compression)
    if compression in SEGMENT_CODECS:
        return _byte_decoder(page, compression)

    def decoded(packed: bytes, index: int) -> tuple[NDArray[np.generic], tuple[int, int, int, int, int]]:
        options = {}
        if compression in JPEG_CODECS:
            options = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader}
            # What is missing would be filled with gray.
            if packed.rstrip(b"\0")[-2:] != _JPEG_END and _JPEG_END not in packed[-16:]:
                raise ValueError("a JPEG strip or tile without its end")
        part, place, shape = page.decode(packed, index, **options)
        if part is None:
            raise ValueError("a strip or tile is missing")
        if page.dtype == np.bool_ and part.dtype == np.uint8:
            part = part != 0
        return part.reshape(shape), place

    return decoded


def _byte_decoder(page: Any, compression: int) -> SegmentDecoder:
    mirrored = int(page.fillorder) == 2
    page = copy.copy(page)
    page.__dict__.pop("decode", None)
    # tifffile lays out and undoes the predictor; what is compressed comes to it uncompressed, with its size checked.
    page.compression, page.fillorder = 1, 1
    bits = sum(page.bitspersample) if isinstance(page.bitspersample, tuple) else 0

    def decoded(packed: bytes, index: int) -> tuple[NDArray[np.generic], tuple[int, int, int, int, int]]:
        _, place, (_, rows, columns, together) = page.decode(None, index)
        row = math.ceil(columns * (bits or together * page.bitspersample) / 8)
        whole = rows if page.is_tiled else min(page.rowsperstrip, page.imagelength)
        raw = unpacked(packed.translate(_MIRRORED) if mirrored else packed, compression, rows * row, whole * row)
        part, _, shape = page.decode(raw, index)
        return part.reshape(shape), place

    return decoded


def unpacked(packed: bytes, compression: int, size: int, most: int) -> bytes:
    """The first ``size`` bytes of a strip or tile, which may hold ``most``: some programs fill up the last strip.

    Raises
    ------
    Exception
        When they are fewer, or damaged.
    """
    if compression == NONE:
        raw = packed[:size]
    elif compression in (DEFLATE, OLD_DEFLATE):
        raw = zlib.decompressobj().decompress(packed, size)
    elif compression == LZMA:
        raw = lzma.LZMADecompressor().decompress(packed, size)
    else:
        import imagecodecs  # the window's start must not wait for it

        codec = {
            LZW: imagecodecs.lzw_decode,
            PACKBITS: imagecodecs.packbits_decode,
            ZSTD: imagecodecs.zstd_decode,
        }[compression]
        raw = bytes(codec(packed, out=most))[:size]
    if len(raw) != size:
        raise ValueError(f"a strip or tile holds {len(raw)} of {size} bytes")
    return raw


def holds_ycbcr(page: Any, data: bytes) -> bool:
    """Whether the samples of a page are Y, Cb and Cr: most codecs give RGB back, whatever they keep inside.

    JPEG 2000 does so where its stream says that its colors are mixed (ITU-T T.800, A.6.1: the component transform).
    """
    compression, said = int(page.compression), int(page.photometric) == _YCBCR
    if compression not in JPEG_2000_CODECS:
        return said and compression not in (*JPEG_CODECS, *IMAGE_CODECS)
    return (said or compression == APERIO_YCBCR) and page.samplesperpixel == 3 and not _is_mixed(page, data)


def has_unclear_colors(page: Any, data: bytes) -> bool:
    """Whether Aperio's code says Y, Cb and Cr, the tag says RGB, and no scanner of Aperio wrote it.

    Aperio's own tag is wrong (openslide.org/formats/aperio); anybody else's may be right.
    """
    unsure = int(page.compression) == APERIO_YCBCR and int(page.photometric) != _YCBCR and not page.is_svs
    return unsure and page.samplesperpixel == 3 and not _is_mixed(page, data)


def _is_mixed(page: Any, data: bytes) -> bool:
    start, count = page.dataoffsets[0], page.databytecounts[0]
    return is_mixed(data[start : start + min(count, _SEARCHED)])


def _by_libtiff(page: Any, data: bytes) -> NDArray[np.generic]:
    """JPEG as TIFF 6.0 had it at first, its tables anywhere in the file: the libtiff of Pillow finds them."""
    if len(page.treeindex) != 1:
        raise ValueError("old JPEG below a page")
    with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
        image.seek(page.index)
        samples = np.asarray(image if image.mode == "L" else image.convert("RGB"), np.uint8)
    samples = samples.reshape(*samples.shape[:2], -1)
    if samples.shape != (page.imagelength, page.imagewidth, page.samplesperpixel):
        raise ValueError(f"{samples.shape} instead of the page's size")
    return samples


def _with_full_chroma(page: Any, data: bytes) -> NDArray[np.generic]:
    """YCbCr whose color stands once for a block of places (TIFF 6.0, section 21): each block's Y, then Cb and Cr."""
    across, down = (int(one) for one in page.subsampling)
    height, width = page.imagelength, page.imagewidth
    tall, wide = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, width)
    columns = math.ceil(width / wide)
    samples = np.zeros((height, width, 3), np.uint8)
    read = 0
    for index, (offset, count) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        top, left = index // columns * tall, index % columns * wide
        rows = tall if page.is_tiled else min(tall, height - top)
        blocks = math.ceil(rows / down), math.ceil(wide / across)
        size = blocks[0] * blocks[1] * (across * down + 2)
        raw = np.frombuffer(unpacked(data[offset : offset + count], int(page.compression), size, size), np.uint8)
        units = raw.reshape(*blocks, across * down + 2)
        luma = units[..., :-2].reshape(*blocks, down, across).swapaxes(1, 2).reshape(blocks[0] * down, -1, 1)
        chroma = units[..., -2:].repeat(down, axis=0).repeat(across, axis=1)
        part = np.dstack([luma, chroma])[: min(rows, height - top), : min(wide, width - left)]
        samples[top : top + part.shape[0], left : left + part.shape[1]] = part
        read += part.size
    if read != samples.size:
        raise ValueError(f"{read} of {samples.size} samples are in the file")
    return samples
