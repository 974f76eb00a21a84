"""Finding whole JPEG pictures in whatever bytes a camera sends.

Cameras disagree on everything around the pictures: boundaries with and without dashes or quotes, none before the first
part (arduino-esp32, Tasmota), no Content-Length or a wrong one, lines that end in LF, pictures one after the other with
nothing between them. The pictures themselves say where they begin and end (ITU-T T.81, annex B), so only they are read.
"""

from __future__ import annotations

import logging
import re

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.decoder import stream_decoder
from leukoscope.sources.decoding import MAX_PIXELS

logger = logging.getLogger(__name__)

HEAD = 1 << 20
"""Bytes in which a picture has said its size: metadata before it have at most a few segments of 64 KiB."""
LARGEST = 64_000_000
"""Bytes of one picture; more without an end is no picture."""

START = b"\xff\xd8\xff"
_SCAN_ENDS = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""In coded data 0xFF is followed by 0 or a restart marker; anything else is the next segment."""
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a frame's header, in which height and width stand (B.2.2)."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a segment behind them."""


class TornError(ValueError):
    """The bytes begin like a JPEG picture and then are none."""


def jpeg_end(data: bytes | bytearray, start: int = 0) -> int | None:
    """Where the picture that begins at ``start`` ends.

    Segments are walked by their lengths, so that a thumbnail inside EXIF is not taken for the picture.

    Parameters
    ----------
    data
        Bytes; ``data[start:]`` begins with a start-of-image marker.
    start
        Where the picture begins.

    Returns
    -------
    int or None
        Index behind the end-of-image marker; ``None`` when it is not there yet.

    Raises
    ------
    TornError
        When another picture begins within, or there is no marker where one has to be.
    """
    at = start + 2
    while at + 2 <= len(data):
        if data[at] != 0xFF:
            raise TornError(f"no marker at byte {at - start}")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == _EOI:
            return at + 2
        elif marker == _SOI:
            raise TornError(f"another picture begins at byte {at - start}")
        elif marker in _ALONE:
            at += 2
        else:
            if at + 4 > len(data):
                return None
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == _SOS:
                found = _SCAN_ENDS.search(data, at)
                if found is None:
                    return None
                at = found.start()
    return None


def declared_pixels(data: bytes | bytearray | memoryview) -> int | None:
    """How many pixels a JPEG picture says that it has; ``None`` for what is none, or does not say so."""
    data, at = bytes(data[:HEAD]), 2
    if not data.startswith(START):
        return None
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            return int.from_bytes(data[at + 5 : at + 7], "big") * int.from_bytes(data[at + 7 : at + 9], "big")
        if marker == _SOS:
            return None
        at += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def decoded(data: bytes) -> Pixels | None:
    """A picture, decoded in a process with limits; ``None`` when it is none, or is larger than any that is opened.

    Its size is known before memory is taken, here and there.
    """
    pixels = declared_pixels(data)
    if pixels is None or not 0 < pixels <= MAX_PIXELS:
        return None
    try:
        return stream_decoder().decode_stream_image(data, pixels, "a picture")
    except ImageError as error:
        logger.info("a picture of a stream is refused: %s", error.detail)
        return None


class JpegSplitter:
    """Takes bytes as they come, gives whole pictures.

    ``torn`` counts the pictures that began and were none.
    """

    def __init__(self) -> None:
        self._kept = bytearray()
        self.torn = 0

    def add(self, data: bytes) -> None:
        """Take more bytes."""
        self._kept += data

    @property
    def begun(self) -> bool:
        """Whether a picture has begun whose end is not there yet."""
        return self._kept.startswith(START)

    def next(self) -> bytes | None:
        """The next whole picture; ``None`` when more bytes are needed."""
        while (start := self._kept.find(START)) >= 0:
            del self._kept[:start]
            try:
                end = jpeg_end(self._kept)
            except TornError:
                end = -1
            if end is None and len(self._kept) <= LARGEST:
                return None
            if end is None or end < 0:
                self.torn += 1
                del self._kept[: len(START)]
                continue
            picture = bytes(self._kept[:end])
            del self._kept[:end]
            return picture
        # The beginning of a picture can be cut in two.
        del self._kept[: max(0, len(self._kept) - len(START) + 1)]
        return None
