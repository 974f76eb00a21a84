"""Run a program where there is no network, and keep every attempt to connect, to send or to resolve a name."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.tools import tool

CALLS = "connect,sendto,sendmsg,sendmmsg"
_ATTEMPT = re.compile(r"(\w+)\(.*?(sa_family=AF_(?!UNIX|UNSPEC|NETLINK)\w+[^}]*)\}")
_HOOK = """
import os, sys
_kept = open(os.environ["OFFLINE_AUDIT"], "a", buffering=1)
def _hook(event, args):
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}:
        _kept.write(f"resolve {event} {args[:2]!r}\\n")
sys.addaudithook(_hook)
"""
"""Python's own look-ups, in every Python process: one that needs no server (a number, /etc/hosts) calls no system."""


@dataclass(frozen=True)
class Ran:
    """What a program did.

    Parameters
    ----------
    code
        Its exit code.
    said
        Standard output and error together.
    attempts
        Each attempt to reach or to find another computer, of it and all its children.
    left
        Files that it wrote into its user's home folder.
    """

    code: int
    said: str
    attempts: tuple[str, ...]
    left: tuple[str, ...]


def run_offline(
    command: Sequence[str], work: Path, environment: Mapping[str, str] | None = None, timeout: float = 600
) -> Ran:
    """Run a command in a network of its own that leads nowhere, with an empty home folder, under a tracer.

    Parameters
    ----------
    command
        Program and words.
    work
        An empty folder for this run.
    environment
        Variables to set.
    timeout
        Seconds.
    """
    home, hook, calls, audit = work / "home", work / "hook", work / "calls", work / "audit"
    home.mkdir(parents=True)
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(_HOOK, encoding="utf-8")
    audit.touch()
    kept = ("XDG_", "QT_", "HOME", "KERAS_HOME", "MPLCONFIGDIR", "PYMM_")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(kept)}
    variables |= {
        "HOME": str(home),
        "OFFLINE_AUDIT": str(audit),
        "PYTHONPATH": str(hook),
        "QT_QPA_PLATFORM": "offscreen",
    }
    trace = [
        tool("strace"),
        "-f",
        "-qq",
        "--seccomp-bpf",
        "-e",
        f"trace={CALLS}",
        "-e",
        "signal=none",
        "-o",
        str(calls),
    ]
    space = [tool("unshare"), *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net", "--"]
    inside = ["sh", "-c", f'{tool("ip")} link set lo up && exec "$@"', "sh", *trace, "--", *command]
    done = subprocess.run(
        [*space, *inside],
        env=variables | dict(environment or {}),
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert calls.is_file(), done.stdout
    lines = calls.read_text(encoding="utf-8", errors="replace").splitlines()
    attempts = [f"{found[1]} {found[2]}" for line in lines if (found := _ATTEMPT.search(line))]
    attempts += audit.read_text(encoding="utf-8").splitlines()
    left = tuple(str(path.relative_to(home)) for path in sorted(home.rglob("*")))
    return Ran(done.returncode, done.stdout, tuple(attempts), left)
