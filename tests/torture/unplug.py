"""A camera is unplugged and plugged in again; ``make test-unplug`` does the same a hundred times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.torture.called import counted
from tests.torture.tally import Tally, Until

TIMES = 100


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """As often as time allows, at the most a hundred times."""
    words = ["tests/unit/sources/cameras", "-k", "unplugged_mid_stream"]
    tally = Tally("camera", "unplugged in mid-stream")
    yield from counted(tally, words, until, LEUKOSCOPE_UNPLUGS=str(most or TIMES))
