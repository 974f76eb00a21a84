"""Expected value of a control figure and how far it may be from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_RUNS = 20
"""Runs that limits are set from (CLSI C24-Ed4, section 6: at least 20 over as many days)."""


@dataclass(frozen=True)
class Limits:
    """Mean and standard deviation of a figure under control.

    Parameters
    ----------
    mean
        Expected figure, in its own unit.
    sd
        Standard deviation from run to run, > 0, in the same unit.
    negligible
        Deviations up to this matter to nobody: they count as on no side of the mean.

    Raises
    ------
    ValueError
        For a figure that is not finite or a standard deviation that is not positive.
    """

    mean: float
    sd: float
    negligible: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 0 and self.negligible >= 0):
            raise ValueError(f"no limits: mean {self.mean}, standard deviation {self.sd}")

    def z(self, value: float) -> float:
        """How many standard deviations a figure is above the mean."""
        return (value - self.mean) / self.sd

    def side(self, value: float) -> int:
        """1 above the mean, -1 below it, 0 where the difference is negligible."""
        away = value - self.mean
        return 0 if abs(away) <= self.negligible else int(math.copysign(1, away))


def limits_of(values: Sequence[float], least_sd: float, negligible: float) -> Limits | None:
    """Limits from the runs of a baseline.

    Parameters
    ----------
    values
        One figure for each run.
    least_sd
        The standard deviation is not taken as smaller: a figure that hardly varies would alarm at what harms nobody.
        The standard deviation of few runs is known badly (20 runs: -24 % to +46 %, from chi-squared), too.
    negligible
        See :class:`Limits`.

    Returns
    -------
    Limits or None
        ``None`` with fewer than ``LEAST_RUNS`` runs. Mean and sample standard deviation (n - 1).
    """
    n = len(values)
    if n < LEAST_RUNS:
        return None
    mean = math.fsum(values) / n
    sd = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (n - 1))
    return Limits(mean, max(sd, least_sd), negligible)
