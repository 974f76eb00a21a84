"""TIFF: the images that a file holds, each decoded rightly or refused with its kind or fault named."""

from __future__ import annotations

import hashlib
import io
import logging
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from leukoscope.sources.color import orient
from leukoscope.sources.depth import NoRangeError
from leukoscope.sources.focus_stack import MOST_JOINED, joined
from leukoscope.sources.metadata import tiff_um_per_px
from leukoscope.sources.ome import image_of_page, ome_images
from leukoscope.sources.sharpest import sharpest, sharpness
from leukoscope.sources.slide_names import TIFF_STARTS
from leukoscope.sources.tiff_chain import check_chain
from leukoscope.sources.tiff_colors import RGB, YCBCR, Channels, guessed_range, range_of, rgb_of, split
from leukoscope.sources.tiff_depth import declared_bits, declared_range
from leukoscope.sources.tiff_kinds import kind_error, unknown_kind
from leukoscope.sources.tiff_layout import TiffImage, TiffLayout, layout_of
from leukoscope.sources.tiff_planes import page_of, plane_samples
from leukoscope.sources.tiff_samples import has_unclear_colors, holds_ycbcr

STARTS = TIFF_STARTS
_ORIENTATION = 274
_FILES_REMEMBERED = 64
_ranges: OrderedDict[bytes, float] = OrderedDict()
"""The highest full scale of a file's pages, by its hash: each of its pages asks. Used under the decoders' lock."""

# What it logs about odd bytes is for its own developers; here it would come out on the terminal.
logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)


@contextmanager
def opened(data: bytes | BinaryIO, name: str = "image.tif") -> Iterator[Any]:
    """A ``tifffile.TiffFile`` that never looks at other files; of an opened file it reads what it is asked for.

    Raises
    ------
    ImageError
        When its list of pages does not end.
    """
    import tifffile  # the window's start must not wait for it

    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    check_chain(stream, name)
    with tifffile.TiffFile(stream, name="image.tif", _multifile=False) as tif:
        yield tif


def layout(file: BinaryIO) -> TiffLayout:
    """Which images an opened file holds.

    Raises
    ------
    Exception
        Whatever damaged bytes make of it.
    """

    def read() -> bytes:
        file.seek(0)
        return file.read()

    with opened(file) as tif:
        return layout_of(tif, read)


def images_of(tif: Any, data: bytes) -> tuple[TiffImage, ...]:
    """The images of an opened file."""
    return layout_of(tif, lambda: data).images


def decode(tif: Any, image: TiffImage, data: bytes, name: str, *, join: bool = False) -> tuple[Pixels, float | None]:
    """Decode one image: upright 8-bit sRGB pixels, and its scale where the file says it credibly.

    Of several depths of focus it is the sharpest, or what is sharpest at each place where they are to be joined.

    Raises
    ------
    ImageError
        With the kind named, when it is whole and not read.
    Exception
        Whatever damaged bytes make of it.
    """
    if image.fault:
        raise kind_error(name, image.fault)
    for plane in {plane for layer in image.layers or (image.planes,) for plane in layer}:
        page = page_of(tif, plane)
        _check_whole(page, len(data))
        kind = unknown_kind(page)
        if kind is None and has_unclear_colors(page, data):
            kind = "JPEG 2000 inside, either RGB or YCbCr"
        if kind:
            raise kind_error(name, kind)
    layers, main = image.layers, _sharpest(tif, image, data)
    image = replace(image, planes=layers[main]) if layers else image
    page = page_of(tif, image.planes[0])
    scale = tiff_um_per_px(page, tif.pages[0].aspage(), image_of_page(ome_images(tif), page.index))
    channels = _channels(tif, image, page, data)
    try:
        black, white = _range(tif, page, channels, data)
    except NoRangeError as error:
        raise kind_error(name, str(error)) from error
    turned = page.tags.get(_ORIENTATION)
    if join and 1 < len(layers) <= MOST_JOINED:

        def layer(number: int) -> Pixels:
            one = replace(image, planes=layers[number])
            own = page_of(tif, one.planes[0])
            return rgb_of(_channels(tif, one, own, data), own, black, white)

        pixels = joined(layer, len(layers), main)
    else:
        pixels = rgb_of(channels, page, black, white)
    return orient(pixels, int(turned.value) if turned is not None else 1), scale


def _check_whole(page: Any, size: int) -> None:
    ends = [offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if not ends or max(ends) > size:
        raise ValueError(f"samples up to byte {max(ends, default=0)} of {size}")


def _channels(tif: Any, image: TiffImage, page: Any, data: bytes) -> Channels:
    in_planes = len(image.planes) > 1
    channels = split(_samples(tif, image, data), page, in_planes=in_planes)
    if holds_ycbcr(page, data) and not in_planes:
        return replace(channels, meaning=YCBCR)
    return replace(channels, meaning=RGB) if channels.meaning == YCBCR else channels


def _sharpest(tif: Any, image: TiffImage, data: bytes) -> int:
    """Which of its layers is the sharpest; each is looked at by its green plane."""
    if not image.layers:
        return 0
    return sharpest([sharpness(plane_samples(tif, layer[len(layer) // 2], data)) for layer in image.layers])


def _samples(tif: Any, image: TiffImage, data: bytes) -> NDArray[np.generic]:
    planes = [plane_samples(tif, plane, data) for plane in image.planes]
    return planes[0] if len(planes) == 1 else np.concatenate(planes, axis=2)


def _range(tif: Any, page: Any, channels: Channels, data: bytes) -> tuple[float, float]:
    """Levels that become black and white."""
    fixed = range_of(channels, page)
    if fixed is None and channels.colors.dtype.kind in "fi":
        fixed = declared_range(page)
    if fixed is not None:
        return fixed
    declared = declared_bits(tif, page)
    black, white = guessed_range(channels, declared)
    if declared is not None or len(tif.pages) == 1:
        return black, white
    return black, max(white, _highest_of_file(data))  # one camera took all pages: their brightest tells most


def _highest_of_file(data: bytes) -> float:
    key = hashlib.blake2b(data, digest_size=16).digest()
    if key not in _ranges:
        _ranges[key] = _highest(data)
        while len(_ranges) > _FILES_REMEMBERED:
            _ranges.popitem(last=False)
    return _ranges[key]


def _highest(data: bytes) -> float:
    highest = 0.0
    with opened(data) as tif:
        for image in layout_of(tif, lambda: data).images:
            page = page_of(tif, image.planes[0])
            if image.fault or unknown_kind(page):
                continue
            try:
                channels = _channels(tif, image, page, data)
                if range_of(channels, page) is None:
                    highest = max(highest, guessed_range(channels, None)[1])
            except Exception as error:  # noqa: BLE001 - a damaged page says nothing of the others
                logging.getLogger(__name__).info("a page says nothing of the range: %r", error)
    return highest
