"""Which files may be slides, told in no time: nothing is imported for it, and a few bytes are read."""

from __future__ import annotations

from pathlib import Path

TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
"""First four bytes of every TIFF."""
SLIDE_SUFFIXES = frozenset(
    {".svs", ".ndpi", ".scn", ".mrxs", ".bif", ".vms", ".vmu", ".svslide", ".dcm", ".tif", ".tiff", ".btf", ".tf8"}
)
"""What files of slides are called; others are looked into only where their first bytes are those of TIFF or DICOM."""
_CZI_START = b"ZISRAWFILE"
_SMALLEST_FILE = 300_000
"""A file of more than ``decoding.MAX_PIXELS`` has more bytes than this: as many pixels a byte are refused elsewhere."""


def may_be_slide(path: Path) -> bool:
    """Whether it is worth opening a file as a slide: by its name, size and first bytes, in no time."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            start = file.read(132)
        if start[:4] in TIFF_STARTS or start.startswith(_CZI_START):
            return path.stat().st_size >= _SMALLEST_FILE
        return start[128:132] == b"DICM" or path.suffix.casefold() in SLIDE_SUFFIXES
    except OSError:
        return False
