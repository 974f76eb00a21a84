"""How many images a file of pages or frames holds, in this process: for the one that decodes foreign files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import BinaryIO

from leukoscope.sources import dicom_image, tiff
from leukoscope.sources.decoding import MAX_PIXELS, decoding_alone
from leukoscope.sources.dicom_head import HEAD_BYTES, is_dicom
from leukoscope.sources.vendors.fields import fields_of
from leukoscope.sources.vendors.opener import is_vendor, opened

logger = logging.getLogger(__name__)


PageCount = tuple[tuple[int, ...], int, int, bool, tuple[int, ...]]


def count_pages(path: Path) -> PageCount:
    """What :class:`leukoscope.sources.pages.Pages` says of a TIFF, a DICOM file or one of a microscope's maker."""
    try:
        with path.open("rb") as file, decoding_alone():
            start = file.read(HEAD_BYTES)
            file.seek(0)
            if is_dicom(start):
                return _count_frames(file)
            if is_vendor(start):
                return _count_fields(file)
            layout = tiff.layout(file)
        numbers = tuple(image.number for image in layout.images) or (0,)  # reading it says what is wrong
        stacks = tuple(image.number for image in layout.images if len(image.layers) > 1)
        return numbers, layout.left_out, layout.layers, layout.private, stacks
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - damaged bytes can make a decoder raise anything
        logger.info("pages not counted: %s", type(error).__name__)
        return (0,), 0, 0, False, ()


def _count_frames(file: BinaryIO) -> PageCount:
    """Frames, of which those of one field are one image. The file tells who the patient is: it is never kept."""
    try:
        picture = dicom_image.opened(file, "", _check_size)
        found = list(picture.fields()) if picture.head.frames > 1 else [(0, 1)]
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - as above: reading it says what is wrong
        logger.info("frames not counted: %s", type(error).__name__)
        return (0,), 0, 0, True, ()
    stacks = tuple(start for start, count in found if count > 1)
    return tuple(start for start, _ in found), 0, sum(count - 1 for _, count in found), True, stacks


def _count_fields(file: BinaryIO) -> PageCount:
    """Fields of a microscope maker's file. It shows labels and names people: it is never kept."""
    try:
        with opened(file, "") as vendor:
            found, left_out = list(fields_of(vendor, MAX_PIXELS)), vendor.left_out
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        logger.info("fields not counted: %s", type(error).__name__)
        return (0,), 0, 0, True, ()
    stacks = tuple(field.number for field in found if len(field.layers) > 1)
    layers = sum(len(field.layers) - 1 for field in found)
    return tuple(field.number for field in found), left_out, layers, True, stacks


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width}x{height}")
