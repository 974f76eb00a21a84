"""How long it will take: from how fast images came so far."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Estimates the time left from how fast images came since the first one was done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: tuple[float, int] | None = None

    def seconds_left(self, done: int, total: int) -> float | None:
        """Seconds until ``total``, ``None`` until two images are done."""
        now = self._clock()
        if self._first is None:
            if done > 0:
                self._first = (now, done)
            return None
        since, before = self._first
        if done <= before:
            return None
        return (now - since) / (done - before) * (total - done)
