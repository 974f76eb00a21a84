"""Every point at which an operation writes: the program is killed there, before the call is carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.torture import writes
from tests.torture.tally import Tally, Until


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Try all points in an order drawn by ``seed``, as far as time goes."""
    return writes.campaign(until, seed, only, most, writes.KILLED)
