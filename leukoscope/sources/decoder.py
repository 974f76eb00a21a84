"""Foreign image files are decoded in a process of their own: what a file does there, it does to nobody else."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.slides import SlideInfo
from leukoscope.domain.stated import StatedHeader
from leukoscope.sources import decoding
from leukoscope.sources.decoded_image import DecodedImage
from leukoscope.sources.decoder_child import Answer, ChildGoneError, DecoderChild
from leukoscope.sources.decoder_process import Counted, Named, Opened, Order, SlideOpened, Stated, Task
from leukoscope.sources.page_count import PageCount

logger = logging.getLogger(__name__)


class Decoder:
    """Decodes one file at a time in a child process, which is started when first needed and anew after a loss."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: DecoderChild | None = None

    def image(self, data: bytes, name: str) -> DecodedImage:
        """As :func:`leukoscope.sources.decoding.decode_image`; raises ImageError, also where a limit is reached."""
        return self._pixels(Order(Task.IMAGE, name, len(data), False, decoding.MAX_PIXELS), data)

    def page(self, data: bytes, name: str, page: int, *, join: bool = False) -> DecodedImage:
        """As :func:`leukoscope.sources.decoding.decode_page`; raises ImageError, also where a limit is reached."""
        return self._pixels(Order(Task.PAGE, name, len(data), False, decoding.MAX_PIXELS, page, join=join), data)

    def page_in(self, path: Path, name: str, page: int, *, join: bool = False) -> DecodedImage:
        """As :meth:`page`, of a file that is read in parts (``sources/vendors``)."""
        order = Order(Task.PAGE, name, 0, False, decoding.MAX_PIXELS, page, path=str(path), join=join)
        answer = self._ask(order, b"")
        assert isinstance(answer, DecodedImage)
        return answer

    def count_pages(self, path: Path, name: str) -> PageCount:
        """What :class:`leukoscope.sources.pages.Pages` says of a TIFF; raises ImageError where a limit is reached."""
        answer = self._ask(Order(Task.PAGES, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, Counted)
        return answer.numbers, answer.left_out, answer.layers, answer.private, answer.stacks

    def logo(self, data: bytes, name: str) -> DecodedImage:
        """As :func:`leukoscope.sources.decoding.decode_logo`; raises ImageError, also where a limit is reached."""
        return self._pixels(Order(Task.LOGO, name, len(data), False, decoding.MAX_PIXELS), data)

    def study(self, path: Path, name: str) -> str:
        """The StudyInstanceUID of a DICOM file; empty where it does not say so. Raises ImageError as above."""
        answer = self._ask(Order(Task.STUDY, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, Named)
        return answer.study

    def header(self, path: Path, name: str) -> StatedHeader:
        """What a DICOM file says of patient and specimen. Raises ImageError as above."""
        answer = self._ask(Order(Task.HEADER, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, Stated)
        return answer.header

    def warm(self) -> None:
        """Start the process for when it is needed; nothing is waited for, and what fails is tried again then."""
        with self._lock, suppress(ImageError):
            if self._child is None:
                self._child = DecoderChild()

    def decode_stream_image(self, data: bytes, pixels: int, name: str) -> Pixels:
        """One JPEG picture of a stream that says that it has so many pixels; raises ImageError as above."""
        return self._pixels(
            Order(Task.PICTURE, name, len(data), False, decoding.MAX_PIXELS, pixels=pixels), data
        ).pixels

    def open_video(self, path: Path, name: str) -> float:
        """Open a video file; seconds between two pictures. Raises ImageError as above."""
        answer = self._ask(Order(Task.VIDEO, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, Opened)
        return answer.seconds

    def next_of_video(self, path: Path, name: str) -> Pixels:
        """The next picture of a video file, the first again after the last; raises ImageError as above."""
        answer = self._ask(Order(Task.NEXT, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, DecodedImage)
        return answer.pixels

    def open_slide(self, path: Path, name: str) -> SlideInfo | None:
        """As ``SlideOpener.open`` (``sources/slides/opener.py``); raises ImageError, also where a limit is reached."""
        answer = self._ask(Order(Task.SLIDE, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, SlideOpened)
        return answer.info

    def slide_part(self, path: str, name: str, part: tuple[int, ...]) -> Pixels:
        """As ``SlideOpener.read`` (``sources/slides/opener.py``); raises ImageError, also where a limit is reached."""
        answer = self._ask(Order(Task.PART, name, 0, False, decoding.MAX_PIXELS, path=path, part=part), b"")
        assert isinstance(answer, DecodedImage)
        return answer.pixels

    def close(self) -> None:
        """End the process; the next file starts another one."""
        with self._lock:
            self._drop()

    def _pixels(self, order: Order, data: bytes) -> DecodedImage:
        if not data:
            return decoding.decode_image(data, order.name)  # raises the sentence for an empty file
        answer = self._ask(order, data)
        assert isinstance(answer, DecodedImage)
        return answer

    def _ask(self, order: Order, data: bytes) -> Answer:
        with self._lock:
            for again in (True, False):
                if self._child is None:
                    self._child = DecoderChild()
                try:
                    return self._child.ask(order, data)
                except ChildGoneError as gone:
                    self._drop()
                    logger.warning("the decoding process has gone: %s", gone)
                    # Somebody else may have ended it; a file that ends it twice is the cause.
                    if again and gone.sentence is None:
                        continue
                    raise gone.error(order.name) from gone
            raise AssertionError("two tries end in an answer or an error")

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()


@cache
def decoder() -> Decoder:
    """The one of this program, for files."""
    return Decoder()


@cache
def stream_decoder() -> Decoder:
    """Another one, for pictures of streams: a large file does not hold up what is live."""
    return Decoder()
