"""What a child process that looks into foreign files may not do, and how much it may take."""

from __future__ import annotations

import ctypes
import errno
import logging
import platform
import struct
import sys

import psutil

logger = logging.getLogger(__name__)

_ARCHITECTURES = {"x86_64": (0xC000003E, 317, 41), "aarch64": (0xC00000B7, 277, 198)}
"""AUDIT_ARCH, and the numbers of the system calls seccomp and socket (Linux, include/uapi)."""
_INTERNET = (2, 10)
"""AF_INET and AF_INET6."""
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
"""BPF: load a word, jump when equal, return."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
_NO_NEW_PRIVILEGES = 38
_FILTER, _ALL_THREADS = 1, 1


def refuse_network() -> bool:
    """Let this process open no more connections to any network, in none of its threads; pipes stay as they are.

    Returns
    -------
    bool
        Whether that is so now: only Linux offers it to a process without rights.
    """
    kind = _ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or kind is None:
        return False
    architecture, seccomp, socket_call = kind
    program = _filter(architecture, socket_call)
    libc = ctypes.CDLL(None, use_errno=True)

    class _Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))

    given = _Program(len(program) // 8, program)
    no_rights = libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    if not no_rights or libc.syscall(seccomp, _FILTER, _ALL_THREADS, ctypes.byref(given)) != 0:
        logger.warning("the network cannot be refused to this process: %s", errno.errorcode.get(ctypes.get_errno()))
        return False
    return True


def _filter(architecture: int, socket_call: int) -> bytes:
    """Refuse ``socket`` for the internet, allow everything else; other architectures' calls are not looked at."""
    steps = (
        (_LOAD, 0, 0, 4),  # architecture
        (_EQUAL, 0, 6, architecture),
        (_LOAD, 0, 0, 0),  # number of the call
        (_EQUAL, 0, 4, socket_call),
        (_LOAD, 0, 0, 16),  # its first argument
        (_EQUAL, 1, 0, _INTERNET[0]),
        (_EQUAL, 0, 1, _INTERNET[1]),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def memory_of(pid: int) -> int:
    """Bytes of memory that a process has; 0 when it has ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
