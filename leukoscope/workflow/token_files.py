"""A token in a file: written for this user alone, and read only when nobody else can."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from leukoscope.domain.errors import AccessError
from leukoscope.system.durable import sync_folder, sync_stream

OTHERS = stat.S_IRWXG | stat.S_IRWXO
LONGEST = 1000
"""Letters of the longest file that can be a token."""


def reserve(path: Path) -> int:
    """Make a new file for a token; gives its descriptor, which :func:`write` takes.

    Raises
    ------
    AccessError
        When something of this name is there, or it cannot be made.
    """
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise AccessError(f"“{path}” is there already; choose another name for the token.", repr(error)) from error
    except OSError as error:
        raise AccessError(f"“{path}” cannot be written; choose another place for the token.", repr(error)) from error


def write(descriptor: int, path: Path, token: str) -> None:
    """Write the token and bring it to the disk; the descriptor is closed.

    Raises
    ------
    AccessError
        When the disk is full.
    """
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{token}\n".encode("ascii"))
            sync_stream(file)
        sync_folder(path.parent)
    except OSError as error:
        raise AccessError(f"“{path}” cannot be written; choose another place for the token.", repr(error)) from error


def drop(descriptor: int, path: Path) -> None:
    """Take a file away again for which no token was made."""
    with suppress(OSError):
        os.close(descriptor)
    with suppress(OSError):
        path.unlink()


def read(path: Path) -> str:
    """The token of a file.

    Raises
    ------
    AccessError
        When others can read or change it, or it is no token.
    OSError
        When it cannot be read.
    """
    with path.open("rb") as file:
        if os.name != "nt":
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_mode & OTHERS or about.st_uid not in {os.geteuid(), 0}:
                raise AccessError(f"Others can read or change “{path}”; give it to this user alone (chmod 600).")
        text = file.read(LONGEST + 1)
    token = text.decode("ascii", "replace").strip()
    if len(text) > LONGEST or not token or not token.isprintable():
        raise AccessError(f"“{path}” is no token file; choose another.")
    return token
