"""Two programs on one store, and one of them is killed at a moment drawn by chance: no acknowledged write is gone."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from leukoscope.cases.store import CaseStore
from tests.torture.facts import LostError, need_sound
from tests.torture.tally import Tally, Until
from tests.torture.tracing import context
from tests.torture.writers import listen, start

FIRST_S, LONGEST_S = 60.0, 1.5
"""Patience for the first write; then the longest time until the kill."""


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Kill as often as time allows; a store is used again and again."""
    rng = random.Random(seed)
    writes, stores = (
        Tally("two programs", "acknowledged writes, one killed"),
        Tally("two programs", "stores after a kill"),
    )
    server = context()
    server.set_forkserver_preload(["tests.torture.scribe"])
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder, said = Path(name) / "cases", []
        CaseStore(folder).close()
        turn = 0
        while turn == 0 or not (until.is_over or turn == most):
            writers = [start(server, folder, "", f"{turn}{letter}") for letter in "ab"]
            listen(writers, FIRST_S, lambda writers=writers: all(one.of("number") or one.ended for one in writers))
            listen(writers, rng.uniform(0, LONGEST_S))
            writers[0].kill()
            listen(writers[1:], rng.uniform(0, LONGEST_S))
            for one in writers:
                one.close()
                said += one.said
            stores.count(_fault(folder, said, writes))
            turn += 1
            yield from (writes, stores)


def _fault(folder: Path, said: list[dict[str, object]], writes: Tally) -> str | None:
    unkind = [one for one in said if "crashed" in one or "refused" in one]
    store = CaseStore(folder)
    try:
        from tests.torture.scribe import missing

        count, lost = missing(store, said)
        writes.tried, writes.survived = count, count - len(lost)
        writes.losses = lost[:10]
        need_sound(store)
    except LostError as error:
        return str(error)
    finally:
        store.close()
    return f"a program was refused or died: {unkind[0]}" if unkind else None
