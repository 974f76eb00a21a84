"""The Windows program here, under Wine: the Windows it is installed in, and what that Windows is not.

``DIFFERENCES`` has what Wine does otherwise than Windows, each with its reason; a test that heeds one names it.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from tests.package.programs import INSTALLED, REPOSITORY

if TYPE_CHECKING:
    from resources.packaging.wine_root import WineRoot

DIFFERENCES = {
    "libraries are read, not mapped": "sections of a library that do not begin at a page are copied into memory, so "
    "/proc names no file for them: which libraries a process has loaded is not asked",
    "no word of closing off the screen": "with Qt's platform offscreen close() of a window sends no event there, a "
    "window of twenty lines neither; with the platform windows it does: the start's probe ends the program itself",
    "one user": "the person is an administrator always, so what a plain user may not do is not refused",
}

START = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1]))"
READ_KEY = """
import json, sys, winreg
keys = []
for name in sys.argv[1:]:
    top, _, path = name.partition("\\\\")
    keys.append({})
    try:
        with winreg.OpenKey(getattr(winreg, top), path, access=winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as key:
            for number in range(winreg.QueryInfoKey(key)[1]):
                name, value, kind = winreg.EnumValue(key, number)
                keys[-1][name] = str(value)
    except FileNotFoundError:
        pass
sys.stdout.buffer.write(json.dumps(keys).encode())
"""


def prefix_of(program: Path) -> Path | None:
    """The pretended Windows that a file lies in; None when it is not in a drive ``C:``."""
    return next((one.parent for one in program.parents if one.name == "drive_c"), None)


def packaging_module(name: str) -> ModuleType:
    """A module of ``resources/packaging``, as its scripts import each other."""
    sys.path.insert(0, str(REPOSITORY / "resources" / "packaging"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


@cache
def wine_root(prefix: Path | None = None) -> WineRoot:
    """The Debian with Wine; made when it is not there."""
    made: WineRoot = packaging_module("wine_root").wine_root(prefix)
    return made


@cache
def windows_python() -> Path:
    """Windows' Python: it starts programs with a command line exactly as it is written."""
    module = packaging_module("windows_python")
    folder = packaging_module("wine_root").cache_folder() / "python-light"
    found: Path = module.prepare(wine_root(), folder, light=True)
    return found


def start_line(root: WineRoot, line: str, **variables: str) -> int:
    """Run a line as Windows' *Run* box would; its exit code. A setup wants ``/D=`` without quotation marks."""
    command = root.wine(windows_python(), "-c", START, line, **variables)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=900)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode


def registry(root: WineRoot, *keys: str) -> list[dict[str, str]]:
    """Values of keys of the registry; empty for one that is not there."""
    command = root.wine(windows_python(), "-c", READ_KEY, *keys)
    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    found: list[dict[str, str]] = json.loads(said)
    return found


@contextmanager
def kept_running(root: WineRoot) -> Iterator[WineRoot]:
    """A Windows that does not shut down between two programs: starting it anew takes longer than most of them."""
    waits = root.wine(windows_python(), "-c", "import sys; sys.stdin.read()")
    with subprocess.Popen(waits, stdin=subprocess.PIPE) as keeper:
        try:
            yield root
        finally:
            root.stop()
            keeper.wait(60)


def installed_root() -> WineRoot:
    """The Windows that the real program is installed in; kept from one run to the next."""
    prefix = prefix_of(INSTALLED)
    assert prefix is not None
    return wine_root(prefix)
