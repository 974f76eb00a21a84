"""Work in the background: one thread for each job, its end told as an event, the newest of a kind can be stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from leukoscope.domain.errors import CancelledError, LeukoScopeError, sentence_of
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.events import Event, Failed, Stopped

logger = logging.getLogger(__name__)

PATIENCE_S = 30.0
"""So long a thread may take to end when the program closes."""


class Jobs:
    """Runs jobs.

    Parameters
    ----------
    tell
        Told of jobs that failed or were stopped; called in their threads.
    """

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._tokens: dict[str, CancelToken] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def run(self, what: str, work: Callable[[CancelToken], object]) -> None:
        """Begin a job; ``Failed(what)`` or ``Stopped(what)`` tells if it does not end well."""
        token = CancelToken()

        def run() -> None:
            try:
                work(token)
            except CancelledError:
                self._tell(Stopped(what))
            except LeukoScopeError as error:
                logger.error("%s failed: %s (%s)", what, error.message, error.detail)
                self._tell(Failed(what, error.message))
            except Exception as error:
                logger.exception("%s failed", what)
                self._tell(Failed(what, sentence_of(error)))

        thread = threading.Thread(target=run, name=f"job-{what}", daemon=True)
        with self._lock:
            self._tokens[what] = token
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def stop(self, what: str) -> None:
        """Stop the newest job of a kind."""
        with self._lock:
            token = self._tokens.get(what)
        if token is not None:
            token.cancel()

    def stop_all(self) -> None:
        """Stop all jobs; returns at once."""
        with self._lock:
            tokens = list(self._tokens.values())
        for token in tokens:
            token.cancel()

    def wait(self) -> None:
        """Wait for all threads to end, each at most ``PATIENCE_S``."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout=PATIENCE_S)
