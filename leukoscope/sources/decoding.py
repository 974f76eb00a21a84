"""From the bytes of an image file to upright 8-bit sRGB pixels. The content decides, never the file's name."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from PIL import Image

from leukoscope.domain.compression import is_heic
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources import codestreams, dicom_image, dicom_said, heic, tiff
from leukoscope.sources.color import orient, orientation_of, rgb_on_black
from leukoscope.sources.decoded_image import DecodedImage, OnSize, nobody
from leukoscope.sources.deep_png import deep_png
from leukoscope.sources.depth import NoRangeError
from leukoscope.sources.dicom_frames import UnknownKindError
from leukoscope.sources.dicom_head import is_dicom
from leukoscope.sources.metadata import credible_sides, microscope_of, tiff_microscope, um_per_px
from leukoscope.sources.moments import exif_moment, tiff_moment
from leukoscope.sources.not_opened import damaged, not_opened
from leukoscope.sources.ome import image_of_page, ome_images, ome_microscope
from leukoscope.sources.stage import tiff_stage
from leukoscope.sources.tiff_layout import TiffImage
from leukoscope.sources.tiff_levels import levels_of
from leukoscope.sources.tiff_planes import page_of
from leukoscope.sources.vendors import opener as vendors

MAX_PIXELS = 120_000_000
"""Larger images are refused before decoding. Decoding takes up to 7 bytes a pixel in Pillow and here: 0.9 GB."""

SMALL_PIXELS, PIXELS_PER_BYTE = 4_000_000, 400
"""A larger image than the first has at least one byte for so many pixels: the emptiest picture of a camera has fifty
times as much, and a file of a few kilobytes that claims to be more would cost hours of work and gigabytes."""

LOGO_SIDE = 1000
"""Longest side of a picture on paper, in pixels: 42 mm at 600 dpi."""

FORMATS = ("PNG", "JPEG", "BMP", "DIB", "TIFF", "WEBP", "GIF", "AVIF")

# We look at the size in the header ourselves, with a sentence; Pillow's own limit would warn below ours.
Image.MAX_IMAGE_PIXELS = None

_LOCK = threading.Lock()


def decode_image(data: bytes, name: str, on_size: OnSize = nobody) -> DecodedImage:
    """Decode a whole image file, in this process: foreign files go through :mod:`leukoscope.sources.decoder`.

    Grayscale comes back as three equal channels; 16-bit samples are scaled by the depth that the file declares, else
    by the one in use (:mod:`leukoscope.sources.depth`); an embedded color profile is converted to sRGB; EXIF
    orientation is applied; transparent parts become black.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What a person calls the file, for messages.
    on_size
        Told the declared size, once it is known and allowed.

    Raises
    ------
    ImageError
        When it is empty, damaged, no image, larger than ``MAX_PIXELS``, animated, or has several pages.
    """
    if not data:
        raise ImageError(f"“{name}” is empty; copy it again from the microscope or camera.")
    with decoding_alone():
        if data.startswith(tiff.STARTS):
            return _decode_tiff(data, name, on_size)
        if is_dicom(data):
            return _decode_dicom(data, name, None, on_size)
        if codestreams.is_deep(data):
            return _decode_stream(data, name, on_size)
        if vendors.is_vendor(data):
            return _decode_vendor(data, name, None, on_size)
        try:
            image = _opened(data)
        except MemoryError:
            raise
        except Exception as error:  # Pillow raises whatever the first bytes make it trip over
            raise not_opened(data, name, error) from error
        with image, _damaged_is_said(name):
            _check_one_still_image(image, name, len(data))
            on_size(*image.size)
            if image.format == "PNG":
                _verify_checksums(data)
            microscope, taken_at = microscope_of(image), exif_moment(image)
            return DecodedImage(_upright_rgb(image, data), um_per_px(image), microscope, taken_at=taken_at)


def decode_logo(data: bytes, name: str, on_size: OnSize = nobody) -> DecodedImage:
    """Decode a picture for white paper: what is transparent is white, and it is no larger than paper needs.

    Parameters
    ----------
    data, name, on_size
        As :func:`decode_image` has them.

    Raises
    ------
    ImageError
        When it is empty, damaged, no image or larger than ``MAX_PIXELS``.
    """
    with decoding_alone():
        try:
            image = _opened(data)
        except MemoryError:
            raise
        except Exception as error:  # Pillow raises whatever the first bytes make it trip over
            raise not_opened(data, name, error) from error
        with image, _damaged_is_said(name):
            _check_size(*image.size, name, len(data))
            on_size(*image.size)
            image.thumbnail((LOGO_SIDE, LOGO_SIDE))
            picture = image.convert("RGBA")
            paper = Image.new("RGBA", picture.size, "white")
            paper.alpha_composite(picture)
            return DecodedImage(np.asarray(paper.convert("RGB"), dtype=np.uint8).copy(), None)


def _opened(data: bytes) -> Image.Image:
    if not is_heic(data):
        return Image.open(io.BytesIO(data), formats=FORMATS)
    heic.register()
    return Image.open(io.BytesIO(data), formats=(heic.FORMAT,))


def decode_page(data: bytes, name: str, page: int, on_size: OnSize = nobody, *, join: bool = False) -> DecodedImage:
    """Decode one image of a TIFF or DICOM file, as :func:`decode_image` decodes a file.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What a person calls the page, for messages.
    page
        Number of the image, one of :func:`leukoscope.sources.pages.page_numbers`.
    on_size
        As :func:`decode_image` has it.
    join
        Whether of several depths of focus the sharpest of each place is put together, instead of the sharpest taken.

    Raises
    ------
    ImageError
        When there is no such page, it is damaged, of a kind that is not read, or larger than ``MAX_PIXELS``.
    """
    if is_dicom(data):
        with decoding_alone():
            return _decode_dicom(data, name, page, on_size, join=join)
    if vendors.is_vendor(data):
        with decoding_alone():
            return _decode_vendor(data, name, page, on_size, join=join)
    with decoding_alone(), _damaged_is_said(name), tiff.opened(data, name) as tif:
        (image,) = (one for one in tiff.images_of(tif, data) if one.number == page)
        return _tiff_image(tif, image, data, name, on_size, join=join)


def decode_part(path: str, name: str, page: int, on_size: OnSize = nobody, *, join: bool = False) -> DecodedImage:
    """As :func:`decode_page`, of a file on a disk that is read in parts: only those of a microscope's maker are.

    Raises
    ------
    ImageError
        As :func:`decode_page`, and when the file has gone.
    """
    try:
        with Path(path).open("rb") as file, decoding_alone():
            return _decode_vendor(file, name, page, on_size, join=join)
    except OSError as error:
        message = f"“{name}” cannot be read; check that its drive is connected and copy it again."
        raise ImageError(message, repr(error), cause=Cause.UNREACHABLE) from error


def _decode_stream(data: bytes, name: str, on_size: OnSize) -> DecodedImage:
    with _damaged_is_said(name):
        stream = codestreams.parsed(data)
        _check_size(stream.width, stream.height, name, len(data))
        on_size(stream.width, stream.height)
        return DecodedImage(codestreams.decode(stream, data, name), None)


def _decode_dicom(data: bytes, name: str, frame: int | None, on_size: OnSize, *, join: bool = False) -> DecodedImage:
    def sized(width: int, height: int) -> None:
        _check_size(width, height, name, len(data))
        on_size(width, height)

    with _damaged_is_said(name):
        picture = dicom_image.opened(data, name, sized)
        head = picture.data
        try:
            if frame is None and picture.head.frames > 1 and len(fields := list(picture.fields())) > 1:
                message = f"“{name}” has {len(fields)} pages; save each page as an image of its own."
                raise ImageError(message, cause=Cause.UNKNOWN_KIND)
            pixels = picture.pixels(frame or 0, join=join)
        except (UnknownKindError, NoRangeError) as error:
            raise dicom_image.kind_error(name, str(error)) from error
        return DecodedImage(
            pixels,
            dicom_said.um_per_px_of(head),
            dicom_said.microscope_of(head),
            taken_at=dicom_said.taken_at_of(head),
            compression=dicom_said.loss_of(head, picture.head.frames),
        )


def _decode_vendor(
    source: bytes | BinaryIO, name: str, number: int | None, on_size: OnSize, *, join: bool = False
) -> DecodedImage:
    def sized(width: int, height: int) -> None:
        _check_size(width, height, name, vendors.size_of(source))
        on_size(width, height)

    with _damaged_is_said(name):
        pixels, image, loss = vendors.decode(source, name, number, (MAX_PIXELS, sized), join=join)
        scale = credible_sides(image.sides_um)
        return DecodedImage(pixels, scale, image.microscope, image.stage, image.taken_at, loss)


def _decode_tiff(data: bytes, name: str, on_size: OnSize) -> DecodedImage:
    with _damaged_is_said(name), tiff.opened(data, name) as tif:
        images = tiff.images_of(tif, data)
        if not images:
            message = f"“{name}” shows only the label or the overview of a slide; choose an image of its cells."
            raise ImageError(message, cause=Cause.UNKNOWN_KIND)
        if len(images) > 1:
            message = f"“{name}” has {len(images)} pages; save each page as an image of its own."
            raise ImageError(message, cause=Cause.UNKNOWN_KIND)
        return _tiff_image(tif, images[0], data, name, on_size)


def _tiff_image(
    tif: Any, image: TiffImage, data: bytes, name: str, on_size: OnSize, *, join: bool = False
) -> DecodedImage:
    page = page_of(tif, image.planes[0])
    if page.imagewidth * page.imagelength > MAX_PIXELS and len(levels_of(tif)) > 1:
        raise vendors.is_slide(name, page.imagewidth, page.imagelength)
    _check_size(page.imagewidth, page.imagelength, name, len(data))
    on_size(page.imagewidth, page.imagelength)
    pixels, scale = tiff.decode(tif, image, data, name, join=join)
    ome = image_of_page(ome_images(tif), page.index)
    stage = tiff_stage(page, tif.pages[0].aspage(), ome.stage if ome else None, scale)
    taken_at = tiff_moment(page, ome.taken_at if ome else None)
    return DecodedImage(pixels, scale, tiff_microscope(page, ome_microscope(tif)), stage, taken_at)


@contextmanager
def _damaged_is_said(name: str) -> Iterator[None]:
    try:
        yield
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # damaged bytes can make a decoder raise anything
        if _is_for_want_of_memory(error):
            raise MemoryError(repr(error)) from error
        raise damaged(name, error) from error


def _is_for_want_of_memory(error: Exception) -> bool:
    """OpenCV's code for it, and Pillow's words."""
    return getattr(error, "code", 0) == cv2.Error.StsNoMem or "out of memory" in str(error).lower()


@contextmanager
def decoding_alone() -> Iterator[None]:
    """Keep warnings of decoders about odd but harmless bytes from the user; one image at a time bounds memory.

    Warning filters belong to the whole process, hence the lock.
    """
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        try:
            yield
        finally:
            cv2.utils.logging.setLogLevel(level)


def _check_size(width: int, height: int, name: str, size: int) -> None:
    if width * height > MAX_PIXELS:
        sentence = (
            f"“{name}” has {width * height / 1e6:.0f} megapixels, more than the {MAX_PIXELS / 1e6:.0f} that can be "
            "opened; save it in parts or smaller."
        )
        raise ImageError(sentence, f"{width}x{height}", cause=Cause.UNKNOWN_KIND)
    if width * height > max(SMALL_PIXELS, PIXELS_PER_BYTE * size):
        sentence = (
            f"“{name}” claims {width * height / 1e6:.0f} megapixels and holds next to nothing; save it again in the "
            "program it comes from."
        )
        raise ImageError(sentence, f"{width}x{height} in {size} bytes", cause=Cause.UNKNOWN_KIND)


def _check_one_still_image(image: Image.Image, name: str, size: int) -> None:
    _check_size(*image.size, name, size)
    frames = int(getattr(image, "n_frames", 1))
    if frames > 1 and image.format not in ("MPO", "JPEG"):
        message = f"“{name}” is an animation; save one still image of it."
        if image.format == heic.FORMAT:
            message = f"“{name}” has {frames} pages; save each page as an image of its own."
        raise ImageError(message, f"{frames} frames", cause=Cause.UNKNOWN_KIND)


def _verify_checksums(data: bytes) -> None:
    """Check a PNG's chunks: decoding alone lets damaged ones pass as other colors."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        image.verify()


def _upright_rgb(image: Image.Image, data: bytes) -> Pixels:
    profile = image.info.get("icc_profile")
    if image.format == "PNG" and data[24] == 16:
        orientation = orientation_of(image)
        return orient(rgb_on_black(Image.fromarray(deep_png(data, image)), profile), orientation)
    image.load()
    orientation = orientation_of(image)
    return orient(rgb_on_black(image, profile), orientation)
