"""One worker thread that takes items of work in order; in a hurry, writes go before reads. No Qt."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkItem:
    """Something to do in the worker thread.

    Parameters
    ----------
    run
        Does it; handles its own errors.
    writes
        Whether it changes what is kept: such an item is dropped only when a person says so.
    """

    run: Callable[[], None]
    writes: bool


class WorkerThread:
    """Runs items one after the other; those that come before ``begin`` wait for it.

    Its thread is a daemon: work that hangs in a dead network holds up neither the window nor the end of the
    program once a person has decided to leave.

    Parameters
    ----------
    name
        Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._wake = threading.Condition()
        self._items: deque[WorkItem] = deque()
        self._hurry = self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def begin(self, first: WorkItem) -> None:
        """Start with this item, then take those that wait."""
        with self._wake:
            self._items.appendleft(first)
        self._thread.start()

    def add(self, item: WorkItem) -> bool:
        """Put an item at the end; false when the thread is closed."""
        with self._wake:
            if not self._closed:
                self._items.append(item)
                self._wake.notify_all()
            return not self._closed

    def hurry(self, on: bool) -> None:
        """Let writes go before reads, or all in their order again."""
        with self._wake:
            self._hurry = on

    def close(self, patience_s: float | None, *, abandon: bool = False) -> bool:
        """Drop reads (with ``abandon`` writes too), run what is left and end the thread; whether it has ended."""
        with self._wake:
            self._closed = True
            self._items = deque(one for one in self._items if one.writes and not abandon)
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._next()) is not None:
            try:
                item.run()
            except Exception:
                logger.exception("an item failed")

    def _next(self) -> WorkItem | None:
        with self._wake:
            self._wake.wait_for(lambda: bool(self._items) or self._closed)
            place = next((at for at, one in enumerate(self._items) if one.writes), 0) if self._hurry else 0
            if not self._items:
                return None
            item = self._items[place]
            del self._items[place]
            return item
