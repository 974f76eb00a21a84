"""The version of a package: the git tag, and how far the commit is from it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_DESCRIBED = re.compile(
    r"v(?P<tag>[0-9][^-]*(?:-[a-z]+[0-9]*)?)-(?P<ahead>\d+)-g(?P<commit>[0-9a-f]+)(?P<dirty>-dirty)?"
)
_WRITTEN = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


def from_description(described: str, written: str, commits: int, commit: str) -> str:
    """A PEP 440 version.

    Parameters
    ----------
    described
        What ``git describe --tags --long --dirty`` says; empty where there is no tag.
    written
        The version in the sources, used where there is no tag.
    commits, commit
        Number of commits and short name of the newest one.
    """
    match = _DESCRIBED.fullmatch(described)
    if match is None:
        return f"{written}.dev{commits}+g{commit}" if commit else written
    tag = match["tag"].replace("-", "")
    if match["ahead"] == "0" and not match["dirty"]:
        return tag
    mark = ".dirty" if match["dirty"] else ""
    return f"{tag}.post{match['ahead']}+g{match['commit']}{mark}"


def of_checkout(root: Path) -> str:
    """Version of a checkout; outside of git the one that is written in the sources."""
    match = _WRITTEN.search((root / "leukoscope" / "__init__.py").read_text(encoding="utf-8"))
    if match is None:
        raise SystemExit("leukoscope/__init__.py names no version.")
    described = _git(root, "describe", "--tags", "--long", "--dirty", "--abbrev=8", "--match", "v[0-9]*")
    count, commit = _git(root, "rev-list", "--count", "HEAD"), _git(root, "rev-parse", "--short=8", "HEAD")
    return from_description(described, match[1], int(count or 0), commit)


def write_into(sources: Path, version: str) -> None:
    """Write the version into a copy of the sources."""
    file = sources / "leukoscope" / "__init__.py"
    text, count = _WRITTEN.subn(f'__version__ = "{version}"', file.read_text(encoding="utf-8"))
    if count != 1:
        raise SystemExit(f"{file} names no version.")
    file.write_text(text, encoding="utf-8")


def debian(version: str) -> str:
    """As Debian sorts it: a development version stands before its release."""
    return version.replace(".dev", "~dev").replace(".post", "+post")


def four_numbers(version: str) -> str:
    """As Windows wants it: ``a.b.c.d`` with figures only; ``d`` counts the commits since the tag."""
    match = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[a-z]+\d*)?(?:\.(?:dev|post)(\d+))?", version)
    if match is None:
        raise SystemExit(f"{version} is no version.")
    return ".".join(str(min(int(part or 0), 65535)) for part in match.groups())


def _git(root: Path, *words: str) -> str:
    try:
        run = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
