"""Who asked for work that is done in another thread, or later: it goes on in their name, and under their rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from leukoscope.cases.acting import acting
from leukoscope.cases.rights import Claim, claiming

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Leave:
    """That somebody sat at an open place when they asked for work.

    It says who, not that they may: that is looked up when the work is done.

    Parameters
    ----------
    place
        Which place.
    person_id
        Their account.
    """

    place: int
    person_id: int


_LEAVE: ContextVar[Leave | None] = ContextVar("leave", default=None)


def leave_now() -> Leave | None:
    """The leave under which this thread works."""
    return _LEAVE.get()


@contextmanager
def under(leave: Leave | None) -> Iterator[None]:
    """Everything that is done inside, in this thread, is done under this leave."""
    token = _LEAVE.set(leave)
    try:
        yield
    finally:
        _LEAVE.reset(token)


@dataclass(frozen=True)
class AskedBy:
    """Who sat here when something was asked for, or switched on that goes on by itself; calls bind work to them.

    Parameters
    ----------
    who
        Their name; empty while nobody has said theirs.
    leave
        That they sat at an open place.
    claim
        Which act it is a part of; each transaction of the work looks up whether they may still do it.
    """

    who: str
    leave: Leave | None = None
    claim: Claim | None = None

    def __call__(self, work: Callable[P, T]) -> Callable[P, T]:
        """``work`` as theirs, whoever sits here when it runs."""
        if not self.who and self.claim is None:
            return work

        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            with ExitStack() as inside:
                if self.who:
                    inside.enter_context(acting(self.who))
                    inside.enter_context(under(self.leave))
                inside.enter_context(claiming(self.claim))
                return work(*args, **kwargs)

        return run
