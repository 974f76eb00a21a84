"""Linux: take out of a frozen folder what only a debugger reads, and keep one copy of what is there twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import icu_data

SMALLEST = 20_000
"""Bytes; smaller libraries are left as they are."""
WORTH = 0.9
"""A stripped library replaces the first when it has at most this part of its size."""

_LOAD = """
import ctypes, sys
for path in sys.argv[1:]:
    try:
        ctypes.CDLL(path, mode=1)
        print("yes", flush=True)
    except OSError:
        print("no", flush=True)
"""


def slim(program: Path) -> None:
    """Make a frozen folder smaller without changing what it does."""
    for library in (path for path in program.rglob("libicudata.so.*") if not path.is_symlink()):
        icu_data.empty_tables(library)
    strip_libraries(program)
    join_copies(program)


def strip_libraries(program: Path) -> None:
    """Take the names of inner functions out of libraries that still load afterwards."""
    inside = program / "_internal"
    thin: dict[Path, Path] = {}
    for path in sorted(inside.rglob("*.so*")):
        # Libraries of the two OpenBLAS builds have been patched in a way that strip does not follow.
        if path.is_symlink() or not path.is_file() or path.stat().st_size < SMALLEST or "openblas" in path.name:
            continue
        small = path.with_name(path.name + ".thin")
        done = subprocess.run(
            ["strip", "--strip-unneeded", "-o", str(small), str(path)], capture_output=True, check=False
        )
        if done.returncode == 0 and small.stat().st_size <= WORTH * path.stat().st_size:
            thin[path] = small
        else:
            small.unlink(missing_ok=True)
    before, after = _loading(inside, list(thin)), _loading(inside, list(thin.values()))
    for (path, small), was, remains in zip(thin.items(), before, after, strict=True):
        if remains or not was:
            small.chmod(path.stat().st_mode)
            small.replace(path)
        else:
            small.unlink()


def _loading(inside: Path, libraries: list[Path]) -> list[bool]:
    """Whether each library can be opened by a Python beside the program's own libraries."""
    places = sorted({str(path.parent) for path in inside.rglob("*.so*")})
    environment = {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join([str(inside), *places])}
    found = []
    for library in libraries:
        # Each in a process of its own: one that breaks says nothing of the next.
        run = subprocess.run(
            [sys.executable, "-c", _LOAD, str(library)], capture_output=True, text=True, env=environment, check=False
        )
        found.append(run.stdout.strip() == "yes")
    return found


def join_copies(program: Path) -> None:
    """Make large files with the same content one file with several names."""
    seen: dict[tuple[int, bytes], Path] = {}
    for path in sorted(program.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size < SMALLEST:
            continue
        mark = (path.stat().st_size, _hash(path))
        first = seen.setdefault(mark, path)
        if first != path and path.stat().st_ino != first.stat().st_ino:
            path.unlink()
            path.hardlink_to(first)


def _hash(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
