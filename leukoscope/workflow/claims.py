"""Who uses a case just now: nobody erases it while it is exported, sent, signed or judged, and nobody begins then."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from leukoscope.domain.errors import StoreError


class Claims:
    """Which cases are in use in this program. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: Counter[int] = Counter()
        self._alone: set[int] = set()

    @contextmanager
    def using(self, case_id: int) -> Iterator[None]:
        """Use a case; others may too.

        Raises
        ------
        StoreError
            While it is erased.
        """
        with self._lock:
            if case_id in self._alone:
                raise StoreError("This case is being erased; choose another.")
            self._used[case_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._used[case_id] -= 1

    @contextmanager
    def alone(self, case_id: int) -> Iterator[None]:
        """Have a case for oneself.

        Raises
        ------
        StoreError
            While somebody uses it.
        """
        with self._lock:
            if self._used[case_id] or case_id in self._alone:
                raise StoreError(
                    "This case is being exported, sent, signed or judged; wait until that is done, then erase it."
                )
            self._alone.add(case_id)
        try:
            yield
        finally:
            with self._lock:
                self._alone.discard(case_id)
