"""Files of a run that are whole on the disk, or are what they were before."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from leukoscope.domain.errors import StoreError


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file that is complete or, whatever happens, what it was before.

    Parameters
    ----------
    path
        The file.
    write
        Writes what belongs there to the path that it gets, whose name ends like that of ``path``.

    Raises
    ------
    StoreError
        When the disk is full or the file cannot be written; nothing half-written is left.
    """
    part = path.with_name(f".part.{path.name}")
    try:
        write(part)
        _flush(part, os.O_RDWR)
        part.replace(path)
        if os.name == "posix":  # Windows has no handle of a folder to flush.
            _flush(path.parent, os.O_RDONLY)
    except OSError as error:
        # Some libraries write under a name of their own first.
        for left in path.parent.glob(f"{part.stem}*"):
            left.unlink()
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> StoreError:
    """The sentence for a file that could not be written."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    why = "the disk is full; make room" if full else "check the disk and the rights of its folder"
    return StoreError(
        f"“{path}” cannot be written: {why}, then start the same command again; it goes on from the last epoch that "
        "was kept.",
        repr(error),
    )


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
