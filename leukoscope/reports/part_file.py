"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from leukoscope.domain.errors import ReportError
from leukoscope.system.durable import open_private, part_of, put_in_place, sync_stream
from leukoscope.system.temporary_files import PREFIX, STAGES

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if hasattr(errno, "EDQUOT") else {errno.ENOSPC, errno.EFBIG}


@contextmanager
def part_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` for writing; it takes the name ``path`` when all went well, else it goes away.

    It is readable by this user only: what leaves is patients' data.

    Raises
    ------
    ReportError
        When the disk is full or the folder cannot be written.
    """
    part = part_of(path)
    try:
        with STAGES.noted(part):
            with open_private(part) as stream:
                yield stream
                sync_stream(stream)
            put_in_place(part, path)
    except OSError as error:
        raise ReportError(_sentence(path, error), repr(error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def growing_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that can be read while it grows, and stays whatever happens.

    Raises
    ------
    ReportError
        When the disk is full or the folder cannot be written.
    """
    try:
        with open_private(path) as stream:
            yield stream
            sync_stream(stream)
    except OSError as error:
        raise ReportError(_sentence(path, error), repr(error)) from error


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A folder of its own beside a file that is put together of several: they lie where it will lie, nowhere else.

    Raises
    ------
    ReportError
        When the disk is full or the folder cannot be written.
    """
    with disk_told(path):
        made = tempfile.TemporaryDirectory(prefix=PREFIX, dir=path.absolute().parent)
        with made as name, STAGES.noted(Path(name)):
            yield Path(name)


@contextmanager
def disk_told(path: Path) -> Iterator[None]:
    """Say of whatever the disk refuses on the way to a file that it is about this file.

    Raises
    ------
    ReportError
        When the disk is full or a folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise ReportError(_sentence(path, error), repr(error)) from error


def _sentence(path: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"There is no room on the disk for “{path.name}”; free some space, then try again."
    if isinstance(error, FileNotFoundError):
        return f"The folder for “{path.name}” does not exist; choose another one."
    return f"“{path.name}” cannot be written; close it in other programs or choose another folder."
