"""What was refused is told in the audit trail; a refusal that comes again and again is counted instead."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from leukoscope.cases.refusal_log import AGAIN, RefusalLog
from leukoscope.cases.rights import claiming
from leukoscope.domain.errors import StoreError
from leukoscope.workflow.permissions import Act

logger = logging.getLogger(__name__)


class Refusals:
    """Tells of refusals at one place. Thread-safe.

    Parameters
    ----------
    refused
        Of the store.
    clock
        Seconds that no change of the wall clock moves.
    """

    def __init__(self, refused: RefusalLog, clock: Callable[[], float] = time.monotonic) -> None:
        self._refused, self._clock = refused, clock
        self._lock = threading.Lock()
        self._told: dict[tuple[str, Act], float] = {}
        self._untold = 0

    def tell(self, act: Act, who: str, why: str) -> None:
        """Tell that an act was refused; what cannot be written is left to the log, and the refusal stands."""
        if not self._is_due(act, who):
            return
        with self._lock:
            more = self._untold
        try:
            # It is the program that tells of it, under nobody's claim.
            with claiming(None):
                is_told = self._refused.tell(act.value, who, why, more)
        except StoreError as error:
            logger.warning("a refusal was not told: %s", error.detail)
            is_told = False
        with self._lock:
            self._untold = self._untold - more if is_told else self._untold + 1

    def _is_due(self, act: Act, who: str) -> bool:
        now = self._clock()
        with self._lock:
            last = self._told.get((who, act))
            if last is not None and now - last < AGAIN.total_seconds():
                self._untold += 1
                return False
            self._told[who, act] = now
            return True
