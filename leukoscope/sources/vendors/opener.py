"""Opens files of microscope makers, decodes one of their images, and counts them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from leukoscope.domain.compression import Compression
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.depth import NoRangeError
from leukoscope.sources.vendors.fields import decoded, field_numbered, fields_of
from leukoscope.sources.vendors.port import (
    VendorFile,
    VendorImage,
    VendorKindError,
    WithinFile,
    kind_error,
    kind_of,
    read_exactly,
)

START_BYTES = 16
"""So many of a file's first bytes tell its kind."""


def is_vendor(data: bytes) -> bool:
    """Whether a file with these first bytes is read here."""
    return bool(kind_of(data[:START_BYTES]))


@contextmanager
def opened(source: bytes | BinaryIO, name: str) -> Iterator[VendorFile]:
    """Open a file; what is read of it is what is asked for.

    Parameters
    ----------
    source
        The file, or its bytes.
    name
        What a person calls it, for messages.

    Raises
    ------
    ImageError
        When it is whole and of a kind that is not read, then or while it is used.
    Exception
        Whatever damaged bytes make of it.
    """
    stream = WithinFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    kind = kind_of(read_exactly(stream, 0, START_BYTES))
    stream.seek(0)
    try:
        yield _reader(kind)(stream)
    except (VendorKindError, NoRangeError) as error:
        raise kind_error(name, kind, str(error)) from error


def _reader(kind: str) -> Callable[[Any], VendorFile]:
    """The libraries are imported when a file of their kind comes."""
    if kind == "Zeiss CZI":
        from leukoscope.sources.vendors.czi_file import CziFile

        return CziFile
    if kind == "Leica LIF":
        from leukoscope.sources.vendors.lif_file import LifImages

        return LifImages
    from leukoscope.sources.vendors.nd2_file import Nd2Images

    return Nd2Images


def decode(
    source: bytes | BinaryIO,
    name: str,
    number: int | None,
    allowed: tuple[int, Callable[[int, int], object]],
    *,
    join: bool = False,
) -> tuple[Pixels, VendorImage, Compression]:
    """Decode one image of a file.

    Parameters
    ----------
    source, name
        As :func:`opened` has them.
    number
        Of the image; ``None`` takes the only one.
    allowed
        How many pixels there may be, and what is told width and height before they are decoded.
    join
        Whether of several depths of focus the sharpest of each place is put together.

    Returns
    -------
    tuple
        Its pixels, shape (height, width, 3), uint8, sRGB; what the file says of it; how it was compressed.

    Raises
    ------
    ImageError
        When there are several, it is a slide, or of a kind that is not read.
    Exception
        Whatever damaged bytes make of it.
    """
    most, sized = allowed
    with opened(source, name) as file:
        if number is None and len(found := list(fields_of(file, most))) > 1:
            message = f"“{name}” has {len(found)} pages; save each page as an image of its own."
            raise ImageError(message, cause=Cause.UNKNOWN_KIND)
        field = field_numbered(file, number or 0, most)
        image = file.images[field.image]
        if image.width * image.height > most and file.is_slide:
            raise is_slide(name, image.width, image.height)
        sized(image.width, image.height)
        return decoded(file, field, join=join), image, file.loss(field.image)


def is_slide(name: str, width: int, height: int) -> ImageError:
    """The sentence for a slide that was opened as an image."""
    sentence = f"“{name}” is a slide; open it alone, and take the region of it that you need."
    return ImageError(sentence, f"{width}x{height}", cause=Cause.UNKNOWN_KIND)


def size_of(source: bytes | BinaryIO) -> int:
    """Bytes of a file."""
    return len(source) if isinstance(source, bytes) else source.seek(0, io.SEEK_END)
