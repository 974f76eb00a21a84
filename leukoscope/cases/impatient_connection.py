"""A connection to a server that gives up one that lives and says nothing: libpq has no limit for reading."""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import Any, TypeVar, cast

import psycopg
from psycopg.waiting import Ready, Wait

PING_S = 10.0
"""Longest silence outside of a transaction, where a server is only asked whether it is there."""
_T = TypeVar("_T")


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that does not wait without an end; ``silence_s`` is set for the transaction that it is in."""

    silence_s: float | None = None

    def wait(self, gen: Generator[Wait, Ready | int, _T], interval: float = 0.1, timeout: float | None = None) -> _T:
        """As psycopg does; raises OperationalError when nothing comes for too long."""
        watched = _watched(gen, PING_S if self.silence_s is None else self.silence_s)
        try:
            return super().wait(watched, interval) if timeout is None else super().wait(watched, interval, timeout)
        except _SilentError as error:
            self.pgconn.finish()
            raise psycopg.OperationalError("connection given up: the server says nothing") from error


class _SilentError(Exception):
    """Nothing came for too long."""


def _watched(gen: Generator[Wait, Ready | int, _T], silence_s: float) -> Generator[Wait, Ready | int, _T]:
    """Pass on what a generator waits for; anything that comes begins the time anew."""
    try:
        wanted = next(gen)
        heard = monotonic()
        while True:
            ready = yield wanted
            if ready:
                heard = monotonic()
            elif monotonic() - heard > silence_s:
                raise _SilentError
            wanted = gen.send(ready)
    except StopIteration as ended:
        return cast("_T", ended.value)
