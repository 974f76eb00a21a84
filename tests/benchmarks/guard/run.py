"""A whole run of the guard: groups in processes of their own, and what is known of the machine meanwhile."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.guard.ratios import Better, Measured, Row, of_run

PROCESSES = 3
"""So many processes measure each group: what differs from start to start counts as noise."""
CHILD_LIMIT_S = 900


@dataclass(frozen=True)
class Machine:
    """Where and of what a run was made."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    commit: str
    when: str
    load: float


@dataclass(frozen=True)
class Run:
    """All rows of a run by name, and its machine."""

    machine: Machine
    rows: dict[str, Measured]


def processor_name() -> str:
    """The processor by its maker's name where the system tells, else its kind."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def this_machine() -> Machine:
    """What runs here, now."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return Machine(
        processor=processor_name(),
        cores=psutil.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        commit=described.stdout.strip(),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0,
    )


def measured_group(name: str, processes: int, slow: float = 0.0) -> Iterator[tuple[str, Measured]]:
    """The rows of one group.

    Raises
    ------
    RuntimeError
        When a process fails, with the end of what it said.
    """
    answers = [_child(name, slow) for _ in range(processes)]
    times = [answer["times"] for answer in answers]
    for said in answers[0]["rows"]:
        row = Row(**{**said, "better": Better(said["better"])})
        yield row.name, of_run(row, times)


def _child(name: str, slow: float) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.guard.child", name, "--slow", str(slow)]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=CHILD_LIMIT_S, env=quiet)
    if done.returncode:
        raise RuntimeError(f"the group {name} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measured_run(
    groups: Sequence[str], processes: int = PROCESSES, slow: float = 0.0
) -> Iterator[tuple[str, Measured]]:
    """All rows of these groups, as they are measured."""
    for name in groups:
        yield from measured_group(name, processes, slow)
