"""A power cut right after an acknowledgement: what is promised must be on the disk, file and name, not on its way."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from leukoscope.cases.database import ANCHOR_FILE
from leukoscope.system.temporary_files import PREFIX
from tests.torture.home import prepare
from tests.torture.operation import OPERATIONS
from tests.torture.tally import Tally, Until
from tests.torture.tracing import Call, attempt, context

_PATH = re.compile(r"<(/[^>]*)>")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PASSING = (
    "/home/logs/", "/home/cache/", "/temp/", "-shm", ".lock", "errors.txt", "/workers/", "/presence/", f"/{PREFIX}",
)  # fmt: skip
"""What no acknowledgement promises; a stage is put together beside its target and goes."""


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Look at the calls of every operation; nothing is drawn."""
    tally = Tally("power cut", "after an acknowledgement")
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        root, server = prepare(folder / "template"), context()
        for operation in list(only or OPERATIONS)[:most]:
            if until.is_over and tally.tried:
                break
            one = root.copy_to(folder / "one")
            made = attempt(server, operation, one)
            for number, left in enumerate(unsafe(made.calls, str(one.folder)), start=1):
                named = ", ".join(path.removeprefix(str(one.folder)) for path in sorted(left))
                tally.count(f"{operation}, write {number}: not on the disk yet: {named}" if left else None)
            yield tally


def unsafe(calls: list[Call], folder: str) -> Iterator[set[str]]:
    """For each acknowledgement, what a power cut would take: files, and folders of new names."""
    dirty: set[str] = set()
    names: set[str] = set()
    speaker = next((one.thread for one in calls if one.name == "writev" and "fact" in one.text), 0)
    for call in calls:
        if call.name == "writev" and "fact" in call.text:
            # An anchor that lags only checks less; one with no content would be taken for a forged one.
            lacking = dirty | {name for name in names if not name.endswith(ANCHOR_FILE)}
            yield {path for path in lacking if path.startswith(folder) and not any(p in path for p in _PASSING)}
        elif "= -1" in call.text:
            continue
        elif call.name in {"write", "pwrite64", "ftruncate", "fallocate", "sendfile", "copy_file_range"}:
            # What another thread is just about to commit, nobody was promised.
            if not (call.thread != speaker and "-wal>" in call.text):
                dirty.update(_PATH.findall(call.text)[:1])
        elif call.name in {"fsync", "fdatasync"}:
            for path in _PATH.findall(call.text)[:1]:
                dirty.discard(path)
                names = {name for name in names if str(Path(name).parent) != path}
        elif call.name.startswith(("rename", "link")):
            _rename(call, dirty, names)
        elif call.name.startswith("unlink"):
            gone = set(_QUOTED.findall(call.text)[:1])
            dirty -= gone
            names -= gone


def _rename(call: Call, dirty: set[str], names: set[str]) -> None:
    quoted = _QUOTED.findall(call.text)
    if len(quoted) < 2:
        return
    old, new = quoted[0], quoted[1]
    names.discard(old)
    names.add(new)
    moved = {path for path in dirty if path == old or path.startswith(f"{old}/")}
    dirty -= moved
    dirty |= {new + path.removeprefix(old) for path in moved}
