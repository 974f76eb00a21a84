"""Finding whole JPEG pictures in whatever bytes a camera sends.

Cameras disagree on everything around the pictures: boundaries with and without dashes or quotes, none before the first
part (arduino-esp32, Tasmota), no Content-Length or a wrong one, lines that end in LF, pictures one after the other with
nothing between them. The pictures themselves say where they begin and end (ITU-T T.81, annex B), so only they are read.
"""

from __future__ import annotations

import re

LARGEST = 64_000_000
"""Bytes of one picture; more without an end is no picture."""

START = b"\xff\xd8\xff"
_SCAN_ENDS = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""In coded data 0xFF is followed by 0 or a restart marker; anything else is the next segment."""
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
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
