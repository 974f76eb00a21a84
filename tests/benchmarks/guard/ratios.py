"""What a row of the guard is, and what its measurements say. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

SHARE_OF_INTERVAL = 0.95


class Better(StrEnum):
    """Which side of a ratio is the good one."""

    MORE = "more"
    LESS = "less"


class Verdict(StrEnum):
    """What a run says of one row beside the baseline."""

    HELD = "held"
    FASTER = "faster"
    SLOWER = "SLOWER"
    TOO_NOISY = "too noisy"
    NEW = "new"


@dataclass(frozen=True)
class Row:
    """One comparison: how our way stands beside a peer, both measured in turn.

    Parameters
    ----------
    name
        What is compared, unique among all rows.
    ours, peer
        The two ways of a group.
    better
        ``MORE``: the ratio is the peer's time over ours, "times as fast". ``LESS``: ours over the peer's, "times the
        cost".
    scale
        The ratio is multiplied by it, such as by the work that both ways do in their time.
    """

    name: str
    ours: str
    peer: str
    better: Better = Better.MORE
    scale: float = 1.0

    def ratio(self, ours: float, peer: float) -> float:
        """The ratio of two times in the same unit."""
        return self.scale * (peer / ours if self.better is Better.MORE else ours / peer)


@dataclass(frozen=True)
class Measured:
    """One row as a run found it.

    Parameters
    ----------
    value
        Median ratio of the run's processes.
    low, high
        Smallest and largest that a process of the run found, each with its own interval: the run's noise.
    ours_ms, peer_ms
        Median times, in milliseconds, for the reader; nothing is held to them.
    better
        Which side is good.
    """

    value: float
    low: float
    high: float
    ours_ms: float
    peer_ms: float
    better: Better


def interval_of_median(values: Sequence[float]) -> tuple[float, float]:
    """A 95 % interval of the median by order statistics, for any distribution.

    Source: Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2. Fewer than six values have none: their
    extremes are given.
    """
    ordered, n = sorted(values), len(values)
    if n < 6:
        return ordered[0], ordered[-1]
    tail, rank = 0.0, 0
    while (tail := tail + math.comb(n, rank) * 0.5**n) <= (1 - SHARE_OF_INTERVAL) / 2:
        rank += 1
    rank = max(rank, 1)
    return ordered[rank - 1], ordered[n - rank]


def of_process(row: Row, times: dict[str, list[float]]) -> tuple[float, float, float]:
    """Median ratio of one process with its interval: each round's two times make one ratio."""
    ratios = [row.ratio(a, b) for a, b in zip(times[row.ours], times[row.peer], strict=False)]
    return float(np.median(ratios)), *interval_of_median(ratios)


def of_run(row: Row, processes: Sequence[dict[str, list[float]]]) -> Measured:
    """What all processes of a run say of one row.

    A process differs from the next by more than its rounds do (where its memory lies, what else runs), so the spread
    between processes counts as noise too.
    """
    found = [of_process(row, times) for times in processes]
    return Measured(
        value=float(np.median([one[0] for one in found])),
        low=min(one[1] for one in found),
        high=max(one[2] for one in found),
        ours_ms=float(np.median([np.median(times[row.ours]) for times in processes])),
        peer_ms=float(np.median([np.median(times[row.peer]) for times in processes])),
        better=row.better,
    )


def verdict(now: Measured, base: Measured | None, seen: float) -> Verdict:
    """How a row stands beside the baseline.

    Slower or faster is said where the run's whole interval lies beyond the baseline's value. A row whose interval is so
    wide that a slow-down by ``seen`` could hide in it is too noisy to be held.

    Parameters
    ----------
    seen
        The slow-down that the guard must see, such as 0.15.
    """
    if base is None:
        return Verdict.NEW
    worst, best = (now.low, now.high) if now.better is Better.MORE else (1 / now.high, 1 / now.low)
    before = base.value if now.better is Better.MORE else 1 / base.value
    if best < before:
        return Verdict.SLOWER
    if worst > before:
        return Verdict.FASTER
    return Verdict.TOO_NOISY if best / worst > 1 + seen else Verdict.HELD
