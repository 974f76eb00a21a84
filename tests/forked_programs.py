"""Programs of a few lines that tests run, and that may kill themselves: processes of their own, forked off one.

A new interpreter takes two seconds to import what they use; the one that waits has done so, and done nothing else: it
opened no store, holds no file and runs no thread. Where a fork is not safe, each is a new interpreter.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
CAN_FORK = sys.platform.startswith("linux")
IMPORTED = (
    "alembic.command",
    "alembic.context",
    "leukoscope.cases.store",
    "leukoscope.reports.findings_csv",
    "leukoscope.reports.findings_json",
    "leukoscope.reports.pdf",
    "leukoscope.workflow.encryption",
    "leukoscope.workflow.restore",
    "leukoscope.workflow.workbench",
    "psycopg",
    "tests.unit.cases.builders",
    "tests.unit.reports.builders",
)
"""What most of the programs use."""


def run_program(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run lines of Python as ``python -c`` does, with this environment and working folder, and wait for their end.

    Parameters
    ----------
    code
        The lines.
    words
        What follows ``-c`` in ``sys.argv``.

    Returns
    -------
    subprocess.CompletedProcess
        With the return code, negative after a signal, and what was said to both outputs.
    """
    command = [sys.executable, "-c", code, *words]
    if not CAN_FORK:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    with tempfile.TemporaryDirectory(prefix="leukoscope-program-") as folder:
        outputs = [str(Path(folder) / name) for name in ("out", "err")]
        returncode = _waiting().ask([code, words, dict(os.environ), str(Path.cwd()), *outputs])
        out, err = (Path(one).read_text(encoding="utf-8") for one in outputs)
    return subprocess.CompletedProcess(command, returncode, out, err)


class _Waiting:
    """The process that forks."""

    def __init__(self) -> None:
        # With threads of NumPy's in it, a fork would not be safe.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked_programs"],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, request: Sequence[Any]) -> int:
        """Have a program run; gives its return code."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(request)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@cache
def _waiting() -> _Waiting:
    """The one of this run."""
    waiting = _Waiting()
    atexit.register(waiting.close)
    return waiting


def serve() -> str | None:
    """Fork for each request; gives the lines to run in the process that is to run them, nothing when all is done."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "no thread may run in what is forked"
    for line in sys.stdin:
        code, words, environment, folder, *outputs = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(words, environment, folder, outputs)
            return str(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


def _become(words: Sequence[str], environment: dict[str, str], folder: str, outputs: Sequence[str]) -> None:
    """Take on what a new process would have been started with."""
    for descriptor, path in enumerate((os.devnull, *outputs)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["-c", *words]


if __name__ == "__main__":
    program = serve()
    if program is not None:
        exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
