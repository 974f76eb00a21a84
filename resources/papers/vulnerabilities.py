"""``make vulnerabilities``: asks the OSV database which packages of the lock are known to be vulnerable.

Only names and versions leave. Exit code 0: none is known. 1: some are; they are listed. 2: no answer, nothing is known.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from locked import Pinned, pinned

NONE, SOME, NO_ANSWER = 0, 1, 2
SERVICE = os.environ.get("LEUKOSCOPE_OSV", "https://api.osv.dev")
PATIENCE_S = 30


def ask(packages: Sequence[Pinned]) -> dict[Pinned, list[str]]:
    """Names of the known vulnerabilities of each package that has any.

    Raises
    ------
    OSError, ValueError
        When there is no network or no answer that makes sense.
    """
    queries = [{"package": {"name": one.name, "ecosystem": "PyPI"}, "version": one.version} for one in packages]
    found: dict[Pinned, list[str]] = {one: [] for one in packages}
    left = list(zip(packages, queries, strict=True))
    while left:
        body = json.dumps({"queries": [query for _, query in left]}).encode("utf-8")
        request = urllib.request.Request(f"{SERVICE}/v1/querybatch", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            results: list[dict[str, Any]] = json.load(answer)["results"]
        if len(results) != len(left):
            raise ValueError(f"{len(results)} answers to {len(left)} questions")
        again = []
        for (one, query), result in zip(left, results, strict=True):
            found[one] += [str(vulnerability["id"]) for vulnerability in result.get("vulns") or []]
            if result.get("next_page_token"):
                again.append((one, {**query, "page_token": result["next_page_token"]}))
        left = again
    return {one: names for one, names in found.items() if names}


def main(lock: Path | None = None) -> int:
    """Ask, and say what is known; returns the exit code."""
    packages = pinned(lock) if lock is not None else pinned()
    try:
        found = ask(packages)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = getattr(error, "reason", error)
        print(f"No answer from {SERVICE} ({reason}): nothing is known about {len(packages)} packages.", file=sys.stderr)
        return NO_ANSWER
    for one, names in found.items():
        print(f"{one.name} {one.version}: {', '.join(sorted(set(names)))}")
    print(f"{len(found)} of {len(packages)} packages are known to be vulnerable.")
    return SOME if found else NONE


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
