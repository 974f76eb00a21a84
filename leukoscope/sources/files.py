"""Image files and folders as Frames."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.sources.decoding import decode_image

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".gif"})
"""What a file in a folder must be called to be taken for an image; a file given by name may be called anything."""

MAX_FILE_BYTES = 1 << 30
"""Larger files are not read: an uncompressed 16-bit RGB image of ``decoding.MAX_PIXELS`` has 0.72 GB."""


@dataclass(frozen=True)
class ImageListing:
    """Image files found, and why nothing was found in some places.

    Parameters
    ----------
    paths
        In the order given; within a folder in natural order ("cell 2" before "cell 10"); none twice.
    errors
        Each path given that does not exist, cannot be opened or holds no image.
    """

    paths: tuple[Path, ...]
    errors: tuple[tuple[Path, ImageError], ...]


def decode_frame(data: bytes, origin: FrameOrigin) -> Frame:
    """Decode the bytes of an image file.

    Parameters
    ----------
    data
        A whole PNG, JPEG, BMP, TIFF, WebP or GIF file.
    origin
        Where the bytes come from; ``origin.name`` is used in messages.

    Returns
    -------
    Frame
        Upright 8-bit sRGB on black; ``sha256`` is of ``data``; ``um_per_px`` where the file says it credibly.

    Raises
    ------
    ImageError
        With one sentence for the technician, for everything that is not one whole still image.
    """
    decoded = decode_image(data, origin.name)
    return Frame(decoded.pixels, origin, hashlib.sha256(data).hexdigest(), decoded.um_per_px)


def read_frame(path: Path) -> Frame:
    """Read an image file; its content decides the format, not its name.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Frame
        See :func:`decode_frame`.

    Raises
    ------
    ImageError
        When it is missing, a folder, not readable, too large, or not one whole still image.
    """
    origin = FrameOrigin(OriginKind.FILE, path.name, path=str(path.absolute()))
    return decode_frame(read_bytes(path), origin)


def read_bytes(path: Path) -> bytes:
    """Read a whole file.

    Raises
    ------
    ImageError
        When it is missing, a folder, not readable or larger than ``MAX_FILE_BYTES``.
    """
    try:
        if path.is_dir():
            raise ImageError(f"“{path.name}” is a folder; open it as a folder, or choose an image in it.")
        if not path.exists():
            raise ImageError(f"“{path.name}” does not exist; check its name and that its drive is connected.")
        if not path.is_file():
            raise ImageError(f"“{path.name}” is not a file; choose an image file.")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ImageError(f"“{path.name}” is too large to be one image; choose an image file.", f"{size} bytes")
        return path.read_bytes()
    except PermissionError as error:
        message = f"“{path.name}” may not be read; ask the owner of the file for permission."
        raise ImageError(message, repr(error)) from error
    except (OSError, ValueError) as error:
        message = f"“{path.name}” cannot be read; check that its drive is connected and copy it again."
        raise ImageError(message, repr(error)) from error


def find_images(paths: Sequence[Path]) -> ImageListing:
    """List the image files among files and in folders (with their subfolders).

    Parameters
    ----------
    paths
        Files, taken as they are, and folders, walked without following links; hidden files and folders are
        left out.

    Returns
    -------
    ImageListing
        Never raises: what is wrong with a path stands in ``errors``.
    """
    found: dict[Path, None] = {}
    errors: list[tuple[Path, ImageError]] = []
    for path in paths:
        try:
            found.update(dict.fromkeys(_images_in(path)))
        except ImageError as error:
            errors.append((path, error))
    return ImageListing(tuple(found), tuple(errors))


def natural_key(path: Path) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """Sort key that puts "cell 2" before "cell 10", folder by folder, upper and lower case alike."""
    return tuple(
        tuple((0, int(run), "") if run.isdecimal() else (1, 0, run.casefold()) for run in re.findall(r"\d+|\D+", part))
        for part in path.parts
    )


def _images_in(path: Path) -> list[Path]:
    try:
        exists, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        raise ImageError(f"“{path.name}” may not be read; ask its owner for permission.", repr(error)) from error
    if not exists:
        raise ImageError(f"“{path.name}” does not exist; check its name and that its drive is connected.")
    return _walk(path) if is_folder else [path]


def _walk(folder: Path) -> list[Path]:
    unreadable: list[OSError] = []
    found: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        found += [
            Path(parent, name)
            for name in files
            if not name.startswith(".") and Path(name).suffix.casefold() in SUFFIXES
        ]
    if not found and unreadable:
        message = f"The folder “{folder.name}” may not be opened; ask its owner for permission."
        raise ImageError(message, repr(unreadable[0]))
    if not found:
        raise ImageError(f"The folder “{folder.name}” holds no images; choose another folder.")
    return sorted(found, key=natural_key)
