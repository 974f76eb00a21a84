"""A camera is unplugged and plugged in again; ``make test-unplug`` does the same a hundred times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.torture.called import counted
from tests.torture.tally import Tally, Until

EACH_S = 6.0


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """As often as time allows, at the most a hundred times."""
    times = most or int(min(max(until.left / EACH_S, 1), 100))
    tally = counted(
        Tally("camera", "unplugged in mid-stream"),
        ["tests/unit/sources/cameras", "-k", "unplugged_mid_stream"], until.left * 3, LEUKOSCOPE_UNPLUGS=str(times),
    )  # fmt: skip
    tally.note = f"{times} times each"
    yield tally
