"""Where images come from: files, pages of files, and pixels that never were a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, FrameOrigin, Pixels
from leukoscope.imaging.quick_png import quick_png
from leukoscope.sources.files import decode_frame, path_of, read_frame, shown
from leukoscope.sources.pages import JOINED, Pages, page_loss, page_origin, pages_of, read_page

_PAGE_MARK = "#page="


class ImageSource(Protocol):
    """One image that can be read."""

    @property
    def name(self) -> str:
        """Path, or what a person calls it."""
        ...

    def read(self) -> Frame:
        """Read the Frame; raises ImageError."""
        ...

    def image_bytes(self) -> bytes:
        """The file's bytes, for keeping."""
        ...


@dataclass(frozen=True)
class FileSource:
    """An image file."""

    path: Path

    @property
    def name(self) -> str:
        """The path as given, in characters that can be printed."""
        return shown(self.path)

    def read(self) -> Frame:
        """Read the Frame; raises ImageError."""
        return read_frame(self.path)

    def image_bytes(self) -> bytes:
        """The file's bytes; raises ImageError when it has gone."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            message = f"“{shown(self.path.name)}” can no longer be read; add it again."
            raise ImageError(message, repr(error)) from error


@dataclass(frozen=True, eq=False)
class MemorySource:
    """An image that never was a file: pasted, or drawn by the demo smear.

    Parameters
    ----------
    data
        A whole PNG.
    origin
        Where it came from.
    um_per_px
        Micrometers for one pixel; ``None`` when not calibrated.
    pixels
        What ``data`` was made from, where that is at hand: it need not be decoded then.
    """

    data: bytes
    origin: FrameOrigin
    um_per_px: float | None = None
    pixels: Pixels | None = None

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.origin.name

    def read(self) -> Frame:
        """The Frame; raises ImageError."""
        if self.pixels is not None:
            return Frame(self.pixels, self.origin, hashlib.sha256(self.data).hexdigest(), self.um_per_px)
        return replace(decode_frame(self.data, self.origin), um_per_px=self.um_per_px)

    def image_bytes(self) -> bytes:
        """The PNG."""
        return self.data


@dataclass(frozen=True)
class PageSource:
    """One page of a TIFF with several, or frame of a DICOM file; it is kept as a PNG of its own.

    Parameters
    ----------
    path
        The file.
    page
        Counted from 0.
    join
        Whether it is put together of the sharpest places of its depths of focus.
    """

    path: Path
    page: int
    join: bool = False

    @property
    def name(self) -> str:
        """The path as given, with the page's number from 1."""
        return f"{shown(self.path)}{_PAGE_MARK}{self.page + 1}{JOINED if self.join else ''}"

    def read(self) -> Frame:
        """Read the Frame; raises ImageError."""
        return self.as_png().read()

    def image_bytes(self) -> bytes:
        """The page as a PNG: its 8-bit pixels as they are judged; raises ImageError when the file has gone."""
        return self.as_png().data

    def as_png(self) -> MemorySource:
        """The page as an image of its own; raises ImageError."""
        decoded = read_page(self.path, self.page, join=self.join)
        origin = replace(
            page_origin(self.path, self.page, join=self.join),
            compression=decoded.compression or page_loss(self.path, self.page),
            microscope=decoded.microscope,
            stage=decoded.stage,
            taken_at=decoded.taken_at,
        )
        return png_source(decoded.pixels, origin, decoded.um_per_px)


def png_source(pixels: Pixels, origin: FrameOrigin, um_per_px: float | None = None) -> MemorySource:
    """Encode pixels (height, width, 3) uint8 RGB losslessly, quickly rather than small.

    Raises
    ------
    ImageError
        When there is no memory for it.
    """
    try:
        data = quick_png(pixels)
    except MemoryError as error:
        raise ImageError("There is not enough memory for this image; close other programs.", repr(error)) from error
    return MemorySource(data, origin, um_per_px, pixels.copy())


def source_named(name: str) -> ImageSource:
    """The file or page that a source's ``name`` stands for."""
    path, mark, page = name.rpartition(_PAGE_MARK)
    number = page.removesuffix(JOINED)
    if mark and number.isdecimal() and not path_of(name).exists():
        return PageSource(path_of(path), int(number) - 1, number != page)
    return FileSource(path_of(name))


def file_sources(
    paths: Iterable[Path], left_out: dict[str, Pages] | None = None, *, join: bool = False
) -> Iterator[ImageSource]:
    """One source for each image in the files: a TIFF with several pages gives one for each page.

    Parameters
    ----------
    paths
        The files.
    left_out
        Filled with what a file holds beside its images, by the file's name: smaller copies, labels, other layers.
    join
        Whether depths of focus are put together, each place from where it is sharpest.
    """
    for path in paths:
        pages = pages_of(path)
        if (pages.left_out or pages.layers) and left_out is not None:
            left_out[shown(path)] = pages
        # A page is kept as an image of its own: a slide's label or a patient's header never comes along.
        joined = frozenset(pages.stacks) if join else frozenset()
        if len(pages.numbers) == 1 and not pages.private and not joined:
            yield FileSource(path)
        else:
            yield from (PageSource(path, page, page in joined) for page in pages.numbers)
