"""How far a piece of work is, and how a person stops it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from leukoscope.domain.errors import CancelledError


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is.

    Parameters
    ----------
    done, total
        Counts of images.
    seconds_left
        Estimate, ``None`` while unknown.
    failed
        How many of ``done`` failed.
    unread
        How many of those that are not done must still be read from where they are.
    """

    done: int
    total: int
    seconds_left: float | None = None
    failed: int = 0
    unread: int = 0


class CancelToken:
    """A flag that one thread sets and others look at."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise :class:`CancelledError` when somebody asked."""
        if self.cancelled:
            raise CancelledError
