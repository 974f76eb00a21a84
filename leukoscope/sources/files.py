"""Image files and folders as Frames."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind, Pixels
from leukoscope.sources.dicom_head import HEAD_BYTES, is_dicom
from leukoscope.sources.other_folders import is_hidden, no_fields_in

SUFFIXES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".webp",
        ".gif",
        ".avif",
        ".heic",
        ".heif",
        ".jp2",
        ".j2k",
        ".jpf",
        ".jpx",
        ".jxl",
        ".dcm",
        ".dicom",
        ".czi",
        ".nd2",
        ".lif",
    }
)
"""What a file in a folder must be called to be taken for an image; a file given by name may be called anything."""

_ESCAPE = re.compile(rb"\\x([89a-f][0-9a-f])")

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
    left_out
        How many images lie in folders that hold no fields, by the folder's name.
    """

    paths: tuple[Path, ...]
    errors: tuple[tuple[Path, ImageError], ...]
    left_out: tuple[tuple[str, int], ...] = ()


def shown(path: Path | str) -> str:
    """A path as text that can be printed, stored and sent: bytes of its name that are no UTF-8 become escapes."""
    text = str(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text


def path_of(text: str) -> Path:
    """The file that :func:`shown` shows as ``text``."""
    path = Path(text)
    if "\\x" not in text or path.exists():
        return path
    raw = _ESCAPE.sub(lambda byte: bytes([int(byte[1], 16)]), text.encode("utf-8"))
    unescaped = Path(os.fsdecode(raw))
    return unescaped if unescaped.exists() else path


def decode_frame(data: bytes, origin: FrameOrigin) -> Frame:
    """Decode the bytes of an image file, in the process for foreign files.

    Parameters
    ----------
    data
        A whole image file.
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
    from leukoscope.sources.decoder import decoder

    decoded = decoder().image(data, origin.name)
    microscope = origin.microscope.completed(decoded.microscope)
    stage, taken_at = origin.stage or decoded.stage, origin.taken_at or decoded.taken_at
    origin = replace(origin, microscope=microscope, stage=stage, taken_at=taken_at)
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
    origin = FrameOrigin(OriginKind.FILE, shown(path.name), path=shown(path.absolute()))
    return decode_frame(read_bytes(path), origin)


def decode_pasted(data: bytes, name: str) -> Pixels:
    """Pixels of an image that was copied as the bytes of a file, decoded in the process for foreign files.

    Raises
    ------
    ImageError
        When it is none, is damaged or too large.
    """
    if len(data) > MAX_FILE_BYTES:
        raise ImageError(f"“{name}” is too large to be one image; choose an image file.", f"{len(data)} bytes")
    from leukoscope.sources.decoder import decoder

    return decoder().image(data, name).pixels


def read_bytes(path: Path) -> bytes:
    """Read a whole file.

    Raises
    ------
    ImageError
        When it is missing, a folder, not readable or larger than ``MAX_FILE_BYTES``.
    """
    try:
        if path.is_dir():
            raise ImageError(f"“{shown(path.name)}” is a folder; open it as a folder, or choose an image in it.")
        if not path.exists():
            message = f"“{shown(path.name)}” does not exist; check its name and that its drive is connected."
            raise ImageError(message, cause=Cause.UNREACHABLE)
        if not path.is_file():
            raise ImageError(f"“{shown(path.name)}” is not a file; choose an image file.")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ImageError(
                f"“{shown(path.name)}” is too large to be one image; if it is a slide, open it alone.", f"{size} bytes"
            )
        return path.read_bytes()
    except PermissionError as error:
        message = f"“{shown(path.name)}” may not be read; ask the owner of the file for permission."
        raise ImageError(message, repr(error)) from error
    except (OSError, ValueError) as error:
        message = f"“{shown(path.name)}” cannot be read; check that its drive is connected and copy it again."
        raise ImageError(message, repr(error)) from error


def find_images(paths: Sequence[Path]) -> ImageListing:
    """List the image files among files and in folders (with their subfolders).

    Parameters
    ----------
    paths
        Files, taken as they are, and folders, walked without following links. Folders of previews, recycle bins and
        maps of an earlier run are left out (:mod:`leukoscope.sources.other_folders`), unless one is all that is asked
        for; hidden files and folders are left out.

    Returns
    -------
    ImageListing
        Never raises: what is wrong with a path stands in ``errors``.
    """
    found: dict[Path, None] = {}
    errors: list[tuple[Path, ImageError]] = []
    left_out: Counter[str] = Counter()
    for path in paths:
        try:
            if len(paths) > 1 and no_fields_in(path):
                left_out[shown(path.name)] += _count(path)
            else:
                found.update(dict.fromkeys(_images_in(path, left_out)))
        except ImageError as error:
            errors.append((path, error))
    return ImageListing(tuple(found), tuple(errors), tuple(sorted((+left_out).items())))


def natural_key(path: Path) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """Sort key that puts "cell 2" before "cell 10", folder by folder, upper and lower case alike."""
    return tuple(
        tuple((0, int(run), "") if run.isdecimal() else (1, 0, run.casefold()) for run in re.findall(r"\d+|\D+", part))
        for part in path.parts
    )


def _images_in(path: Path, left_out: Counter[str]) -> list[Path]:
    try:
        exists, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        message = f"“{shown(path.name)}” may not be read; ask its owner for permission."
        raise ImageError(message, repr(error), cause=Cause.UNREACHABLE) from error
    if not exists:
        message = f"“{shown(path.name)}” does not exist; check its name and that its drive is connected."
        raise ImageError(message, cause=Cause.UNREACHABLE)
    return _walk(path, left_out) if is_folder else [path]


def _walk(folder: Path, left_out: Counter[str]) -> list[Path]:
    unreadable: list[OSError] = []
    found: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=unreadable.append):
        others = [name for name in folders if no_fields_in(Path(parent, name))]
        left_out.update({shown(name): _count(Path(parent, name)) for name in others})
        folders[:] = [name for name in folders if name not in others]
        images = [name for name in files if _is_image(name)]
        left_out["hidden"] += sum(is_hidden(name) for name in images)
        found += [Path(parent, name) for name in images if not is_hidden(name)]
        found += [Path(parent, name) for name in files if not _is_image(name) and _is_unnamed_dicom(Path(parent, name))]
    if not found and unreadable:
        message = f"The folder “{shown(folder.name)}” may not be opened; ask its owner for permission."
        raise ImageError(message, repr(unreadable[0]), cause=Cause.UNREACHABLE)
    if not found:
        raise ImageError(f"The folder “{shown(folder.name)}” holds no images; choose another folder.")
    return sorted(found, key=natural_key)


def _is_image(name: str) -> bool:
    # What macOS writes beside each file on other disks (“._cell.jpg”) is no image, whatever it is called.
    return Path(name).suffix.casefold() in SUFFIXES and not name.startswith("._")


def _is_unnamed_dicom(path: Path) -> bool:
    """Whether a file is DICOM as disks and archives have it: without an ending, or called by a number with dots."""
    ending = path.suffix[1:]
    if (ending and not ending.isdecimal()) or is_hidden(path.name) or path.name.casefold() == "dicomdir":
        return False
    try:
        with path.open("rb") as file:
            return is_dicom(file.read(HEAD_BYTES))
    except (OSError, ValueError):
        return False


def _count(folder: Path) -> int:
    return sum(_is_image(name) for _, _, files in os.walk(folder) for name in files)
