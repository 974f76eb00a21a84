"""Every point at which an operation writes: the call is refused by the disk there; see ``killed`` for the other way."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.torture.home import Root, prepare
from tests.torture.judging import judged
from tests.torture.keeping import keep
from tests.torture.operation import OPERATIONS
from tests.torture.tally import Tally, Until
from tests.torture.tracing import attempt, context, points


@dataclass(frozen=True)
class Fault:
    """What happens to a call.

    Parameters
    ----------
    name
        As the table says it.
    inject
        As strace does it.
    calls
        To which calls it can happen; empty for all.
    lasts
        To which of them it then happens from there on; else once.
    """

    name: str
    inject: str
    calls: frozenset[str] = frozenset()
    lasts: frozenset[str] = frozenset()

    @property
    def kills(self) -> bool:
        """Whether the program dies of it."""
        return "signal" in self.inject


_GROWS = frozenset({"write", "pwrite64", "ftruncate", "fallocate", "mkdir", "rename", "link", "openat", "sendfile"})
KILLED = (Fault("at a write point", "signal=KILL"),)
REFUSED = (
    Fault("no room from there on", "error=ENOSPC", _GROWS, _GROWS - {"write", "openat"}),
    Fault("input/output error", "error=EIO", _GROWS - {"mkdir", "link", "openat"} | {"fsync", "fdatasync", "unlink"}),
    Fault("quota used up", "error=EDQUOT", _GROWS - {"rename"}),
)


@dataclass(frozen=True)
class Case:
    """One try that is to be made.

    Parameters
    ----------
    operation, fault
        What is done, and what happens to it.
    call, number
        To which of its calls.
    trouble
        Why it cannot be tried.
    """

    operation: str
    fault: Fault
    call: str
    number: int
    trouble: str = ""

    @property
    def inject(self) -> str:
        """What strace is told."""
        onward = "+" if self.call in self.fault.lasts else ""
        return f"{self.call}:{self.fault.inject}:when={self.number}{onward}"


def campaign(
    until: Until,
    seed: int,
    only: Sequence[str] = (),
    most: int | None = None,
    faults: Sequence[Fault] = REFUSED,
) -> Iterator[Tally]:
    """Try the points of all operations in turn, in an order drawn by ``seed``, as far as time goes.

    Parameters
    ----------
    until, seed
        When to end, and the order.
    only
        Names of operations; empty for all.
    most
        At most so many tries of each kind of fault, for a short run.
    faults
        What happens at the points.
    """
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        plan = Plan(context(), prepare(folder / "template"), folder, faults, random.Random(seed))
        tallies = {fault.name: Tally(campaign_of(faults), fault.name) for fault in faults}
        for case in plan.in_turn(list(only or OPERATIONS)):
            tally = tallies[case.fault.name]
            # Each kind once, however busy the computer is.
            if all((until.is_over and one.tried) or one.tried == most for one in tallies.values()):
                break
            if tally.tried != most and not (until.is_over and tally.tried):
                tally.count(case.trouble or plan.tried(case))
                tally.note = f"of {plan.found[case.fault.name]:,} points"
                yield tally


@dataclass
class Plan:
    """The points of operations, found when it is an operation's first turn.

    Parameters
    ----------
    server, root, folder
        What is forked, what it works on, and where.
    faults
        What happens at the points.
    rng
        Draws the order.
    """

    server: ForkServerContext
    root: Root
    folder: Path
    faults: Sequence[Fault]
    rng: random.Random
    found: Counter[str] = field(default_factory=Counter)

    def in_turn(self, names: list[str]) -> Iterator[Case]:
        """One point of each operation and fault, then the next of each."""
        left: dict[str, list[list[Case]]] = {}
        for name in self.rng.sample(names, len(names)):
            left[name] = self._points(name)
            yield from (cases.pop() for cases in left[name] if cases)
        while any(cases for one in left.values() for cases in one):
            for one in left.values():
                yield from (cases.pop() for cases in one if cases)

    def _points(self, name: str) -> list[list[Case]]:
        one = self.root.copy_to(self.folder / "one")
        made = attempt(self.server, name, one)
        if made.end != "done":
            # One that cannot be tried is a loss of its own, and costs the others nothing.
            trouble = f"{name} does not work without a fault: {made.end}, {made.sentence}{made.errors[-300:]}"
            return [[Case(name, self.faults[0], "", 0, trouble)]]
        calls = points(made.calls, one)
        cases = [
            [Case(name, fault, call, number) for call, number in calls if not fault.calls or call in fault.calls]
            for fault in self.faults
        ]
        for fault, these in zip(self.faults, cases, strict=True):
            self.rng.shuffle(these)
            self.found[fault.name] += len(these)
        return cases

    def tried(self, case: Case) -> str | None:
        """Let the fault happen; what was lost."""
        one = self.root.copy_to(self.folder / "one")
        made = attempt(self.server, case.operation, one, case.inject)
        loss = judged(made, one, case.operation, may_die=case.fault.kills)
        return None if loss is None else lost_in(one, f"{case.operation}, {case.inject}", loss)


def campaign_of(faults: Sequence[Fault]) -> str:
    """What the table calls it."""
    return "killed" if any(fault.kills for fault in faults) else "writes"


def lost_in(root: Root, name: str, loss: str) -> str:
    """A loss in words, what it left being kept."""
    return f"{name}: {loss}; kept as {keep(name, root.folder)}"
