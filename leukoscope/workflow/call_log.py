"""Every call of the server is told in the audit trail before it is answered; many alike share an entry."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from leukoscope.cases.calls import Call
from leukoscope.domain.errors import LeukoScopeError, StoreError, sentence_of

logger = logging.getLogger(__name__)

ALIKE_S = 60.0
"""Calls of one person for the same thing within so long are counted in a second entry, instead of one for each."""


@dataclass(eq=False)
class _Batch:
    calls: list[Call] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    fault: LeukoScopeError | None = None


class CallLog:
    """Tells of calls; those that come while others are written share one transaction. Thread-safe.

    Parameters
    ----------
    write
        Puts calls into the trail.
    clock
        Seconds that no change of the wall clock moves.
    """

    def __init__(self, write: Callable[[Sequence[Call]], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._wake = threading.Condition()
        self._next = _Batch()
        self._since: dict[Call, float] = {}
        self._more: dict[Call, int] = {}
        self._closed = False
        self._writer = threading.Thread(target=self._run, name="call-log", daemon=True)
        self._writer.start()

    def tell(self, call: Call) -> None:
        """Tell of a call; returns when it is in the trail, or counted beside one that is.

        Raises
        ------
        StoreError
            When it cannot be written: the call must not be answered then.
        """
        with self._wake:
            if self._clock() - self._since.get(call, -ALIKE_S) < ALIKE_S:
                self._more[call] = self._more.get(call, 0) + 1
                return
            batch = self._next
            batch.calls.append(call)
            self._wake.notify_all()
        batch.done.wait()
        if batch.fault is not None:
            raise StoreError(batch.fault.message, batch.fault.detail)

    def close(self) -> None:
        """Write what was counted, and end."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self._writer.join(timeout=ALIKE_S)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._next.calls) or self._closed, timeout=ALIKE_S / 4)
                batch, self._next = self._next, _Batch()
                counted, closing = self._due(), self._closed
            self._put(batch, counted)
            if closing:
                return

    def _due(self) -> list[Call]:
        """Counts of those whose time is over, of all when the program closes."""
        now = self._clock()
        over = [call for call, at in self._since.items() if self._closed or now - at >= ALIKE_S]
        for call in over:
            del self._since[call]
        return [replace(call, more=self._more.pop(call)) for call in over if call in self._more]

    def _put(self, batch: _Batch, counted: Sequence[Call]) -> None:
        fresh = list(dict.fromkeys(batch.calls))
        try:
            if fresh or counted:
                self._write([*counted, *fresh])
        except Exception as error:  # noqa: BLE001 - whoever waits must be answered, whatever it was
            logger.error("calls not told: %s", type(error).__name__)
            batch.fault = error if isinstance(error, LeukoScopeError) else StoreError(sentence_of(error), repr(error))
            with self._wake:
                # What was counted is told with the next ones.
                for one in counted:
                    call = replace(one, more=0)
                    self._since[call], self._more[call] = self._clock() - ALIKE_S, one.more
        else:
            with self._wake:
                now = self._clock()
                for call in fresh:
                    self._since[call] = now
                    if (again := batch.calls.count(call) - 1) > 0:
                        self._more[call] = self._more.get(call, 0) + again
        batch.done.set()
