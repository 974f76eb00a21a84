"""Westgard's rules over the runs of one control figure (Westgard, Barry, Hunt and Groth, Clin Chem 1981;27:493)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from leukoscope.control.limits import Limits

LONGEST = 10
"""Runs that the longest rule looks at."""


class Rule(Enum):
    """What is not expected of a figure under control."""

    ONE_3S = "1-3s"
    """One run more than 3 standard deviations from the mean."""
    TWO_2S = "2-2s"
    """Two runs in a row more than 2 standard deviations away, on the same side."""
    RANGE_4S = "R-4s"
    """Of two runs in a row one more than 2 standard deviations above and one more than 2 below the mean."""
    FOUR_1S = "4-1s"
    """Four runs in a row more than 1 standard deviation away, on the same side."""
    TEN_X = "10-x"
    """Ten runs in a row on the same side of the mean."""


@dataclass(frozen=True)
class Violation:
    """A rule broken by a run, together with those before it.

    Parameters
    ----------
    rule
        Which.
    run
        Place of the last run that breaks it; 0 is the first.
    """

    rule: Rule
    run: int


def broken_rules(values: Sequence[float], limits: Limits) -> tuple[Violation, ...]:
    """All rules that are broken, run by run.

    Parameters
    ----------
    values
        One figure for each run, in order of time.
    limits
        What is expected.

    Returns
    -------
    tuple of Violation
        In order of runs; within a run in the order of :class:`Rule`.
    """
    z = [limits.z(one) for one in values]
    sides = [limits.side(one) for one in values]
    found = []
    for run in range(len(z)):
        last = slice(max(0, run + 1 - LONGEST), run + 1)
        found += [Violation(rule, run) for rule in Rule if _broken(rule, z[last], sides[last])]
    return tuple(found)


def _broken(rule: Rule, z: Sequence[float], sides: Sequence[int]) -> bool:
    match rule:
        case Rule.ONE_3S:
            return abs(z[-1]) > 3
        case Rule.TWO_2S:
            return _all_beyond(z, 2, 2)
        case Rule.RANGE_4S:
            return len(z) >= 2 and max(z[-2:]) > 2 and min(z[-2:]) < -2
        case Rule.FOUR_1S:
            return _all_beyond(z, 4, 1)
        case Rule.TEN_X:
            return abs(sum(sides)) == LONGEST


def _all_beyond(z: Sequence[float], runs: int, limit: float) -> bool:
    last = z[-runs:]
    return len(last) == runs and (min(last) > limit or max(last) < -limit)
