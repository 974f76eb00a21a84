"""Programs of other people that tests judge with; the set-up for tests brings them, so none is ever left out."""

from __future__ import annotations

import os
import shutil

SET_UP = "python3 resources/setup/test_tools.py"


def tool(name: str) -> str:
    """Path of a program; fails with the command that brings it."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]))
    assert path, f"{name} is missing; run {SET_UP}"
    return path
