"""A real small disk: full at sixteen levels, without inodes, read-only. It is mounted where nobody else sees it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.tools import tool
from tests.torture.home import Root, prepare
from tests.torture.judging import judged
from tests.torture.one import snapshots, tell
from tests.torture.operation import OPERATIONS
from tests.torture.tally import Tally, Until
from tests.torture.tracing import attempt, context
from tests.torture.writes import lost_in

LEVELS = tuple(4096 * pages for pages in (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256))
"""So many bytes are left."""
INODES = tuple(range(8))
"""So many new files can be made."""
SIZE_MB = 64
FULL, INODES_GONE, READ_ONLY = "disk full", "inodes gone", "read-only"


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Run in a process that may mount; see :func:`inside` for what it does."""
    # Whoever may not mount may where they are alone.
    words = [tool("unshare"), "--mount", *(() if os.geteuid() == 0 else ("--map-root-user", "--user"))]
    told = {"seconds": until.seconds, "seed": seed, "only": list(only), "most": most}
    words += [sys.executable, "-W", "ignore", "-m", "tests.torture.disk", json.dumps(told)]
    yield from snapshots(words)


def inside(until: Until, seed: int, only: Sequence[str], most: int | None) -> Iterator[Tally]:
    """Every operation on a disk with so little left, in an order drawn by ``seed``."""
    tallies = {name: Tally("disk", name) for name in (FULL, INODES_GONE, READ_ONLY)}
    names = tuple(only) or tuple(OPERATIONS)
    cases = [(name, FULL, level) for name in names for level in LEVELS]
    cases += [(name, INODES_GONE, count) for name in names for count in INODES]
    cases += [(name, READ_ONLY, 0) for name in names]
    random.Random(seed).shuffle(cases)
    planned = {kind: sum(case[1] == kind for case in cases) for kind in tallies}
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        root, server = prepare(Path(folder) / "template"), context()
        disk = Path(folder) / "disk"
        disk.mkdir()
        for name, kind, left in cases:
            tally = tallies[kind]
            # Each kind once, however busy the computer is.
            if (until.is_over and tally.tried) or (most is not None and tally.tried >= most):
                continue
            loss = _tried(server, root, disk, name, kind, left)
            tally.note = f"of {planned[kind]:,} levels of operations"
            tally.count(loss)
            yield tally


def _mount(options: str, disk: Path) -> None:
    subprocess.run([tool("mount"), "-t", "tmpfs", "-o", options, "none", str(disk)], check=True)


def _tried(server: ForkServerContext, root: Root, disk: Path, name: str, kind: str, left: int) -> str | None:
    _mount(f"size={SIZE_MB}m", disk)
    try:
        one = root.copy_to(disk / "one")
        filler = disk / "filler"
        if kind == FULL:
            _fill(filler, left)
        elif kind == INODES_GONE:
            used = os.statvfs(disk)
            _mount(f"remount,nr_inodes={used.f_files - used.f_ffree + left}", disk)
        else:
            _mount("remount,ro", disk)
        # What it writes to the console goes elsewhere: the disk is what is tried.
        made = attempt(server, name, one, trace=False, errors=root.folder.parent / "errors.txt")
        filler.unlink(missing_ok=True) if kind != READ_ONLY else None
        _mount(f"remount,rw,size={SIZE_MB}m,nr_inodes=0", disk)
        loss = judged(made, one, name, may_die=False)
        return None if loss is None else lost_in(one, f"{name}, {kind}, {left} left", loss)
    finally:
        subprocess.run([tool("umount"), "--lazy", str(disk)], check=True)


def _fill(filler: Path, left: int) -> None:
    """Leave so many bytes."""
    free = os.statvfs(filler.parent)
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(free.f_bavail * free.f_frsize - left, 1))


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    tell(inside(Until(asked["seconds"]), asked["seed"], asked["only"], asked["most"]))
