"""``make foreign-software``: every package of others, from the lock, as a table for the papers of a laboratory."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from locked import asked_for, pinned, plain


def license_of(name: str) -> str:
    """What an installed package says of its licence."""
    try:
        one: Distribution = distribution(name)
    except PackageNotFoundError:
        return "not installed here; see the package's own files"
    said = one.metadata.get("License-Expression") or ""
    classified = [text.rpartition(" :: ")[2] for text in one.metadata.get_all("Classifier") or [] if "License" in text]
    first = (one.metadata.get("License") or "see its files").splitlines() or ["see its files"]
    return said or ", ".join(classified) or first[0][:80]


def table() -> str:
    """The table, in Markdown."""
    purposes = asked_for()
    lines = ["| package | version | licence | asked for by | only for |", "|---|---|---|---|---|"]
    for one in pinned():
        purpose = purposes.get(plain(one.name), "another package")
        lines.append(f"| {one.name} | {one.version} | {license_of(one.name)} | {purpose} | {one.only_for or 'all'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
