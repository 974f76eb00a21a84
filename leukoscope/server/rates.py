"""How many calls somebody may make: so many a second on average, and some at once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_KNOWN = 10_000


class Rates:
    """Counts calls by name. Thread-safe.

    Parameters
    ----------
    per_second, at_once
        How many calls one name may make on average, and in a burst.
    clock
        Seconds that no change of the wall clock moves.
    """

    def __init__(self, per_second: float, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._at_once, self._clock = per_second, float(at_once), clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_for(self, name: str) -> float:
        """Count a call; gives 0 when it may be made, else the seconds after which one may."""
        with self._lock:
            left = self._now(name) - 1.0
            if left < 0.0:
                return -left / self._per_second
            self._put(name, left)
            return 0.0

    def look(self, name: str) -> float:
        """As :meth:`wait_for`, without counting."""
        with self._lock:
            return max(1.0 - self._now(name), 0.0) / self._per_second

    def _now(self, name: str) -> float:
        left, at = self._left.get(name, (self._at_once, self._clock()))
        return min(left + (self._clock() - at) * self._per_second, self._at_once)

    def _put(self, name: str, left: float) -> None:
        self._left[name] = left, self._clock()
        self._left.move_to_end(name)
        while len(self._left) > MOST_KNOWN:
            self._left.popitem(last=False)
