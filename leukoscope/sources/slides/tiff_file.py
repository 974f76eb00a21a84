"""Pyramids in TIFF that no scanner wrote: pages or sub-pages at several sizes, OME-TIFF too, decoded as images are."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.slides import SlideInfo, SlideLevel
from leukoscope.sources.metadata import tiff_microscope, tiff_um_per_px
from leukoscope.sources.ome import image_of_page, ome_images, ome_microscope
from leukoscope.sources.slides.port import fingerprint, not_tiled, overlay
from leukoscope.sources.tiff_chain import check_chain
from leukoscope.sources.tiff_colors import RGB, YCBCR, range_of, rgb_of, split
from leukoscope.sources.tiff_depth import declared_bits
from leukoscope.sources.tiff_kinds import kind_error, unknown_kind
from leukoscope.sources.tiff_levels import levels_of
from leukoscope.sources.tiff_samples import JPEG_CODECS, holds_ycbcr, segment_decoder

logger = logging.getLogger(__name__)

LARGEST_SEGMENT = 4_200_000
"""Pixels of a tile or strip at most: 2048 x 2048 and a little more. One is decoded whole for any part."""
_WHITE = 255


class TiffSlide:
    """A pyramid in a TIFF.

    Parameters
    ----------
    path
        The file.
    name
        What a person calls it.

    Raises
    ------
    ImageError
        When it is of a kind that is not read in parts.
    Exception
        Whatever damaged bytes make of it.
    """

    def __init__(self, path: Path, name: str) -> None:
        import tifffile

        self._file = path.open("rb")
        try:
            check_chain(self._file, name)
            self._tif = tifffile.TiffFile(self._file, name="image.tif", _multifile=False)
            self._pages = levels_of(self._tif)
            self._parts = [_LevelParts(self._tif, page, name) for page in self._pages]
            self._info = self._described(path, name)
        except BaseException:
            self._file.close()
            raise

    def _described(self, path: Path, name: str) -> SlideInfo:
        main = self._pages[0]
        levels = tuple(
            SlideLevel(page.imagewidth, page.imagelength, main.imagewidth / page.imagewidth) for page in self._pages
        )
        ome = image_of_page(ome_images(self._tif), main.index)
        scale = tiff_um_per_px(main, self._tif.pages[0].aspage(), ome)
        microscope = tiff_microscope(main, ome_microscope(self._tif))
        return SlideInfo(name, str(path), levels, scale, microscope, fingerprint(path), "tifffile")

    @property
    def info(self) -> SlideInfo:
        """What is known of it."""
        return self._info

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """As :meth:`leukoscope.sources.slides.port.SlideFile.read`; raises what damaged bytes make of it."""
        return self._parts[level].read(self._file, x, y, width, height)

    def close(self) -> None:
        """Let the file go."""
        self._tif.close()
        self._file.close()


class _FileBytes:
    """A file whose bytes are taken by slices, so that it is never read whole."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getitem__(self, place: slice) -> bytes:
        self._file.seek(place.start)
        return bytes(self._file.read(place.stop - place.start))


class _LevelParts:
    """Reads parts of one page."""

    def __init__(self, tif: Any, page: Any, name: str) -> None:
        kind = unknown_kind(page)
        if kind is not None:
            raise kind_error(name, kind)
        if page.planarconfig == 2 and page.samplesperpixel > 1:
            raise kind_error(name, "colors in planes of their own, in a slide")
        tall = page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
        wide = page.tilewidth if page.is_tiled else page.imagewidth
        if page.is_subsampled and int(page.compression) not in JPEG_CODECS:
            raise kind_error(name, "chroma subsampling without JPEG, in a slide")
        if tall * wide > LARGEST_SEGMENT:
            raise not_tiled(name)
        self._page, self._tall, self._wide = page, int(tall), int(wide)
        self._across = math.ceil(page.imagewidth / self._wide)
        self._decoded = segment_decoder(page)
        self._is_ycbcr = holds_ycbcr(page, cast(bytes, _FileBytes(tif.filehandle)))
        self._range = self._levels(tif, name)

    def _levels(self, tif: Any, name: str) -> tuple[float, float]:
        """Black and white, which every part of a slide shares, so that it must be declared."""
        page = self._page
        none = np.zeros((1, 1, page.samplesperpixel), page.dtype)
        fixed = range_of(split(none, page, in_planes=False), page)
        if fixed is not None:
            return fixed
        bits = declared_bits(tif, page)
        if bits is None or page.dtype.kind != "u":
            raise self._undeclared(name)
        return 0.0, 2.0**bits - 1

    def _undeclared(self, name: str) -> ImageError:
        return kind_error(name, f"a slide of {self._page.dtype} samples whose white is not declared")

    def read(self, file: Any, x: int, y: int, width: int, height: int) -> Pixels:
        page = self._page
        samples: NDArray[np.generic] = np.full((height, width, page.samplesperpixel), self._range[1], page.dtype)
        rows = range(y // self._tall, math.ceil((y + height) / self._tall))
        columns = range(x // self._wide, math.ceil((x + width) / self._wide))
        for index in (row * self._across + column for row in rows for column in columns):
            self._paste(file, index, samples, (x, y))
        channels = split(samples, page, in_planes=False)
        if channels.meaning in {RGB, YCBCR}:
            channels = replace(channels, meaning=YCBCR if self._is_ycbcr else RGB)
        return rgb_of(channels, page, *self._range)

    def _paste(self, file: Any, index: int, samples: NDArray[np.generic], corner: tuple[int, int]) -> None:
        page = self._page
        offset, count = int(page.dataoffsets[index]), int(page.databytecounts[index])
        if not count:
            return  # never scanned: writers leave such a tile out
        file.seek(offset)
        packed = file.read(count)
        if len(packed) != count:
            raise ValueError(f"a tile ends at byte {offset + len(packed)} instead of {offset + count}")
        part, (_, _, top, left, _) = self._decoded(packed, index)
        tile = part[0]
        overlay(samples, tile, left - corner[0], top - corner[1])
