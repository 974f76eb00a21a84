"""Where the window of a home is found by another start: a place that no other person of this computer can take."""

from __future__ import annotations

import ctypes
import getpass
import hashlib
import logging
import os
import socket
import stat
import struct
import sys
from contextlib import closing
from pathlib import Path

logger = logging.getLogger(__name__)

RUNTIME = "XDG_RUNTIME_DIR"
LONGEST = 100
"""Bytes of the path of a socket: the system takes 104 to 108."""
FOLDER = "run"


def socket_name(data: Path) -> str | None:
    """Name of the socket or pipe of a home; ``None`` where there is no place that is this person's alone.

    Parameters
    ----------
    data
        The home's data folder.

    Notes
    -----
    On Linux and macOS a socket in the runtime folder that the system makes for each person at sign-in, else in a folder
    of the data folder that is made for it, mode 0700. On Windows a pipe with the person's name, which its access list
    keeps for them.
    """
    name = "leukoscope-" + hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    if sys.platform == "win32":
        return f"{name}-{hashlib.sha256(getpass.getuser().encode()).hexdigest()[:16]}"
    runtime = os.environ.get(RUNTIME, "")
    folders = [Path(runtime)] if runtime and Path(runtime).is_absolute() else []
    for folder in (*folders, data / FOLDER):
        place = folder / name
        if len(os.fsencode(place)) > LONGEST or not _is_own(folder, make=folder not in folders):
            continue
        return str(place)
    logger.warning("there is no folder of this person alone for the meeting of two starts")
    return None


def _is_own(folder: Path, *, make: bool) -> bool:
    """Whether a folder belongs to this person and nobody else can write or look into it."""
    try:
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return False
        if stat.S_IMODE(found.st_mode) & 0o077:
            folder.chmod(0o700)
            return not stat.S_IMODE(folder.lstat().st_mode) & 0o077
        return True
    except OSError as error:
        logger.info("no meeting place there: %s", type(error).__name__)
        return False


def is_same_person(descriptor: int) -> bool:
    """Whether the other end of a connected local socket or pipe is a process of the person who runs this one.

    Parameters
    ----------
    descriptor
        Of the socket, or of the client's end of a pipe on Windows.
    """
    try:
        if sys.platform == "win32":
            return _person_of_pipe(descriptor) == getpass.getuser()
        with closing(socket.socket(fileno=os.dup(descriptor))) as line:
            return _uid_of(line) == os.getuid()
    except (OSError, ValueError) as error:
        logger.warning("it is not known who is at the other end: %s", type(error).__name__)
        return False


def _uid_of(line: socket.socket) -> int:
    """User id at the other end, as the system knows it."""
    if sys.platform.startswith("linux"):
        credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[1])
    # struct xucred of BSD and macOS: version, user id, ...
    credentials = line.getsockopt(0, 1, 76)
    return int(struct.unpack_from("=II", credentials)[1])


def _person_of_pipe(handle: int) -> str:
    """Who runs the server of a named pipe (Windows)."""
    import psutil

    process = ctypes.c_ulong()
    kernel: object = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    asked = kernel.GetNamedPipeServerProcessId(ctypes.c_void_p(handle), ctypes.byref(process))  # type: ignore[attr-defined]
    if not asked:
        raise OSError("the pipe does not tell its server")
    try:
        return str(psutil.Process(process.value).username()).rpartition("\\")[2]
    except psutil.Error as error:
        raise OSError("the server of the pipe is not to be seen") from error
