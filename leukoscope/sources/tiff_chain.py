"""The list of a TIFF's directories: walked once, before anything follows it that would follow it for ever."""

from __future__ import annotations

import struct
from typing import BinaryIO

from leukoscope.domain.errors import Cause, ImageError

MOST_PAGES = 4096
"""More than any microscope takes of one place; each costs time whether it is an image or not."""


def check_chain(file: BinaryIO, name: str) -> None:
    """Refuse a list of pages that runs in a circle or does not end.

    Parameters
    ----------
    file
        An opened TIFF; only its directories' heads are read.
    name
        What a person calls it.

    Raises
    ------
    ImageError
        As said. A list that leads out of the file is left to whoever reads the pages.
    """
    try:
        _walk(file, name)
    finally:
        file.seek(0)


def _walk(file: BinaryIO, name: str) -> None:
    order, big = _start(file)
    entry, count, word = (20, "Q", "Q") if big else (12, "H", "I")
    seen: set[int] = set()
    place = _number(file, 8 if big else 4, order + word)
    while place:
        if place in seen:
            sentence = (
                f"“{name}” is damaged, its pages point at each other in a circle; copy it again from the microscope."
            )
            raise ImageError(sentence, f"directory at {place} again", cause=Cause.BROKEN)
        if len(seen) == MOST_PAGES:
            sentence = f"“{name}” has more than {MOST_PAGES} pages; save those that show cells as images of their own."
            raise ImageError(sentence, cause=Cause.UNKNOWN_KIND)
        seen.add(place)
        entries = _number(file, place, order + count)
        if entries is None:
            return
        place = _number(file, place + struct.calcsize(order + count) + entries * entry, order + word)


def _start(file: BinaryIO) -> tuple[str, bool]:
    file.seek(0)
    start = file.read(4)
    return ("<" if start[:2] == b"II" else ">"), start[2:4] in {b"+\x00", b"\x00+"}


def _number(file: BinaryIO, place: int, kind: str) -> int | None:
    """A number at a place; ``None`` behind the file's end."""
    try:
        file.seek(place)
        return int(struct.unpack(kind, file.read(struct.calcsize(kind)))[0])
    except (struct.error, OverflowError, OSError):
        return None
