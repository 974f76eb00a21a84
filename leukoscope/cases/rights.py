"""Rights inside the transaction: what a person may do is read where nobody can change it until the act is written.

Whoever begins an act says here how its rights are looked up. Each transaction that writes does so once it has the
database's write lock: somebody who was closed, locked or given another role at another workstation in the meantime
writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy.orm import Session

from leukoscope.domain.errors import AccessError


@dataclass(frozen=True)
class Claim:
    """That somebody does an act, to be looked up in each transaction that it writes.

    Parameters
    ----------
    database
        The store whose transactions are meant; those of another, as of a copy, are not.
    check
        Raises AccessError in a transaction in which they may not.
    tell
        Called after that transaction has ended.
    """

    database: object
    check: Callable[[Session], None]
    tell: Callable[[], None]


_CLAIM: ContextVar[Claim | None] = ContextVar("claim", default=None)


def claim_now() -> Claim | None:
    """The claim under which this thread works; ``None`` for what the program does by itself."""
    return _CLAIM.get()


@contextmanager
def claiming(claim: Claim | None) -> Iterator[None]:
    """Everything that is written inside, in this thread, is written under this claim, or under none."""
    token = _CLAIM.set(claim)
    try:
        yield
    finally:
        _CLAIM.reset(token)


def check_claim(database: object, session: Session) -> None:
    """Look up in a transaction that has just begun whether its act may be done.

    Raises
    ------
    AccessError
        When it may not.
    """
    claim = _CLAIM.get()
    if claim is not None and claim.database is database:
        claim.check(session)


@contextmanager
def told_if_refused(database: object) -> Iterator[None]:
    """Around a transaction: when its act was refused, that is told as soon as it has ended."""
    try:
        yield
    except AccessError:
        claim = _CLAIM.get()
        if claim is not None and claim.database is database:
            claim.tell()
        raise
