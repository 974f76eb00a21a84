"""Worker: carries out what is kept in the inbox, one message after the other, and waits where the disk does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import LeukoScopeError, StoreError, sentence_of
from leukoscope.workflow.orders_in.carrying_out import carry_out, is_of_the_disk
from leukoscope.workflow.orders_in.inbox import Inbox
from leukoscope.workflow.orders_in.kept_message import KeptMessage, Told

logger = logging.getLogger(__name__)

_QUIET_S, _BEHIND_S = 0.05, 1.0
"""While messages come, who brings them is answered first: the next one is carried out after so much silence, or at the
latest so long after the one before."""
_LATER_S = (1.0, 5.0, 30.0)
"""Pauses after the disk has failed; the last one repeats."""


class Worker:
    """A thread that empties the inbox.

    Parameters
    ----------
    inbox, store
        What is carried out, and on which cases.
    on_change
        Told after each turn, from the worker's thread.
    """

    def __init__(self, inbox: Inbox, store: CaseStore, on_change: Callable[[], None]) -> None:
        self._inbox, self._store, self._on_change = inbox, store, on_change
        self._wake, self._ended = threading.Event(), threading.Event()
        self._failed, self._heard_at = 0, 0.0
        self.trouble = ""
        """Why it waits, as a sentence; empty when all is well."""
        self._thread = threading.Thread(target=self._run, name="orders-worker", daemon=True)

    def start(self) -> None:
        """Begin with what was left the last time."""
        self._thread.start()

    def wake(self) -> None:
        """Look into the inbox: something has come."""
        self._heard_at = time.monotonic()
        self._wake.set()

    def close(self) -> None:
        """End after the message under way; what waits is carried out the next time."""
        self._ended.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(35)

    @property
    def _closing(self) -> bool:
        return self._ended.is_set()

    def _run(self) -> None:
        while not self._closing:
            self._wake.clear()
            try:
                left = self._inbox.waiting()
                for message, body in left:
                    self._let_them_come()
                    if self._closing:
                        return
                    self._one(message, body)
                self._failed, self.trouble = 0, ""
            except StoreError as error:
                logger.warning("messages wait: %s (%s)", error.message, error.detail)
                self.trouble = error.message
                self._on_change()
                self._wake.wait(_LATER_S[min(self._failed, len(_LATER_S) - 1)])
                self._failed += 1
                continue
            if left:
                self._on_change()
            else:
                self._wake.wait()

    def _let_them_come(self) -> None:
        until = time.monotonic() + _BEHIND_S
        while not self._closing and (now := time.monotonic()) < until and now - self._heard_at < _QUIET_S:
            self._ended.wait(_QUIET_S)

    def _one(self, message: KeptMessage, body: bytes) -> None:
        try:
            told = carry_out(self._store, body)
        except LeukoScopeError as error:
            if is_of_the_disk(error):
                raise
            told = (Told("", error.message, type(error).__name__),)
        except Exception as error:
            # One message must not hold up all that come after it.
            logger.exception("a message was not carried out")
            told = (Told("", sentence_of(error), type(error).__name__),)
        self._inbox.done(message.id, told)
        logger.info("message %d carried out: %s, %s", message.id, message.kind, [one.kind for one in told] or "done")
