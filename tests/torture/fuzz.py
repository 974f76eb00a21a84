"""Damaged inputs by the hundred thousand: a sentence or a result, soon, in bounded memory; never anything else.

How many were tried is kept in ``build/torture-counts.json``, so that the next run goes on where this one stopped.
"""

from __future__ import annotations

import json
import logging
import os
import random
import resource
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from leukoscope.domain.errors import LeukoScopeError
from tests.torture.mutating import mutated
from tests.torture.tally import Tally, Until
from tests.torture.targets import REPOSITORY, TARGETS
from tests.torture.tracing import context

COUNTS = REPOSITORY / "build" / "torture-counts.json"
BATCH = 2000
SLOW_S = 5.0
"""Of the processor's time, for one input."""
MEMORY_MB = 1500
"""More than that before is too much for one small input."""
PATIENCE_S = 120.0
MEMORY = Path("/dev/shm")
"""Inputs that readers take as files need no disk."""


def campaign(
    until: Until, seed: int, only: Sequence[str] = (), most: int | None = None, counts: Path = COUNTS
) -> Iterator[Tally]:
    """Fuzz every reader, each for the same time; ``most`` inputs of each at the most."""
    names = tuple(only) or tuple(TARGETS)
    tallies = {name: Tally("fuzzed", name) for name in names}
    done: dict[str, int] = json.loads(counts.read_text()) if counts.exists() and most is None else {}
    server = context()
    server.set_forkserver_preload(["tests.torture.targets"])
    first = True
    while first or not until.is_over:
        first = False
        for name in names:
            left = BATCH if most is None else most - tallies[name].tried
            if left <= 0 or (until.is_over and tallies[name].tried):
                continue
            begin = done.get(name, 0)
            seconds = until.left if most is None else PATIENCE_S
            tried = batch(server, name, seed if most else 0, begin, min(left, BATCH), seconds, tallies[name])
            done[name] = begin + tried
            if most is None:
                counts.parent.mkdir(exist_ok=True)
                counts.write_text(json.dumps(done, indent=1) + "\n")
        if most is not None and all(one.tried >= most for one in tallies.values()):
            break
    for name, tally in tallies.items():
        tally.note = "" if most else f"{done[name]:,} of {TARGETS[name].wanted:,} in all runs"
        yield tally


def batch(server: ForkServerContext, name: str, seed: int, begin: int, count: int, seconds: float, tally: Tally) -> int:
    """Try some inputs in a process of their own; returns how many were tried. What kills it is counted as lost."""
    ours, theirs = server.Pipe(duplex=False)
    folder = Path(tempfile.mkdtemp(prefix="torture-", dir=MEMORY if MEMORY.is_dir() else None))
    worker = server.Process(target=work, args=(theirs, folder, name, seed, begin, count, seconds))
    worker.start()
    theirs.close()
    tried, last = 0, begin
    try:
        while True:
            if not ours.poll(PATIENCE_S):
                tally.count(f"input {last} of seed {seed}: it hangs")
                return last - begin + 1
            said: int | dict[str, Any] = ours.recv()
            if isinstance(said, int):
                last = said
                continue
            for number, loss in said["losses"]:
                tally.count(f"input {number} of seed {seed}: {loss}")
            tally.count(None, said["tried"] - tried - len(said["losses"]))
            tried = said["tried"]
            if said["end"]:
                return int(tried)
    except EOFError:
        tally.count(f"input {last} of seed {seed} or soon after: the process died")
        return max(last - begin, tried) + 1
    finally:
        worker.kill()
        worker.join()
        shutil.rmtree(folder, ignore_errors=True)


def work(line: Connection, folder: Path, name: str, seed: int, begin: int, count: int, seconds: float) -> None:
    """Try inputs one after the other and say how it went."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    # What C libraries grumble about a damaged file.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    target = TARGETS[name]
    seeds = target.seeds()
    for one in seeds:
        _taken(name, one, folder)
    end = time.monotonic() + max(seconds, 1.0)
    losses: list[tuple[int, str]] = []
    tried = 0
    for number in range(begin, begin + count):
        if number % 50 == 0:
            line.send(number)
        data = mutated(seeds, random.Random(f"{name} {seed} {number}"), target.repair)
        loss = _taken(name, data, folder)
        tried += 1
        if loss is not None:
            losses.append((number, loss))
        if time.monotonic() > end:
            break
    line.send({"tried": tried, "losses": losses, "end": True})


def input_of(name: str, seed: int, number: int) -> bytes:
    """An input again, to look into what it did."""
    target = TARGETS[name]
    return mutated(target.seeds(), random.Random(f"{name} {seed} {number}"), target.repair)


def _taken(name: str, data: bytes, folder: Path) -> str | None:
    before, began = _peak_mb(), time.process_time()
    try:
        TARGETS[name].take(data, folder)
    except LeukoScopeError as error:
        if not error.message.strip() or "Traceback" in error.message:
            return f"it said {error.message!r}"
    except Exception as error:  # noqa: BLE001  that is what is looked for
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else ""
        return f"{type(error).__name__} at {place}: {str(error)[:120]}"
    took, grew = time.process_time() - began, _peak_mb() - before
    if took > SLOW_S:
        return f"it took {took:.1f} s"
    if grew > MEMORY_MB:
        return f"it took {grew:.0f} MB"
    return None


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
