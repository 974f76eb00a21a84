"""Who acts in this thread: what is told in the audit trail is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ACTING: ContextVar[str] = ContextVar("acting", default="")


@contextmanager
def acting(who: str) -> Iterator[None]:
    """Everything that is done inside, in this thread, is done by this person, whoever sits here by then."""
    token = _ACTING.set(who)
    try:
        yield
    finally:
        _ACTING.reset(token)


def acting_now() -> str:
    """Who acts in this thread by :func:`acting`; empty outside of it."""
    return _ACTING.get()
