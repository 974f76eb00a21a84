"""Limits that Windows itself holds a process to: a job object of its own (Win32, ``winnt.h``)."""

from __future__ import annotations

import ctypes
import logging
import sys
from typing import Any

logger = logging.getLogger(__name__)

EXTENDED_LIMITS = 9
"""``JobObjectExtendedLimitInformation``."""
ACTIVE_PROCESSES, PROCESS_TIME, PROCESS_MEMORY, NO_FAULT_BOX = 0x8, 0x2, 0x100, 0x400
"""One process, which starts no other; its time; its memory; and Windows shows nobody a box when it crashes."""
_TICKS = 10_000_000
"""Of 100 ns in a second."""


class _Basic(ctypes.Structure):
    _fields_ = (
        ("per_process_user_time", ctypes.c_int64),
        ("per_job_user_time", ctypes.c_int64),
        ("limit_flags", ctypes.c_uint32),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_process_limit", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """``JOBOBJECT_EXTENDED_LIMIT_INFORMATION``."""

    _fields_ = (
        ("basic", _Basic),
        ("io", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


def limits(memory: int, seconds: float) -> ExtendedLimits:
    """What the process may have in all: committed bytes, and time of the processor."""
    made = ExtendedLimits()
    made.basic.limit_flags = ACTIVE_PROCESSES | PROCESS_TIME | PROCESS_MEMORY | NO_FAULT_BOX
    made.basic.active_process_limit = 1
    made.basic.per_process_user_time = round(seconds * _TICKS)
    made.process_memory = memory
    return made


class OwnJob:
    """The job that this process is in, made at the first limit; on other systems it does nothing."""

    def __init__(self) -> None:
        self._handle: int | None = None
        self._failed = False

    def limit(self, more_memory: int, more_seconds: float) -> bool:
        """Allow so much more than the process has taken by now; whether Windows holds it to that."""
        if sys.platform != "win32" or self._failed:
            return False
        import psutil

        process = psutil.Process()
        taken, times = process.memory_info(), process.cpu_times()
        wanted = limits(taken.private + more_memory, times.user + more_seconds)
        try:
            self._set(wanted)
        except OSError as error:
            # Whoever waits for this process watches over it all the same.
            self._failed = True
            logger.warning("no job object: %s", error)
            return False
        return True

    def _set(self, wanted: ExtendedLimits) -> None:
        if sys.platform == "win32":
            kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)
            kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
            kernel.SetInformationJobObject.argtypes = (
                ctypes.c_void_p,
                ctypes.c_int,
                ctypes.c_void_p,
                ctypes.c_uint32,
            )
            kernel.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
            new = self._handle is None
            handle = self._handle or kernel.CreateJobObjectW(None, None)
            if not handle or not kernel.SetInformationJobObject(
                handle, EXTENDED_LIMITS, ctypes.byref(wanted), ctypes.sizeof(wanted)
            ):
                raise ctypes.WinError(ctypes.get_last_error())
            if new and not kernel.AssignProcessToJobObject(handle, kernel.GetCurrentProcess()):
                raise ctypes.WinError(ctypes.get_last_error())
            self._handle = handle


OWN_JOB = OwnJob()
"""That of this process."""
