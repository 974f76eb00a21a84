"""The place at a workstation or command line: who has taken it, whether it is locked, and what they may do now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ParamSpec, TypeVar

from leukoscope.cases.store import CaseStore
from leukoscope.cases.trail import acting, acting_now
from leukoscope.domain.errors import AccessError, NameNeededError, StoreError
from leukoscope.domain.people import Person, Presence, Rules
from leukoscope.workflow.permissions import SIGN_IN_FIRST, TERMS, Act, refusal

LONGEST_NAME = 120
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class _Leave:
    """That somebody sat at an open place when they asked for work, which is done in another thread or later.

    It says who, not that they may: that is looked up when the work is done.
    """

    place: int
    person_id: int


_LEAVE: ContextVar[_Leave | None] = ContextVar("leave", default=None)


@contextmanager
def _under(leave: _Leave | None) -> Iterator[None]:
    token = _LEAVE.set(leave)
    try:
        yield
    finally:
        _LEAVE.reset(token)


@dataclass(frozen=True)
class AskedBy:
    """Who sat here when something was asked for, or switched on that goes on by itself; calls bind work to them."""

    who: str
    _leave: _Leave | None = None

    def __call__(self, work: Callable[P, T]) -> Callable[P, T]:
        """``work`` as theirs, whoever sits here when it runs."""
        if not self.who:
            return work

        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            with acting(self.who), _under(self._leave):
                return work(*args, **kwargs)

        return run


class Place:
    """The one place. Thread-safe.

    With accounts the person who signed in acts, and their account and the rules are looked up in the store at each
    act. Without, whoever sits here says their name, once a day and each time another person takes the place.

    Parameters
    ----------
    store
        Where accounts and rules are kept.
    present
        Gives who said that they work here while accounts are off, and on which day.
    keep
        Keeps that.
    today
        The day of the wall clock.
    """

    def __init__(
        self,
        store: CaseStore,
        present: Callable[[], Presence],
        keep: Callable[[Presence], object],
        today: Callable[[], date] = date.today,
    ) -> None:
        self._store, self._present, self._keep, self._today = store, present, keep, today
        self._lock = threading.Lock()
        self._person: Person | None = None
        self._locked = self._by_token = False
        self.rules: Rules = store.people.rules()
        store.trail.ask_actor(lambda: self.name)

    # Who is here -----------------------------------------------------------------------------------------------

    @property
    def person(self) -> Person | None:
        """Who is signed in; stays while the screen is locked, for work that goes on behind it."""
        return self._person

    @property
    def is_open(self) -> bool:
        """Whether somebody may work now, as far as was known when somebody last did something."""
        if not self.rules.accounts:
            return True
        return self._person is not None and not self._locked and not self._person.refused(datetime.now(UTC))

    @property
    def name(self) -> str:
        """Name that stands beside what is decided now; empty while nobody has said theirs today."""
        if said := acting_now():
            return said
        if self.rules.accounts:
            return self._person.name if self._person is not None else ""
        present = self._present()
        return present.name if present.day == self._today().isoformat() else ""

    @property
    def needs_name(self) -> bool:
        """Whether a name must be asked for before the next decision; with accounts a password is, instead."""
        return not self.rules.accounts and not self.name

    def decider(self) -> str:
        """The name for a decision.

        Raises
        ------
        NameNeededError
            While nobody has said theirs today.
        AccessError
            While nobody is signed in.
        """
        name = self.name
        if not name and self.rules.accounts:
            raise AccessError(SIGN_IN_FIRST)
        if not name:
            raise NameNeededError("Write your name first; it stands beside what you decide.")
        return name

    def say_name(self, name: str) -> str:
        """Somebody says that it is them who works here now; holds until midnight, or until another person does.

        Returns
        -------
        str
            The name as it stands from now on.

        Raises
        ------
        AccessError
            Without a name, or where people sign in.
        """
        name = " ".join(name.split())
        if self.rules.accounts:
            raise AccessError("People sign in here; lock the screen, then the other person signs in.")
        if not any(char.isalnum() for char in name):
            raise AccessError("Write your name; it stands beside what you decide.")
        if len(name) > LONGEST_NAME:
            raise AccessError(f"This name is too long; write at most {LONGEST_NAME} characters.")
        self._keep(self.present_today(name))
        return name

    def present_today(self, name: str) -> Presence:
        """Say that it is this person, from now on until midnight."""
        return Presence(name, self._today().isoformat())

    def sign_in(self, name: str, password: str) -> Person:
        """Take the place, or open the screen again.

        Raises
        ------
        AccessError
            When name and password do not fit.
        """
        return self._take(self._store.people.sign_in(name, password))

    def sign_in_by_token(self, token: str) -> Person:
        """Take the place for a scheduled job.

        Raises
        ------
        AccessError
            When the token is not known or holds no longer.
        """
        return self._take(self._store.tokens.sign_in(token), by_token=True)

    def lock(self) -> None:
        """Lock the screen; the same or another person signs in to go on."""
        with self._lock:
            self._locked = self.rules.accounts

    def _take(self, person: Person, *, by_token: bool = False) -> Person:
        rules, _ = self._store.people.now(None)
        with self._lock:
            self._person, self._locked, self._by_token, self.rules = person, False, by_token, rules
        return person

    # What they may do ------------------------------------------------------------------------------------------

    def may(self, act: Act) -> bool:
        """Whether who is here may do an act, as far as is known: for what is shown. Asks no store."""
        return not self.why_not(act)

    def why_not(self, act: Act) -> str:
        """Why who is here may not do an act, as far as is known; empty when they may."""
        if not self.rules.accounts:
            return ""
        person = None if self._locked else self._person
        return refusal(act, person, datetime.now(UTC), by_token=self._by_token)

    def require(self, act: Act) -> str:
        """The name of who does an act; raises when they may not, by account and rules as they are this moment.

        Returns
        -------
        str
            The person; where nobody signs in, who said their name, which may be nobody unless the act needs one.

        Raises
        ------
        NameNeededError
            While nobody has said theirs today, and the act needs a name.
        AccessError
            When nobody has signed in, the screen or the account is locked, the account is closed, or it is the act of
            another role; the sentence says what to do.
        StoreError
            When accounts cannot be read.
        """
        person = self._looked_up()
        if not self.rules.accounts:
            return self.decider() if TERMS[act].named else self.name
        sentence = refusal(act, person, datetime.now(UTC), by_token=self._by_token)
        if sentence or person is None:
            raise AccessError(sentence)
        if acting_now() not in {"", person.name}:
            # Asked for by somebody whose place another person has taken before it was done.
            raise AccessError("Another person has signed in meanwhile; do it again.")
        return person.name

    def _looked_up(self) -> Person | None:
        """Who acts, as their account is now; brings the rules up to date too."""
        with self._lock:
            here = None if self._locked or self._person is None else self._person.id
        leave = _LEAVE.get()
        asked = leave.person_id if leave is not None and leave.place == id(self) else here
        try:
            rules, person = self._store.people.now(asked)
        except StoreError:
            if self.rules.accounts:
                raise
            # One person has everything here; what they do may be to mend this.
            return None
        with self._lock:
            self.rules = rules
            if person is not None and self._person is not None and self._person.id == person.id:
                self._person = person
        return person

    @contextmanager
    def doing(self, act: Act) -> Iterator[str]:
        """Everything that is done inside is this act of who is here; gives the name.

        Raises
        ------
        AccessError, StoreError
            As :meth:`require`.
        """
        name = self.require(act)
        with ExitStack() as inside:
            if name:
                inside.enter_context(acting(name))
            inside.enter_context(_under(self._leave()))
            yield name

    def bound(self, work: Callable[P, T]) -> Callable[P, T]:
        """``work`` as asked for by who sits here now, whoever does when it runs.

        What is nobody's, or was asked for behind a locked screen, is left to be refused when it is done.
        """
        return self.asked()(work)

    def asked(self) -> AskedBy:
        """Who sits here now, for what goes on in their name behind a locked screen too."""
        return AskedBy(self.name, self._leave())

    def _leave(self) -> _Leave | None:
        if (given := _LEAVE.get()) is not None and given.place == id(self):
            return given
        with self._lock:
            if not self.rules.accounts or self._person is None or self._locked:
                return None
            return _Leave(id(self), self._person.id)
