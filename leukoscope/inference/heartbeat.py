"""Signs of life of a child process: whoever waits for it tells one that works from one that hangs or was stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

logger = logging.getLogger(__name__)

BEAT_S = 1.0
"""Seconds between two signs of life."""


@dataclass(frozen=True)
class Heartbeat:
    """Child to parent: I live; for so many beats I have been at the same piece of work (0 when idle)."""

    at_work: int = 0


@dataclass(frozen=True)
class Timeouts:
    """How long a child is waited for, in seconds.

    Each answer begins a new piece of work, so that the time allowed for a batch grows with its cells.

    Parameters
    ----------
    silence
        Without any sign of life: a stopped process, or one that the system gives no time.
    cell
        At one cell; the slowest computer in use takes three.
    loading
        At one model that is loaded.
    compiling
        At one model that is prepared, which happens once.
    """

    silence: float = 30.0
    cell: float = 60.0
    loading: float = 600.0
    compiling: float = 3600.0


class HeartbeatSender:
    """The sending end of a pipe, with a thread beside the work that sends a :class:`Heartbeat` each second.

    Parameters
    ----------
    connection
        Where messages go.
    on_gone
        Called in the thread when nobody listens any more.
    """

    def __init__(self, connection: Connection, on_gone: Callable[[], object] = lambda: None) -> None:
        self._connection, self._on_gone = connection, on_gone
        self._lock = threading.Lock()
        self._at_work: int | None = 0
        self._ended = threading.Event()
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def begin(self) -> None:
        """A new piece of work begins."""
        self._at_work = 0

    def rest(self) -> None:
        """Nothing is to be done until the next ``begin``."""
        self._at_work = None

    def send(self, message: object) -> None:
        """Send a message; a new piece of work begins after it. Raises OSError when nobody listens."""
        with self._lock:
            self._connection.send(message)
        self.begin()

    def close(self) -> None:
        """Say nothing more."""
        self._ended.set()
        with self._lock:
            self._connection.close()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_S):
            beats = self._at_work
            if beats is not None:
                self._at_work = beats + 1
            try:
                with self._lock:
                    if not self._ended.is_set():
                        self._connection.send(Heartbeat(beats or 0))
            except OSError as error:
                logger.info("nobody listens to the heartbeat: %r", error)
                self._on_gone()
                return


class HeartbeatMonitor:
    """What a parent knows of its child's life.

    Waited time is counted in the parent's own turns: when the whole computer stood still, or the parent itself was
    stopped, its child is not to blame.

    Parameters
    ----------
    silence
        Seconds without a sign of life after which the child counts as hung.
    """

    def __init__(self, silence: float) -> None:
        self._silence, self._waited = silence, 0.0

    def heard(self) -> None:
        """The child said something."""
        self._waited = 0.0

    def waited(self, seconds: float) -> bool:
        """Nothing came in so many seconds; says whether that is too long by now."""
        self._waited += seconds
        return self._waited > self._silence
