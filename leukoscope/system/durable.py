"""Writing what was promised: the file's bytes and its name are on the disk before anybody is told so.

The one place for it. Everything it makes is readable by this user only.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def sync_stream(stream: BinaryIO) -> None:
    """Bring what was written to an open file onto the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def sync_file(path: Path) -> None:
    """Bring a file that another library has written onto the disk."""
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make new names survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private(folder: Path) -> None:
    """Make a folder, and those above that are missing, readable by this user only.

    Raises
    ------
    OSError
        When it cannot be made.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        # One after the other: made as a parent, a folder would get the usual permissions.
        one.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)


def open_private(path: Path) -> BinaryIO:
    """Open a new file for writing and reading, readable by this user only from the first moment on.

    Raises
    ------
    OSError
        When it is there already or cannot be made.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, PRIVATE_FILE), "w+b")


def put_in_place(part: Path, path: Path) -> None:
    """Give a finished file, which is on the disk, its name; the name is on the disk when this returns."""
    part.replace(path)
    sync_folder(path.parent)


def part_of(path: Path) -> Path:
    """A name beside a file for it while it is not finished; of its own, for two programs may write at once."""
    return path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")


def write_private(path: Path, data: bytes) -> None:
    """Write a file in one step: at any moment there is the old one or the new one, and when it returns the new one.

    Raises
    ------
    OSError
        When it cannot be written; the old one stays.
    """
    part = part_of(path)
    try:
        with open_private(part) as stream:
            stream.write(data)
            sync_stream(stream)
        put_in_place(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def settle_tree(folder: Path) -> None:
    """Bring everything in a folder that other libraries have written onto the disk, for this user only.

    Raises
    ------
    OSError
        When a file cannot be written.
    """
    for path in sorted(folder.rglob("*")):
        path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
        if path.is_dir():
            sync_folder(path)
        elif path.is_file():
            sync_file(path)
    folder.chmod(PRIVATE_FOLDER)
    sync_folder(folder)
