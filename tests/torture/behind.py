"""Edits behind the program's back, each found and named: the tests of ``audit verify`` and ``check`` do that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.torture.called import REPOSITORY, counted
from tests.torture.tally import Tally, Until

NAMES = ("test_behind_the_back", "test_waiting_seals", "test_audit_trail")
TESTS = tuple(f"tests/unit/cases/{name}.py" for name in NAMES)


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """All of them; nothing is drawn."""
    there = [name for name in (only or TESTS) if (REPOSITORY / name).exists()]
    yield from counted(Tally("behind the back", "edits of rows, files and the trail"), there, until)
