"""What was tried, what survived, what was lost: one line for each kind of fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

LOSSES_KEPT = 60
"""So many losses of a kind are told in words; all of them are counted."""


@dataclass
class Tally:
    """One kind of fault.

    Parameters
    ----------
    campaign, fault
        Where it was injected, and what it was.
    tried, survived
        Counts; what was tried and did not survive is lost.
    losses
        The first losses, in words.
    note
        What else is to be said, as of parts that could not be tried here.
    """

    campaign: str
    fault: str
    tried: int = 0
    survived: int = 0
    losses: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def lost(self) -> int:
        """How many did not survive."""
        return self.tried - self.survived

    def count(self, loss: str | None, times: int = 1) -> None:
        """Count tries: survived when nothing was lost, else what was."""
        self.tried += times
        if loss is None:
            self.survived += times
        elif len(self.losses) < LOSSES_KEPT:
            self.losses.append(loss)

    def spoil(self, loss: str) -> None:
        """What is only known at the end: one of the tries did not survive."""
        self.tried = max(self.tried, 1)
        self.survived = min(self.survived, self.tried - 1)
        self.losses.append(loss)

    def told(self) -> dict[str, Any]:
        """As it passes from one process to another."""
        return asdict(self)


@dataclass
class Until:
    """When a campaign has to end: never before its first round of all kinds, then as soon as the time is over."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def left(self) -> float:
        """Seconds that are left; not below none."""
        return max(self.seconds - (self.clock() - self.began), 0.0)

    @property
    def is_over(self) -> bool:
        """Whether no other try shall begin."""
        return self.left <= 0


def latest(told: Iterable[Tally]) -> list[Tally]:
    """What a campaign says last of each kind of fault, in the order in which it first said something."""
    kept: dict[tuple[str, str], Tally] = {}
    for one in told:
        kept[one.campaign, one.fault] = one
    return list(kept.values())


def table(tallies: Iterable[Tally]) -> str:
    """The outcome as text: a line for each kind, a sum, and what was lost in words."""
    rows = [(one.campaign, one.fault, one.tried, one.survived, one.lost, one.note) for one in tallies]
    wide = [
        max(len(head), *(len(str(row[place])) for row in rows), 0) for place, head in enumerate(("campaign", "fault"))
    ]
    head = f"{'campaign':{wide[0]}}  {'fault':{wide[1]}}  {'tried':>9}  {'survived':>9}  {'lost':>6}"
    lines = [head, "-" * len(head)]
    for campaign, fault, tried, survived, lost, note in rows:
        lines.append(
            f"{campaign:{wide[0]}}  {fault:{wide[1]}}  {tried:>9,}  {survived:>9,}  {lost:>6,}  {note}".rstrip()
        )
    lines.append("-" * len(head))
    tried, survived, lost = (sum(figures) for figures in zip(*(row[2:5] for row in rows), strict=True))
    lines.append(f"{'all':{wide[0]}}  {'':{wide[1]}}  {tried:>9,}  {survived:>9,}  {lost:>6,}")
    for one in tallies:
        lines += [f"LOST {one.campaign}, {one.fault}: {loss}" for loss in one.losses]
        if one.lost > len(one.losses):
            lines.append(f"LOST {one.campaign}, {one.fault}: and {one.lost - len(one.losses)} more")
    return "\n".join(lines)
