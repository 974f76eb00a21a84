"""Every point at which an operation writes: the call is refused by the disk there; see ``killed`` for the other way."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.torture.home import Root, prepare
from tests.torture.judging import judged
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
    """One try that is to be made."""

    operation: str
    fault: Fault
    call: str
    number: int

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
    """Try all points of all operations in an order drawn by ``seed``, as far as time goes.

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
        root, server = prepare(folder / "template"), context()
        tallies = {fault.name: Tally(campaign_of(faults), fault.name) for fault in faults}
        cases: list[Case] = []
        for operation in only or tuple(OPERATIONS):
            try:
                cases += _cases(server, root, folder, operation, faults)
            except RuntimeError as error:
                # One that cannot be tried is a loss of its own, and costs the others nothing.
                next(iter(tallies.values())).count(str(error))
        random.Random(seed).shuffle(cases)
        planned = {fault.name: sum(case.fault is fault for case in cases) for fault in faults}
        for case in cases:
            tally = tallies[case.fault.name]
            # Each kind once, however busy the computer is.
            if (until.is_over and tally.tried) or (most is not None and tally.tried >= most):
                continue
            tally.count(_tried(server, root, folder, case))
        for fault in faults:
            tally = tallies[fault.name]
            tally.note = f"of {planned[fault.name]:,} points"
            yield tally


def campaign_of(faults: Sequence[Fault]) -> str:
    """What the table calls it."""
    return "killed" if any(fault.kills for fault in faults) else "writes"


def _cases(server: ForkServerContext, root: Root, folder: Path, name: str, faults: Sequence[Fault]) -> Iterator[Case]:
    one = root.copy_to(folder / "one")
    made = attempt(server, name, one)
    if made.end != "done":
        raise RuntimeError(f"{name} does not work without a fault: {made.end}, {made.sentence}{made.errors[-300:]}")
    for call, number in points(made.calls, one):
        for fault in faults:
            if not fault.calls or call in fault.calls:
                yield Case(name, fault, call, number)


def _tried(server: ForkServerContext, root: Root, folder: Path, case: Case) -> str | None:
    one = root.copy_to(folder / "one")
    made = attempt(server, case.operation, one, case.inject)
    loss = judged(made, one, case.operation, may_die=case.fault.kills)
    return None if loss is None else f"{case.operation}, {case.inject}: {loss}"
