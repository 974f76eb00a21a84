"""What a file is that is not opened, and what to do about it."""

from __future__ import annotations

from PIL import UnidentifiedImageError

from leukoscope.domain.compression import is_heic
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.sources import tiff

FORMAT_NAMES = "PNG, JPEG, TIFF, BMP, WebP or GIF"
_KINDS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"II\xbc\x01", "JPEG XR"), (0, b"\xd0\xcf\x11\xe0", "Olympus OIB or Zeiss ZVI"),
    (0, b"8BPS", "Photoshop PSD"), (0, b"%PDF", "PDF"), (0, b"\x89HDF", "HDF5"),
    (0, b"PK\x03\x04", "zip"), (0, b"FUJIFILM", "camera raw"), (0, b"SIMPLE  =", "FITS"),
)  # fmt: skip
"""Where a file's first bytes stand, what they are, and what a person calls it."""


def damaged(name: str, error: Exception) -> ImageError:
    """The sentence for a file that is of a kind that is read, and not whole."""
    message = f"“{name}” is damaged or incomplete; copy it again from the microscope or camera."
    return ImageError(message, repr(error), cause=Cause.BROKEN)


def not_opened(data: bytes, name: str, error: Exception) -> ImageError:
    """The sentence for a file that Pillow does not open: damaged, text, or of a kind that is named."""
    if not isinstance(error, UnidentifiedImageError) or _known_start(data):
        return damaged(name, error)
    kind = next((kind for place, start, kind in _KINDS if data.startswith(start, place)), None)
    if kind is not None:
        sentence = f"“{name}” is a {kind} file, which is not read; export its images as {FORMAT_NAMES}."
    elif _is_text(data):
        sentence = f"“{name}” is a text file, not an image; choose a {FORMAT_NAMES} image."
    else:
        sentence = f"“{name}” is not an image this program knows; save it as {FORMAT_NAMES}."
    return ImageError(sentence, repr(error), cause=Cause.UNKNOWN_KIND)


def _known_start(data: bytes) -> bool:
    starts = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", *tiff.STARTS)
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith(starts) or is_webp or data[4:12] == b"ftypavif" or is_heic(data)


def _is_text(data: bytes) -> bool:
    start = data[:4096]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        text = start.decode("utf-8") if len(data) <= len(start) else start[:-3].decode("utf-8", errors="ignore")
    except UnicodeDecodeError:
        return False
    readable = sum(character.isprintable() or character in "\r\n\t\f" for character in text)
    return readable > 0.97 * max(len(text), 1) and len(text) > 0.5 * len(start)
