"""Damaged inputs by the hundred thousand: a sentence or a result, soon, in bounded memory; never anything else.

How many were tried is kept in ``build/torture-counts``, so that the next run goes on where this one stopped.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path

import psutil

from tests.torture.fuzzing import PREPARING, Done, Loss, Order, Place, input_of, work
from tests.torture.keeping import keep
from tests.torture.tally import Tally, Until
from tests.torture.targets import REPOSITORY, TARGETS
from tests.torture.tracing import context

COUNTS = REPOSITORY / "build" / "torture-counts"
TURN_S = 3.0
"""So long one reader's inputs are tried before another's."""
HANG_S, HANG_WALL_S = 8.0, 300.0
"""Of the processor's time in one input, and by the clock where it only waits."""
GUARDED_S, ASKED = 1.0, 3
"""The first where the program itself gives such an input up, after a minute; so often it is asked whether it does."""
LARGEST_MB = 2500.0
"""A process with more memory than that is replaced: what an input takes would not be seen."""
MEMORY = Path("/dev/shm")
"""Inputs that readers take as files need no disk."""


@dataclass(frozen=True)
class Ended:
    """The process was ended, or ended itself, amid an input.

    Parameters
    ----------
    number, why
        The input, and how it ended.
    """

    number: int
    why: str


class Worker:
    """The process that tries inputs; another one takes its place when it is gone."""

    def __init__(self, server: ForkServerContext) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="torture-", dir=MEMORY if MEMORY.is_dir() else None))
        (self._folder / "inputs").mkdir()
        self._place = Place(self._folder / "place")
        self._line, theirs = server.Pipe()
        arguments = (theirs, self._folder / "inputs", self._folder / "place")
        self._process = server.Process(target=work, args=arguments)
        self._process.start()
        theirs.close()

    def done(self, order: Order) -> Iterator[Loss | Done | Ended]:
        """Let it try some inputs; gives losses, then how it ended."""
        # Not the first input yet: a process that has lived for long has spent more than any input may.
        self._place.tell(PREPARING, self._spent())
        self._line.send(order)
        patience = HANG_S if TARGETS[order.name].guard is None else min(HANG_S, GUARDED_S)
        seen, since = self._place.told(), time.monotonic()
        try:
            while True:
                if self._line.poll(1.0):
                    said = self._line.recv()
                    yield said
                    if isinstance(said, Done):
                        return
                elif self._place.told() != seen:
                    seen, since = self._place.told(), time.monotonic()
                elif self._is_too_much(seen, patience) or time.monotonic() - since > HANG_WALL_S:
                    self._process.kill()
                    self._process.join()
                    yield Ended(max(seen[0], order.begin), f"no end after {patience:g} s of the processor")
                    return
        except (EOFError, OSError):
            self._process.join(10)
            number = max(self._place.told()[0], order.begin)
            yield Ended(number, f"the process died, exit code {self._process.exitcode}")

    def _is_too_much(self, seen: tuple[int, float], patience: float) -> bool:
        """Whether an input has taken more of the processor's time than it may."""
        number, spent = seen
        return number != PREPARING and self._spent() - spent > patience

    def _spent(self) -> float:
        try:
            times = psutil.Process(self._process.pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system)

    def close(self) -> None:
        """End it."""
        self._line.close()
        self._process.kill()
        self._process.join()
        shutil.rmtree(self._folder, ignore_errors=True)


@dataclass
class Reader:
    """How far one reader's inputs are.

    Parameters
    ----------
    name, seed
        Of the reader, and what its inputs are drawn by.
    tally
        What came of them.
    wanted
        So many are to be tried in this run.
    next
        Number of the next input; all before it were tried, in this run or in earlier ones.
    given_up, processor_s
        Inputs whose end is the guard's work; what all of them took.
    """

    name: str
    seed: int
    tally: Tally
    wanted: int
    next: int = 0
    given_up: int = 0
    processor_s: float = 0.0
    _begun: int = 0

    @property
    def share(self) -> float:
        """Of what is wanted."""
        return self.tally.tried / self.wanted

    def order(self, seconds: float) -> Order:
        """What is to be tried next."""
        self._begun = self.next
        return Order(self.name, self.seed, self.next, self.next + self.wanted - self.tally.tried, seconds)

    def take(self, said: Loss | Done | Ended) -> None:
        """Count what came of it: up to a loss, an end amid an input, or the end of the order."""
        if isinstance(said, Done):
            self._survive(self._begun + said.tried)
            self.processor_s += said.processor_s
            return
        self._survive(said.number)
        if isinstance(said, Loss):
            self._lose(said.number, said.what)
            return
        guard = TARGETS[self.name].guard
        loss: str | None = said.why
        if guard is not None:
            loss = guard(input_of(self.name, self.seed, said.number)) if self.given_up < ASKED else None
            self.given_up += 1
        if loss is None:
            self._survive(said.number + 1)
        else:
            self._lose(said.number, f"{said.why}; {loss}" if guard else loss)

    def _survive(self, end: int) -> None:
        """All inputs before this one that were not counted yet were whole."""
        self.tally.count(None, end - self.next)
        self.next = end

    def _lose(self, number: int, loss: str) -> None:
        place = keep(f"{self.name} {self.seed} {number}", input_of(self.name, self.seed, number))
        self.tally.count(f"input {number} of seed {self.seed}: {loss}; kept as {place}")
        self.next = number + 1

    def note(self, in_all: int | None) -> None:
        """Say what else there is to say."""
        each = self.processor_s / max(self.tally.tried, 1) * 1e6
        said = [f"{each:,.0f} µs each"]
        said += [f"{self.given_up} given up by the child"] if self.given_up else []
        said += [f"{in_all:,} in all runs"] if in_all is not None else []
        self.tally.note = ", ".join(said)


def campaign(
    until: Until,
    seed: int,
    only: Sequence[str] = (),
    most: int | None = None,
    counts: Path | None = None,
) -> Iterator[Tally]:
    """Fuzz every reader, each as far as the others of what is wanted of it.

    Parameters
    ----------
    until, seed
        When to end; inputs are drawn by the seed for a short run, else they go on where the last run stopped.
    only
        Names of readers; empty for all.
    most
        So many inputs of each, for a short run.
    counts
        Where it is kept how many were tried in all runs.
    """
    names = tuple(only) or tuple(TARGETS)
    counts = counts or COUNTS
    readers = [
        Reader(
            name,
            0 if most is None else seed,
            Tally("fuzzed", name),
            TARGETS[name].wanted if most is None else most,
            0 if most is not None else _kept(counts, name),
        )
        for name in names
    ]
    server = context()
    server.set_forkserver_preload(["tests.torture.fuzzing"])
    worker = Worker(server)
    try:
        while open_ones := [
            one for one in readers if one.share < 1 and (most or not one.tally.tried or not until.is_over)
        ]:
            one = min(open_ones, key=lambda one: one.share)
            # The first turn of each is short: nobody waits long for all of them.
            said: Loss | Done | Ended | None = None
            for said in worker.done(one.order(TURN_S if one.tally.tried and not until.is_over else TURN_S / 6)):
                one.take(said)
                if most is None:
                    _keep_count(counts, one)
                one.note(None if most is not None else one.next)
                yield one.tally
            if not isinstance(said, Done) or said.memory_mb > LARGEST_MB:
                worker.close()
                worker = Worker(server)
    finally:
        worker.close()


def _kept(counts: Path, name: str) -> int:
    file = counts / f"{name}.json"
    return int(json.loads(file.read_text(encoding="ascii"))) if file.exists() else 0


def _keep_count(counts: Path, one: Reader) -> None:
    counts.mkdir(parents=True, exist_ok=True)
    (counts / f"{one.name}.json").write_text(f"{one.next}\n", encoding="ascii")
