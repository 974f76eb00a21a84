"""What ``requirements.lock`` and ``pyproject.toml`` say about packages of others."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Pinned:
    """One package of the lock.

    Parameters
    ----------
    name, version
        As pinned.
    only_for
        On which systems or Pythons; empty for all.
    """

    name: str
    version: str
    only_for: str = ""


def pinned(lock: Path = LOCK) -> tuple[Pinned, ...]:
    """Every package of a lock, in its order."""
    matches = (_PIN.match(line) for line in lock.read_text(encoding="utf-8").splitlines())
    return tuple(Pinned(one[1], one[2], (one[3] or "").strip()) for one in matches if one)


def asked_for(project: Path = ROOT / "pyproject.toml") -> dict[str, str]:
    """Packages that the project itself names -> what they are for: the program, or an extra."""
    read = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    found: dict[str, str] = {}
    for purpose, lines in {**read["optional-dependencies"], "program": read["dependencies"]}.items():
        for line in lines:
            match = _NAME.match(line)
            if match:
                found[plain(match[0])] = purpose
    return found


def plain(name: str) -> str:
    """A package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
