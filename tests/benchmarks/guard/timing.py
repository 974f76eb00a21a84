"""Ways measured in turn until their ratios are known well enough. Nothing heavy is imported here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.guard.ratios import Row, of_process

FEWEST_ROUNDS, MOST_ROUNDS = 7, 120
NARROW = 0.015
"""Half the width of a ratio's interval, of the ratio, at which it is known well enough."""


@dataclass(frozen=True)
class Group:
    """Ways of which some are ours and some are peers, with the rows that compare them.

    Parameters
    ----------
    ways
        By name: what is called once a round.
    rows
        The comparisons.
    seconds
        How long one process may measure them.
    fewest
        Rounds that are measured in any case.
    """

    ways: dict[str, Callable[[], object]]
    rows: tuple[Row, ...]
    seconds: float = 30.0
    fewest: int = FEWEST_ROUNDS
    facts: dict[str, float] = field(default_factory=dict)


def slowed(way: Callable[[], object], share: float) -> Callable[[], object]:
    """The same way, longer by a share of its own time: what the guard must see."""

    def longer() -> object:
        begun = time.perf_counter()
        answer = way()
        until = time.perf_counter() + share * (time.perf_counter() - begun)
        while time.perf_counter() < until:
            pass
        return answer

    return longer


def measure(group: Group) -> dict[str, list[float]]:
    """Milliseconds of each way, round by round; the ways of a round begin with another one each time."""
    names = list(group.ways)
    times: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        group.ways[name]()
    end = time.perf_counter() + group.seconds
    for number in range(MOST_ROUNDS):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            begun = time.perf_counter()
            group.ways[name]()
            times[name].append(1e3 * (time.perf_counter() - begun))
        enough = number + 1 >= group.fewest
        if enough and (time.perf_counter() > end or _known(group.rows, times)):
            break
    return times


def _known(rows: Sequence[Row], times: dict[str, list[float]]) -> bool:
    found = [of_process(row, times) for row in rows]
    return all(high - low <= 2 * NARROW * value for value, low, high in found)
