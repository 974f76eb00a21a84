"""Whether the disk has room for the next cases."""

from __future__ import annotations

import logging
from pathlib import Path

import psutil

logger = logging.getLogger(__name__)

SCARCE = 2_000_000_000
"""Bytes below which it is said: a thousand fields as a camera gives them, 2 MB each."""


def disk_warning(folder: Path, scarce: int = SCARCE) -> str:
    """A sentence when less than ``scarce`` bytes are free where the folder lies; empty while there is room."""
    try:
        free = psutil.disk_usage(str(folder)).free
    except OSError as error:
        logger.warning("free space not known: %r", error)
        return ""
    return f"Only {free / 1e9:.1f} GB are free for cases; make room on the disk." if free < scarce else ""
