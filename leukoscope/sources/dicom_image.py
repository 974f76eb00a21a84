"""One picture of a DICOM file: found, checked against what its header declares, and turned into sRGB."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.color import to_srgb
from leukoscope.sources.depth import full_scale, scaled
from leukoscope.sources.dicom_frames import Decoded, FrameHead, UnknownKindError, head_of, samples_of
from leukoscope.sources.focus_stack import MOST_JOINED, joined
from leukoscope.sources.sharpest import sharpest, sharpness
from leukoscope.sources.tiff_copies import alike, without_shading

MOST_FRAMES = 4096
"""Files with more are films, and their declared number may be anything."""
_SLIDE, _DIRECTORY = "1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.840.10008.1.3.10"
_IDENTITY = {"US", "PIXEL VALUE", "UNSPECIFIED", ""}
_MOST_COMPARED = 256
"""Longer rows of frames are not compared with each other: they are films or fields, never depths of focus."""
_KEPT_BYTES = 64 << 20
"""A larger frame is decoded again where it is wanted again."""
_LUMA = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]])
_NO_COLOR = 128.0


@dataclass(frozen=True, eq=False)
class _Look:
    """What is kept of a frame that was looked at: a small copy, and how sharp each of its parts is."""

    small: NDArray[np.float32]
    sharpness: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DicomFrames:
    """An opened file with its pictures.

    Parameters
    ----------
    data
        The ``pydicom.Dataset``.
    head
        What it declares of its pixels.
    name
        What a person calls the file, for messages.
    """

    data: Any
    head: FrameHead
    name: str
    _looks: dict[int, _Look] = field(default_factory=dict)
    _kept: dict[int, Decoded] = field(default_factory=dict)

    def fields(self) -> Iterator[tuple[int, int]]:
        """First frame and number of frames of each field: depths of focus and times follow one another."""
        start = 0
        while start < self.head.frames:
            count = self.layers(start)
            yield start, count
            start += count

    def layers(self, start: int) -> int:
        """How many frames from ``start`` on show the same field."""
        if self.head.frames > _MOST_COMPARED or start + 1 >= self.head.frames:
            return 1
        self._look(start + 1)  # before the first, which is then at hand to be shown where it is alone
        first, count = self._look(start), 1
        while start + count < self.head.frames and alike([first.small, self._look(start + count).small]):
            count += 1
        return count

    def _look(self, number: int) -> _Look:
        """What is compared of a frame; it is kept, so that none is decoded for it once more."""
        if number not in self._looks:
            samples = self._decoded(number)[0]
            self._looks[number] = _Look(without_shading(samples), sharpness(samples))
        return self._looks[number]

    def _decoded(self, number: int) -> Decoded:
        """A frame; the last one is kept: it is looked at, and then mostly shown."""
        if number not in self._kept:
            found = samples_of(self.data, self.head, number)
            self._kept.clear()
            if found[0].nbytes <= _KEPT_BYTES:
                self._kept[number] = found
            return found
        return self._kept[number]

    def pixels(self, start: int, *, join: bool = False) -> Pixels:
        """The field that begins with a frame, the sharpest of its layers: (height, width, 3), uint8, sRGB on black.

        Where they are to be joined, it is the sharpest at each place.

        Raises
        ------
        UnknownKindError, NoRangeError
            When it is whole and of a kind that is not read.
        Exception
            Whatever damaged bytes make of it.
        """
        count = self.layers(start)
        if count == 1:
            return self._rgb(start)
        main = sharpest([self._look(start + k).sharpness for k in range(count)])
        if join and count <= MOST_JOINED:
            return joined(lambda number: self._rgb(start + number), count, main)
        return self._rgb(start + main)

    def _rgb(self, number: int) -> Pixels:
        samples, bits, meaning = self._decoded(number)
        profile = _profile(self.data)
        if meaning == "PALETTE COLOR":
            return to_srgb(_of_palette(self.data, samples[..., 0]), "RGB", profile)
        outside = _padding(self.data, samples) if samples.shape[2] == 1 else None
        if outside is not None:
            samples = np.where(outside[..., None], samples.dtype.type(0), samples)
        level = scaled(samples, 0.0, self._white(samples, bits))
        if meaning == "MONOCHROME1":
            level = np.subtract(255, level, dtype=np.uint8)
        elif meaning.startswith("YBR_FULL"):
            level = of_ycbcr(level)
        pixels = to_srgb(np.ascontiguousarray(level), "RGB" if level.shape[2] == 3 else "L", profile)
        if outside is not None:
            pixels = np.where(outside[..., None], np.uint8(0), pixels)
        return pixels

    def _white(self, samples: NDArray[np.generic], bits: int) -> float:
        """The level that is white: what is declared; 16 bits of which no frame uses more than 12 are not believed."""
        if bits <= 8:
            return 2.0**bits - 1
        white = full_scale(samples, bits)
        if white == 2.0**bits - 1 or self.head.frames > _MOST_COMPARED:
            return white
        every = (samples_of(self.data, self.head, number) for number in range(self.head.frames))
        return max([white, *(full_scale(one, bits) for one, bits, _ in every)])


def kind_error(name: str, kind: str) -> ImageError:
    """The sentence for a picture that is whole and not read."""
    message = (
        f"“{name}” is a DICOM file with {kind}, which is not read; export it as PNG or TIFF, or without compression."
    )
    return ImageError(message, kind, cause=Cause.UNKNOWN_KIND)


def opened(
    source: bytes | BinaryIO, name: str, check: Callable[[int, int], object] = lambda _w, _h: None
) -> DicomFrames:
    """Read a file's header and find its pixels.

    Parameters
    ----------
    source
        The file.
    name
        What a person calls it, for messages.
    check
        Told width and height as declared, before any pixel is looked at; it raises where they are too many.

    Raises
    ------
    ImageError
        When it holds no picture, one that is not read, or one that shows who the patient is.
    Exception
        Whatever damaged bytes make of it.
    """
    import pydicom  # the window's start must not wait for it

    data = pydicom.dcmread(io.BytesIO(source) if isinstance(source, bytes) else source)
    kind = str(data.get("SOPClassUID", data.file_meta.get("MediaStorageSOPClassUID", "")))
    if kind == _DIRECTORY or "DirectoryRecordSequence" in data:
        message = f"“{name}” is the list of a DICOM disk; open the folder that it lies in."
        raise ImageError(message, kind, cause=Cause.UNKNOWN_KIND)
    if kind == _SLIDE:
        message = f"“{name}” is a slide in DICOM tiles, which is not one image; export its fields as PNG or TIFF."
        raise ImageError(message, kind, cause=Cause.UNKNOWN_KIND)
    if "Rows" not in data or "Columns" not in data:
        raise _without_pixels(name, kind)
    check(int(data.Columns), int(data.Rows))
    if str(data.get("BurnedInAnnotation", "")).strip().upper() == "YES":
        message = f"“{name}” shows who the patient is in its picture; export it without annotations."
        raise ImageError(message, "BurnedInAnnotation", cause=Cause.UNKNOWN_KIND)
    try:
        head = head_of(data)
        _check_plain(data)
    except UnknownKindError as error:
        raise kind_error(name, str(error)) from error
    if head.frames > MOST_FRAMES:
        raise kind_error(name, f"{head.frames} frames")
    if "PixelData" not in data:
        raise _without_pixels(name, kind)
    return DicomFrames(data, head, name)


def _without_pixels(name: str, kind: str) -> ImageError:
    message = f"“{name}” is a DICOM file without a picture; choose the one with the image, or copy it again."
    return ImageError(message, kind, cause=Cause.UNKNOWN_KIND)


def _check_plain(data: Any) -> None:
    """Samples that are something else than light through a lens are no picture of a smear."""
    slope, shift = float(data.get("RescaleSlope") or 1), float(data.get("RescaleIntercept") or 0)
    if (slope, shift) != (1.0, 0.0) or "ModalityLUTSequence" in data:
        raise UnknownKindError("rescaled samples")


def _padding(data: Any, samples: NDArray[np.generic]) -> NDArray[np.bool_] | None:
    """Where a gray picture has no picture (PS3.3, C.7.5.1.1.2); ``None`` where it does not say so."""
    stated = data.get("PixelPaddingValue")
    if stated is None:
        return None
    limit = data.get("PixelPaddingRangeLimit")
    low, high = sorted((int(stated), int(stated if limit is None else limit)))
    gray = samples[..., 0].astype(np.int32)
    return np.asarray((gray >= low) & (gray <= high))


def _of_palette(data: Any, indices: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Colors by their numbers (PS3.3, C.7.6.3.1.5), as 8 bits: the shape grows by three channels."""
    from pydicom.pixels.processing import apply_color_lut

    colors = np.asarray(apply_color_lut(indices, data))[..., :3]
    if colors.dtype == np.uint8:
        return np.ascontiguousarray(colors)
    # Colors have 16 bits; some programs write 8 into them.
    table = b"".join(
        bytes(data.get(f"{color}PaletteColorLookupTableData") or b"") for color in ("Red", "Green", "Blue")
    )
    few = len(table) > 0 and max(np.frombuffer(table[: len(table) // 2 * 2], "<u2"), default=0) < 256
    return np.ascontiguousarray(colors if few else colors >> 8).astype(np.uint8)


def of_ycbcr(level: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB of full-range Y, Cb and Cr (PS3.3, C.7.6.3.1.2): shape (height, width, 3), uint8."""
    out = np.empty(level.shape, np.uint8)
    for top in range(0, len(level), 256):
        part = level[top : top + 256].astype(np.float64)
        part[..., 1:] -= _NO_COLOR
        out[top : top + 256] = np.rint(np.clip(part @ _LUMA.T, 0, 255))
    return out


def _profile(data: Any) -> bytes | None:
    """The ICC profile of the picture, or of the one light path that it was taken through."""
    own = data.get("ICCProfile")
    paths: list[Any] = list(data.get("OpticalPathSequence") or [])
    if own is None and len(paths) == 1:
        own = paths[0].get("ICCProfile")
    return bytes(own) if own else None
