"""TIFF files with several pages: each page is an image of its own."""

from __future__ import annotations

import logging
import mmap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.compression import Compression, compression_of
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.stated import StatedHeader
from leukoscope.sources.dicom_head import HEAD_BYTES, is_dicom
from leukoscope.sources.files import MAX_FILE_BYTES, read_bytes, shown

if TYPE_CHECKING:
    from leukoscope.sources.decoded_image import DecodedImage

logger = logging.getLogger(__name__)
JOINED = "&joined"
"""Ends the name of an image that was put together of several depths of focus."""


def page_numbers(path: Path) -> tuple[int, ...]:
    """Which pages of a file are images: all of a TIFF but smaller copies and masks, ``(0,)`` of everything else.

    Parameters
    ----------
    path
        Any file. One that cannot be opened counts as one page: reading it says what is wrong.

    Returns
    -------
    tuple of int
        Counted from 0.
    """
    return pages_of(path).numbers


@dataclass(frozen=True)
class Pages:
    """The images of a file.

    Parameters
    ----------
    numbers
        Of the images, from 0.
    left_out
        How many pages are smaller copies, labels, overviews or masks.
    layers
        How many more depths of focus or times of the same fields there are: the sharpest of each field is read, or
        the sharpest of each of its places.
    private
        Whether the file shows a slide's label or overview beside its images, or names the patient: it is never kept
        or given away as it is.
    stacks
        Numbers of the images that have more layers.
    """

    numbers: tuple[int, ...] = (0,)
    left_out: int = 0
    layers: int = 0
    private: bool = False
    stacks: tuple[int, ...] = field(default=(), compare=False)


def pages_of(path: Path) -> Pages:
    """As :func:`page_numbers`, with what was left out."""
    from leukoscope.sources import tiff
    from leukoscope.sources.decoder import decoder
    from leukoscope.sources.vendors.opener import is_vendor

    try:
        with path.open("rb") as file:
            start = file.read(HEAD_BYTES)
            has_pages = start.startswith(tiff.STARTS) or is_dicom(start)
            # Files of microscope makers are read in parts, whatever their size.
            if not is_vendor(start) and (not has_pages or path.stat().st_size > MAX_FILE_BYTES):
                return Pages()
        return Pages(*decoder().count_pages(path, shown(path.name)))
    except (OSError, ValueError, ImageError) as error:
        logger.info("pages not counted: %s", type(error).__name__)
        return Pages()


def stated_header(path: Path) -> StatedHeader:
    """What a DICOM file says of patient and specimen; empty for every other file, and where nobody can read it."""
    from leukoscope.sources.decoder import decoder

    try:
        with path.open("rb") as file:
            if not is_dicom(file.read(HEAD_BYTES)):
                return StatedHeader()
        return decoder().header(path, shown(path.name))
    except (OSError, ValueError, ImageError) as error:
        logger.info("header not read: %s", type(error).__name__)
        return StatedHeader()


def page_origin(path: Path, page: int, *, join: bool = False) -> FrameOrigin:
    """Where a page comes from; its name is ``FILE#page=N``, counted from 1 (as in RFC 8118).

    One that was put together of several depths of focus says so: ``FILE#page=N&joined``.
    """
    mark = f"#page={page + 1}{JOINED if join else ''}"
    return FrameOrigin(OriginKind.FILE, shown(path.name) + mark, path=shown(path.absolute()) + mark)


def page_loss(path: Path, page: int) -> Compression | None:
    """How a page was compressed: its pixels are kept as a PNG, which cannot say so any more; ``None`` if unknown."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return compression_of(data, page)
    except (OSError, ValueError) as error:
        logger.info("compression of a page not read: %r", error)
        return None


def read_page(path: Path, page: int, *, join: bool = False) -> DecodedImage:
    """Read one page; ``join`` puts the sharpest of each place together where it has several depths of focus.

    Raises
    ------
    ImageError
        When the file is missing or not readable, or the page damaged.
    """
    from leukoscope.sources.decoder import decoder

    name = page_origin(path, page, join=join).name
    try:
        if _is_vendor_file(path):
            return decoder().page_in(path.absolute(), name, page, join=join)
        return decoder().page(read_bytes(path), name, page, join=join)
    except MemoryError as error:
        message = "There is not enough memory for this image; close other programs."
        raise ImageError(message, repr(error)) from error


def _is_vendor_file(path: Path) -> bool:
    """Whether a file is read in parts; one that cannot be opened is not, and reading it says why."""
    from leukoscope.sources.vendors.opener import START_BYTES, is_vendor

    try:
        with path.open("rb") as file:
            return is_vendor(file.read(START_BYTES))
    except (OSError, ValueError):
        return False
