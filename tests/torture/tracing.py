"""Faults in system calls, by strace: which calls an operation makes below its own folder, and which of them fail."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from tests.tools import tool
from tests.torture.home import Root
from tests.torture.operation import forked

WRITES = (
    "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "sendfile", "copy_file_range", "rename",
    "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "link", "linkat", "openat", "writev",
)  # fmt: skip
"""Calls that change a disk; what this machine's kernel does not have is left out."""
CREATES = re.compile(r"O_CREAT")
PATIENCE_S = 120.0
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>[a-z0-9_]+)\((?P<rest>.*)$")


@dataclass(frozen=True)
class Call:
    """One traced call.

    Parameters
    ----------
    thread, name, number
        Who made it, and which of the thread's calls of this name it is, from 1.
    text
        Its arguments and result.
    """

    thread: int
    name: str
    number: int
    text: str


@dataclass
class Try:
    """What became of one operation.

    Parameters
    ----------
    facts
        What it acknowledged.
    end, sentence
        ``done``, ``refused``, ``crashed``, ``killed`` or ``hangs``; what was said.
    calls
        What was traced.
    errors
        What it wrote where a person would see a traceback.
    """

    facts: list[dict[str, Any]] = field(default_factory=list)
    end: str = "killed"
    sentence: str = ""
    calls: list[Call] = field(default_factory=list)
    errors: str = ""


def context() -> ForkServerContext:
    """A server that has imported everything an operation needs, and forks one process for each try."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["tests.torture.operation"])
    return made


def attempt(
    server: ForkServerContext,
    name: str,
    root: Root,
    inject: str = "",
    *,
    trace: bool = True,
    errors: Path | None = None,
    patience: float = PATIENCE_S,
) -> Try:
    """Let an operation run on a home.

    Parameters
    ----------
    server
        Of :func:`context`.
    name, root
        The operation, and what it works on.
    inject
        What strace does to the calls, as ``pwrite64:error=ENOSPC:when=3+``; empty for nothing.
    trace
        Whether calls are traced at all.
    errors
        Where its console goes; beside its home unless given.
    patience
        After so many seconds it hangs.
    """
    ours, theirs = server.Pipe()
    errors, log = errors or root.folder / "errors.txt", root.folder / "calls.txt"
    # No daemon: the program has processes of its own.
    child = server.Process(target=forked, args=(name, root.folder, theirs, errors))
    child.start()
    theirs.close()
    assert child.pid is not None
    tracer = _attached(child.pid, log, inject) if trace else None
    made = Try()
    try:
        os.write(ours.fileno(), b"g")
        _listen(ours, made, time.monotonic() + patience)
        if made.end == "hangs":
            child.kill()
        child.join(patience)
        if made.end == "killed" and child.exitcode == 0:
            made.end, made.sentence = "crashed", "it ended without a word"
    finally:
        ours.close()
        child.kill()
        child.join()
        child.close()
        if tracer is not None:
            tracer.communicate(timeout=30)
    made.errors = errors.read_text(encoding="utf-8", errors="replace") if errors.exists() else ""
    made.calls = _calls(log) if tracer is not None else []
    return made


def _attached(pid: int, log: Path, inject: str) -> subprocess.Popen[bytes]:
    words = [tool("strace"), "-f", "-y", "-s", "512", "-p", str(pid), "-o", str(log), "-e", f"trace={','.join(WRITES)}"]
    words += ["-e", f"inject={inject}"] if inject else []
    tracer = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    if b"attached" not in said:
        tracer.kill()
        tracer.wait()
        raise RuntimeError(f"strace does not trace: {said.decode(errors='replace').strip()}")
    return tracer


def _listen(line: Connection, made: Try, until: float) -> None:
    said = b""
    while True:
        if not wait([line], max(until - time.monotonic(), 0)):
            made.end = "hangs"
            return
        try:
            more = os.read(line.fileno(), 65536)
        except ConnectionResetError:
            more = b""
        if not more:
            break
        said += more
    for one in said.splitlines():
        raw = json.loads(one)
        if "fact" in raw:
            made.facts.append(raw["fact"])
        else:
            made.end, made.sentence = raw["end"], raw.get("sentence", "")


def _calls(log: Path) -> list[Call]:
    counts: Counter[tuple[int, str]] = Counter()
    made = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        thread, name = int(found["pid"]), found["call"]
        counts[thread, name] += 1
        made.append(Call(thread, name, counts[thread, name], found["rest"]))
    return made


def points(calls: list[Call], root: Root) -> list[tuple[str, int]]:
    """Calls that change what lies below a folder, each once: its name, and which call of a thread it is.

    What several threads have in common is one point, as the tracer counts for each thread.
    """
    here = str(root.folder)
    inside = [one for one in calls if here in one.text and (one.name != "openat" or CREATES.search(one.text))]
    inside = [one for one in inside if f"{here}/home/logs" not in one.text and one.name != "writev"]
    return list(dict.fromkeys((one.name, one.number) for one in inside))


def was_killed(made: Try) -> bool:
    """Whether the fault came in time: else the operation was over before."""
    return made.end == "killed"
