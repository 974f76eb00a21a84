"""How much memory and time the decoding of one file may take: by the size that it declares, never by what it does."""

from __future__ import annotations

import logging
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from leukoscope.sources.windows_job import OWN_JOB

logger = logging.getLogger(__name__)

_MB = 1 << 20
FLOOR_BYTES, FILE_FACTOR, BYTES_PER_PIXEL = 256 * _MB, 4, 48
"""Memory: what libraries take for themselves, copies of the file, and the 16-bit color image that takes most."""
LOOK_BYTES = 1536 * _MB
"""More for a TIFF before its size is known: pages are compared to find smaller copies among them."""
FLOOR_S, SECONDS_PER_MEGAPIXEL = 60.0, 2.0
"""Time: a hundred times what a slow computer takes."""
FILM_BYTES = 1024 * _MB
"""Memory for opening a film: each thread of its decoder reserves some that it never takes."""
STREAM_S = 15.0
"""Time for one picture of a stream or film, of which there are many a second."""


@dataclass(frozen=True)
class Allowance:
    """What one decoding may take beyond what the process has already.

    Parameters
    ----------
    memory
        In bytes.
    seconds
        Of the processor's time, and of the clock's.
    """

    memory: int
    seconds: float


OF_SLIDE = Allowance(1024 * _MB, FLOOR_S)
"""For an opened slide, and for each part of it: an index of its tiles, some of them decoded, and the part."""


def before_size(file_bytes: int, *, tiff: bool) -> Allowance:
    """While only the head of a file is read."""
    return Allowance(FLOOR_BYTES + FILE_FACTOR * file_bytes + (LOOK_BYTES if tiff else 0), FLOOR_S)


def of_size(file_bytes: int, width: int, height: int, *, tiff: bool) -> Allowance:
    """Once width and height are known."""
    pixels = width * height
    head = before_size(file_bytes, tiff=tiff)
    return Allowance(head.memory + BYTES_PER_PIXEL * pixels, FLOOR_S + SECONDS_PER_MEGAPIXEL * pixels / 1e6)


def of_video(pixels: int) -> Allowance:
    """For one picture of a film; decoders keep up to sixteen pictures that later ones refer to."""
    return Allowance(FILM_BYTES + BYTES_PER_PIXEL * pixels, STREAM_S)


def impose(allowance: Allowance, *, memory: bool = True) -> None:
    """Let the system hold this process to it: memory on Linux and Windows, the processor's time everywhere.

    Where the system cannot, whoever waits for the process watches over it (:class:`leukoscope.sources.decoder.Decoder`
    does so everywhere).

    Parameters
    ----------
    allowance
        Beyond what the process has now.
    memory
        False leaves the limit of memory as an earlier order set it.
    """
    if sys.platform == "win32":
        OWN_JOB.limit(allowance.memory, allowance.seconds)
        return
    import resource

    if memory and sys.platform.startswith("linux"):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _lower(resource.RLIMIT_AS, pages * os.sysconf("SC_PAGESIZE") + allowance.memory)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + allowance.seconds))


def write_nothing() -> None:
    """Let this process write no files, nor what is in its memory when it crashes."""
    if sys.platform == "win32":
        return
    import resource

    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(kind, (0, 0))


def _lower(kind: int, limit: int) -> None:
    """Set the soft limit, which can be raised again for the next file; one that an administrator set stays."""
    import resource

    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
