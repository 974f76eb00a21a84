"""Which libraries of the building machine's Windows go along: none of Wine's, none that every Windows 10 has.

Microsoft's C++ runtime, which it allows to be packed beside a program, comes from PySide6's wheel, so that the
package is the same wherever it is built; what PySide6 has not comes from the package ``msvc-runtime``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

RUNTIME = (
    "concrt140.dll",
    "msvcp140.dll",
    "msvcp140_1.dll",
    "msvcp140_2.dll",
    "vcruntime140.dll",
    "vcruntime140_1.dll",
)
THREADS = "vcruntime140_threads.dll"
"""TensorFlow imports it; a Windows has it only where the newest runtime was installed for another program."""
# The universal C runtime and its names belong to Windows since version 10; a copy would not even be loaded.
_SYSTEM = re.compile(r"(^|[/\\])(api-ms-win-[\w-]+|ext-ms-win-[\w-]+|ucrtbase)\.dll$", re.IGNORECASE)
_WINE = re.compile(rb"Wine (builtin|placeholder) DLL")
_DOS_HEADER = 256
"""Bytes; Wine marks what it made between the two headers."""

Entry = tuple[str, str, str]
"""As PyInstaller lists a file: where it goes, where it lies, of which kind it is."""


def is_from_wine(library: Path) -> bool:
    """Whether a library is a part of Wine."""
    with library.open("rb") as stream:
        return bool(_WINE.search(stream.read(_DOS_HEADER)))


def with_own_runtime(entries: Iterable[Entry], pyside: Path, threads: Path) -> list[Entry]:
    """The binaries with Microsoft's runtime from PySide6, without what Windows or Wine brings.

    Parameters
    ----------
    pyside
        The package's folder.
    threads
        The file of :data:`THREADS`.
    """
    kept = [
        one
        for one in entries
        if Path(one[0].replace("\\", "/")).name.lower() not in (*RUNTIME, THREADS)
        and not _SYSTEM.search(one[0])
        and not is_from_wine(Path(one[1]))
    ]
    sources = {**{name: pyside / name for name in RUNTIME}, THREADS: threads}
    return [*kept, *((name, str(path), "BINARY") for name, path in sources.items())]


def threads_library(folder: Path) -> Path:
    """Where :data:`THREADS` lies below a folder of Python's: the nearest place, for pip may put it into several.

    Raises
    ------
    SystemExit
        When it is not there.
    """
    found = sorted(folder.rglob(THREADS), key=lambda path: len(path.parts))
    if not found:
        raise SystemExit(f"{THREADS} is not below {folder}; install the package msvc-runtime.")
    return found[0]
