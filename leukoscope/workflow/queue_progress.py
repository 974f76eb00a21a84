"""How far the queue is: what was judged since it was last empty, what is left, and how long that will take."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from leukoscope.domain.errors import StoreError
from leukoscope.domain.progress import Progress
from leukoscope.workflow.events import CaseListChanged, Event, QueueChanged
from leukoscope.workflow.pace import Pace

logger = logging.getLogger(__name__)


class QueueProgress:
    """Counts judged images and tells how far the queue is. Thread-safe.

    Parameters
    ----------
    pending
        Gives how many images are still to be judged, and how many of those to be read first; may raise StoreError.
    tell
        Told each step.
    """

    def __init__(self, pending: Callable[[], tuple[int, int]], tell: Callable[[Event], None]) -> None:
        self._pending, self._tell = pending, tell
        self._lock = threading.Lock()
        self._done = self._failed = 0
        self._pace = Pace()
        self._shown = False

    def count(self, case_id: int, *, failed: bool) -> None:
        """One image more is judged, or could not be."""
        with self._lock:
            self._done += 1
            self._failed += failed
        self.show(case_id)

    def show(self, case_id: int) -> None:
        """Tell how far the queue is; nothing while the store does not answer."""
        try:
            left, unread = self._pending()
        except StoreError as error:
            logger.warning("progress not known: %s", error.detail)
            return
        with self._lock:
            total = self._done + left
            seconds = self._pace.seconds_left(self._done, total)
            progress = Progress(self._done, total, seconds, self._failed, unread)
            self._shown = True
        self._tell(QueueChanged(case_id, progress))

    def end(self) -> None:
        """Nothing is left to be judged: begin to count anew, and say so if anything was told."""
        with self._lock:
            shown, self._shown = self._shown, False
            self._done = self._failed = 0
            self._pace = Pace()
        if shown:
            self._tell(QueueChanged(None, None))
            self._tell(CaseListChanged())
