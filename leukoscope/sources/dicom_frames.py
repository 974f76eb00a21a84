"""The samples of one frame of a DICOM file, in every transfer syntax that is read (PS3.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.sources import codestreams

Samples = NDArray[np.generic]
Decoded = tuple[Samples, int, str]
"""Samples (height, width, channels), how many bits of them are used, and what they mean."""

_PLAIN = "1.2.840.10008.1.2"
_BIG, _DEFLATED, _ONE_PIECE = f"{_PLAIN}.2", f"{_PLAIN}.1.99", f"{_PLAIN}.1.98"
_NATIVE = {_PLAIN, f"{_PLAIN}.1", _BIG, _DEFLATED}
_RLE = f"{_PLAIN}.5"
_JPEG_LOSSLESS = {f"{_PLAIN}.4.57", f"{_PLAIN}.4.70"}
_JPEG = {f"{_PLAIN}.4.50", f"{_PLAIN}.4.51"} | _JPEG_LOSSLESS
_JPEG_LS = {f"{_PLAIN}.4.80", f"{_PLAIN}.4.81"}
_JPEG_2000 = {f"{_PLAIN}.4.{code}" for code in (90, 91, 201, 202, 203)}
_GRAY = {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"}
_MIXED = {"YBR_RCT", "YBR_ICT"}
_COLOR = {"RGB", "YBR_FULL", "YBR_FULL_422"} | _MIXED
_RLE_HEAD, _RLE_MOST = 64, 15
"""Bytes before the segments, and how many segments there can be."""
_NEAR_START = 1 << 16
"""Bytes in which a stream's coding style stands."""


class UnknownKindError(ValueError):
    """Whole, and of a kind that is not read; the message is its name."""


@dataclass(frozen=True)
class FrameHead:
    """What a file declares of its pixels.

    Parameters
    ----------
    rows, columns, channels
        Shape of a frame.
    allocated, stored, low
        Bits of a sample in the file, how many are used, and the lowest of these.
    meaning
        Photometric interpretation.
    in_planes
        Whether the channels lie one after the other.
    frames
        How many there are.
    syntax
        UID of the transfer syntax.
    """

    rows: int
    columns: int
    channels: int
    allocated: int
    stored: int
    low: int
    meaning: str
    in_planes: bool
    frames: int
    syntax: str


def head_of(data: Any) -> FrameHead:
    """Read and check what a file declares.

    Raises
    ------
    UnknownKindError
        When it is of a kind that is not read.
    Exception
        When something that must be there is not.
    """
    syntax = str(data.file_meta.TransferSyntaxUID)
    meaning = str(data.PhotometricInterpretation).strip().upper()
    channels, allocated = int(data.SamplesPerPixel), int(data.BitsAllocated)
    stored = int(data.get("BitsStored") or allocated)
    high = stored - 1 if data.get("HighBit") is None else int(data.HighBit)
    if syntax not in _NATIVE | {_ONE_PIECE, _RLE} | _JPEG | _JPEG_LS | _JPEG_2000:
        raise UnknownKindError(f"compression “{data.file_meta.TransferSyntaxUID.name[:60]}”")
    if meaning not in _GRAY | _COLOR or channels != (1 if meaning in _GRAY else 3):
        raise UnknownKindError(f"{channels} channels of “{meaning[:16]}”")
    if allocated not in (8, 16) or not 1 <= stored <= allocated:
        raise UnknownKindError(f"samples of {stored} in {allocated} bits")
    if int(data.get("PixelRepresentation") or 0):
        raise UnknownKindError("signed samples")
    rows, columns, frames = int(data.Rows), int(data.Columns), int(data.get("NumberOfFrames") or 1)
    low = high + 1 - stored
    if rows < 1 or columns < 1 or frames < 1 or not 0 <= low <= allocated - stored:
        raise ValueError(f"{frames} frames of {columns}x{rows}, bits {low} to {high}")
    in_planes = bool(int(data.get("PlanarConfiguration") or 0))
    return FrameHead(rows, columns, channels, allocated, stored, low, meaning, in_planes, frames, syntax)


def samples_of(data: Any, head: FrameHead, number: int) -> Decoded:
    """The samples of one frame; colors that a codec mixes come back unmixed.

    Raises
    ------
    UnknownKindError
        When what is compressed is of a kind that is not read.
    Exception
        Whatever damaged bytes make of it.
    """
    if not 0 <= number < head.frames:
        raise ValueError(f"no frame {number}")
    if head.syntax in _NATIVE:
        return _native(_part(data.PixelData, head, number), data, head)
    from pydicom.encaps import get_frame

    table = data.get("ExtendedOffsetTable"), data.get("ExtendedOffsetTableLengths")
    extended = table if all(table) else None
    packed = get_frame(data.PixelData, number, number_of_frames=head.frames, extended_offsets=extended)
    decode: Callable[[bytes, FrameHead], Decoded]
    if head.syntax == _ONE_PIECE:
        return _native(packed[: _frame_bytes(head)], data, head)
    if head.syntax == _RLE:
        decode = _rle
    else:
        decode = _jpeg if head.syntax in _JPEG else _jpeg_ls if head.syntax in _JPEG_LS else _jpeg_2000
    samples, bits, meaning = decode(packed, head)
    samples = samples.reshape(*samples.shape[:2], -1)
    if samples.shape != (head.rows, head.columns, head.channels):
        raise ValueError(f"{samples.shape} instead of {head}")
    return samples, bits, meaning


# Without compression ---------------------------------------------------------------------------------------------


def _is_halved(head: FrameHead) -> bool:
    """Whether two neighbors share their color, as YBR_FULL_422 has it where nothing is compressed."""
    return head.meaning == "YBR_FULL_422" and head.syntax != _RLE


def _frame_bytes(head: FrameHead) -> int:
    channels = 2 if _is_halved(head) else head.channels
    return head.rows * head.columns * channels * head.allocated // 8


def _part(whole: bytes, head: FrameHead, number: int) -> bytes:
    size = _frame_bytes(head)
    # One byte may fill up an odd length; anything else means that header and pixels are not of one picture.
    if not 0 <= len(whole) - size * head.frames <= 1:
        raise ValueError(f"{len(whole)} bytes instead of {size} for each of {head.frames} frames")
    return whole[size * number : size * (number + 1)]


def _native(raw: bytes, data: Any, head: FrameHead) -> Decoded:
    big = head.syntax == _BIG
    if len(raw) != _frame_bytes(head):
        raise ValueError(f"{len(raw)} bytes instead of {_frame_bytes(head)}")
    if big and head.allocated == 8 and data["PixelData"].VR == "OW":
        # Bytes in words that are turned over; a frame of an odd size would share a word with its neighbor.
        if len(raw) % 2:
            raise UnknownKindError("an odd number of bytes in big-endian words")
        raw = np.frombuffer(raw, ">u2").astype("<u2").tobytes()
    flat = np.frombuffer(raw, "u1" if head.allocated == 8 else ">u2" if big else "<u2")
    flat = flat.astype(np.uint8 if head.allocated == 8 else np.uint16, copy=False)
    if _is_halved(head):
        return _used(_with_full_color(flat, head), head), head.stored, "YBR_FULL"
    return _used(_laid_out(flat, head, in_planes=head.in_planes), head), head.stored, _unmixed(head)


def _laid_out(flat: Samples, head: FrameHead, *, in_planes: bool) -> Samples:
    if in_planes:
        return np.moveaxis(flat.reshape(head.channels, head.rows, head.columns), 0, 2)
    return flat.reshape(head.rows, head.columns, head.channels)


def _with_full_color(flat: Samples, head: FrameHead) -> Samples:
    """Y, Y, Cb and Cr of two neighbors (PS3.3, C.7.6.3.1.2)."""
    if head.columns % 2 or head.in_planes:
        raise UnknownKindError("YBR_FULL_422 in planes or of odd width")
    pairs = flat.reshape(head.rows, head.columns // 2, 4)
    luma = pairs[..., :2].reshape(head.rows, head.columns, 1)
    return np.concatenate([luma, pairs[..., 2:].repeat(2, axis=1)], axis=2)


def _used(samples: Samples, head: FrameHead) -> Samples:
    """The bits that are used: others may hold overlays."""
    if (head.low, head.stored) == (0, head.allocated):
        return samples
    whole = samples.astype(np.uint16)
    return np.asarray((whole >> head.low & (2**head.stored - 1)).astype(samples.dtype))


def _unmixed(head: FrameHead) -> str:
    if head.meaning in _MIXED:
        raise UnknownKindError(f"colors of JPEG 2000 ({head.meaning}) in another compression")
    return head.meaning


# Compressed ------------------------------------------------------------------------------------------------------


def _rle(packed: bytes, head: FrameHead) -> Decoded:
    """Each byte of each channel is a segment of PackBits, the highest byte first (PS3.5, annex G)."""
    deep = head.allocated // 8
    planes = list(_rle_segments(packed, head.rows * head.columns))
    if len(planes) != head.channels * deep:
        raise ValueError(f"{len(planes)} segments for {head}")
    whole = [
        planes[k] if deep == 1 else planes[k].astype(np.uint16) << 8 | planes[k + 1]
        for k in range(0, len(planes), deep)
    ]
    meaning = "YBR_FULL" if head.meaning == "YBR_FULL_422" else _unmixed(head)
    return _used(_laid_out(np.concatenate(whole), head, in_planes=True), head), head.stored, meaning


def _rle_segments(packed: bytes, size: int) -> Iterator[NDArray[np.uint8]]:
    # By the codec of TIFF: that for RLE of DICOM reads beyond the end of a damaged frame.
    import imagecodecs

    count, *starts = np.frombuffer(packed[:_RLE_HEAD], "<u4").tolist()
    if len(starts) != _RLE_MOST or not 1 <= count <= _RLE_MOST:
        raise ValueError(f"{count} segments")
    for start, end in pairwise([*starts[:count], len(packed)]):
        if not _RLE_HEAD <= start < end <= len(packed):
            raise ValueError(f"a segment from {start} to {end} of {len(packed)}")
        plane = np.frombuffer(bytes(imagecodecs.packbits_decode(packed[start:end], out=size)), np.uint8)
        if len(plane) < size:
            raise ValueError(f"{len(plane)} of {size} bytes in a segment")
        yield plane[:size]


def _of_size(stream: codestreams.Stream, head: FrameHead) -> codestreams.Stream:
    """What is inside must be what was declared: memory and time were allowed for that."""
    if (stream.height, stream.width, stream.colors) != (head.rows, head.columns, head.channels):
        raise ValueError(f"{stream.width}x{stream.height}x{stream.colors} inside of {head}")
    return stream


def _jpeg(packed: bytes, head: FrameHead) -> Decoded:
    import imagecodecs

    stream = _of_size(codestreams.of_jpeg(packed), head)
    if not codestreams.has_end(packed):
        raise ValueError("a JPEG without its end")  # what is missing would be filled with gray
    if head.channels == 1:
        return np.asarray(imagecodecs.jpeg8_decode(packed)), stream.bits, _unmixed(head)
    meaning = _unmixed(head)
    if head.syntax in _JPEG_LOSSLESS:
        samples = imagecodecs.jpeg8_decode(packed, colorspace="RGB", outcolorspace="RGB")
        return np.asarray(samples), stream.bits, meaning
    mixed = codestreams.says_ycbcr(packed)
    coded = "YCBCR" if (meaning != "RGB" if mixed is None else mixed) else "RGB"
    return np.asarray(imagecodecs.jpeg8_decode(packed, colorspace=coded, outcolorspace="RGB")), stream.bits, "RGB"


def _jpeg_ls(packed: bytes, head: FrameHead) -> Decoded:
    import imagecodecs

    meaning = "YBR_FULL" if head.meaning == "YBR_FULL_422" else _unmixed(head)
    stream = _of_size(codestreams.of_jpeg(packed), head)
    return np.asarray(imagecodecs.jpegls_decode(packed)), stream.bits, meaning


def _jpeg_2000(packed: bytes, head: FrameHead) -> Decoded:
    import imagecodecs

    start, stream = codestreams.codestream(packed), codestreams.of_jpeg_2000(packed)
    _of_size(stream, head)
    if stream.fault:
        raise UnknownKindError(f"a {stream.fault}")
    mixed = codestreams.is_mixed(start[:_NEAR_START])
    if head.meaning in _MIXED and not mixed:
        raise UnknownKindError("colors that its header calls mixed and its JPEG 2000 does not")
    samples = np.asarray(imagecodecs.jpeg2k_decode(start))
    meaning = head.meaning if head.channels == 1 else "RGB" if mixed else _unmixed(head)
    return samples, stream.bits, "YBR_FULL" if meaning == "YBR_FULL_422" else meaning
