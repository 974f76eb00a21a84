"""Opens slides and reads parts of them: in the process for foreign files, one slide at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.slides import SlideInfo
from leukoscope.sources import decoding, tiff
from leukoscope.sources.slides.czi_slide import czi_slide
from leukoscope.sources.slides.openslide_file import GENERIC, OpenSlideFile, check_companions, vendor_of
from leukoscope.sources.slides.port import LARGEST_PART, SlideFile
from leukoscope.sources.slides.tiff_file import TiffSlide
from leukoscope.sources.vendors.czi_segments import START as CZI_START
from leukoscope.sources.vendors.opener import START_BYTES, is_vendor

logger = logging.getLogger(__name__)


class SlideOpener:
    """Keeps one slide open from one order to the next."""

    def __init__(self) -> None:
        self._slide: SlideFile | None = None
        self._path = ""

    def is_open(self, path: str) -> bool:
        """Whether this slide is open."""
        return bool(path) and self._slide is not None and path == self._path

    def open(self, path: str, name: str) -> SlideInfo | None:
        """Open a file as a slide.

        Returns
        -------
        SlideInfo or None
            ``None`` where it is no slide: no reader knows it, or it is a TIFF that is read whole, as an image.

        Raises
        ------
        ImageError
            When it is one and cannot be opened.
        """
        self._close()
        with said(path, name), decoding.decoding_alone():
            slide = _opened(Path(path), name)
        if slide is None:
            return None
        self._slide, self._path = slide, path
        return slide.info

    def read(self, path: str, name: str, part: tuple[int, ...]) -> Pixels:
        """Read a part (level, x, y, width, height); a slide that is not open is opened.

        Raises
        ------
        ImageError
            When it cannot be read, or has gone.
        """
        if not self.is_open(path) and self.open(path, name) is None:
            raise ImageError(f"“{name}” is no longer the slide that it was; open it again.", "not a slide any more")
        assert self._slide is not None
        level, x, y, width, height = part
        if width * height > LARGEST_PART:
            raise ValueError(f"{width}x{height} is more than is read at once")
        try:
            with said(path, name), decoding.decoding_alone():
                return self._slide.read(level, x, y, width, height)
        except BaseException:
            # OpenSlide refuses everything after its first error; the drive may be back at the next order.
            self._close()
            raise

    def _close(self) -> None:
        slide, self._slide, self._path = self._slide, None, ""
        if slide is not None:
            slide.close()


def _opened(path: Path, name: str) -> SlideFile | None:
    check_companions(path, name)
    with path.open("rb") as file:
        start = file.read(START_BYTES)
    if is_vendor(start):
        return czi_slide(path, name, decoding.MAX_PIXELS) if start.startswith(CZI_START) else None
    is_tiff = start[:4] in tiff.STARTS
    vendor = vendor_of(path)
    if not is_tiff:
        return None if vendor is None else OpenSlideFile(path, name)
    make: Callable[[Path, str], SlideFile] = TiffSlide if vendor in {None, GENERIC} else OpenSlideFile
    try:
        slide = make(path, name)
    except ImageError as error:
        if vendor in {None, GENERIC}:
            # Whatever is odd about it, whoever reads it whole says so better.
            logger.info("no slide: %s", error.detail)
            return None
        raise
    return _if_large(slide)


def _if_large(slide: SlideFile) -> SlideFile | None:
    """What can be read whole is an image."""
    info = slide.info
    if len(info.levels) < 2 or info.width * info.height <= decoding.MAX_PIXELS:
        slide.close()
        return None
    return slide


@contextmanager
def said(path: str, name: str) -> Iterator[None]:
    """Whatever goes wrong with a slide becomes one sentence: its drive has gone, or it is damaged."""
    try:
        yield
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # damaged bytes can make a library raise anything
        if _is_gone(path):
            sentence = f"“{name}” can no longer be read; check that its drive is connected, then open it again."
            raise ImageError(sentence, repr(error), cause=Cause.UNREACHABLE) from error
        if "compression" in str(error).casefold():
            sentence = (
                f"“{name}” is compressed in a way that is not read; export it from its scanner as SVS or OME-TIFF."
            )
            raise ImageError(sentence, repr(error), cause=Cause.UNKNOWN_KIND) from error
        sentence = f"“{name}” is damaged or incomplete; copy it again from the scanner, with all files beside it."
        raise ImageError(sentence, repr(error), cause=Cause.BROKEN) from error


def _is_gone(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return not file.read(1)
    except OSError:
        return True
