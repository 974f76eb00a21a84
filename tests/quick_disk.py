"""Files of the tests lie in memory where the system has room: one test of a store waits forty times for the disk.

Whether the program waits for it is tested by ``tests/torture``, which looks at the calls, not at the time they take.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
NEEDED = 6 << 30
"""Bytes: several times what a run keeps at a time."""


def take_memory() -> None:
    """Let temporary files of this process and of those that it starts lie in memory, unless somebody named a folder."""
    if "TMPDIR" in os.environ or not sys.platform.startswith("linux"):
        return
    if not MEMORY.is_mount() or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    if min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) >= NEEDED:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None
