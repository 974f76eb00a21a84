"""Who is at the workstation: signing in and out, the lock of the screen, whose name stands, and who may do what."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import ParamSpec, TypeVar

from leukoscope.cases.store import CaseStore
from leukoscope.cases.trail import acting, acting_now
from leukoscope.domain.errors import AccessError, NameNeededError
from leukoscope.domain.people import Person, Presence, Role, Rules

SIGN_IN_FIRST = "Sign in first."
LONGEST_NAME = 120
P = ParamSpec("P")
T = TypeVar("T")


class Desk:
    """The one place at this workstation. Thread-safe.

    With accounts the person who signed in decides. Without, whoever sits here says their name, once a day and each
    time another person takes the place; nothing is decided in nobody's name.

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
        self._locked = False
        self._new: Person | None = None
        self.rules: Rules = store.people.rules()
        store.trail.ask_actor(lambda: self.name)

    @property
    def person(self) -> Person | None:
        """Who is signed in; stays while the screen is locked, for work that goes on behind it."""
        return self._person

    @property
    def is_open(self) -> bool:
        """Whether somebody may work now."""
        return not self.rules.accounts or (self._person is not None and not self._locked)

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

    def bound(self, work: Callable[P, T]) -> Callable[P, T]:
        """``work`` as an act of who sits here now, whoever does when it runs; nobody's while nobody has said so."""
        who = self.name
        if not who:
            return work

        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            with acting(who):
                return work(*args, **kwargs)

        return run

    @contextmanager
    def deciding(self) -> Iterator[str]:
        """Everything that is done inside is decided by who works here now; gives the name.

        Raises
        ------
        AccessError
            As :meth:`decider`.
        """
        name = self.decider()
        with acting(name):
            yield name

    def sign_in(self, name: str, password: str) -> Person:
        """Take the place, or open the screen again.

        Raises
        ------
        AccessError
            When name and password do not fit.
        """
        person = self._store.people.sign_in(name, password)
        with self._lock:
            self._person, self._locked = person, False
        return person

    def lock(self) -> None:
        """Lock the screen; the same or another person signs in to go on."""
        with self._lock:
            self._locked = self.rules.accounts

    def confirm(self, name: str, password: str) -> str:
        """The name to sign with, after the password was asked for again where accounts are on.

        Raises
        ------
        AccessError
            When the password is wrong, or the person may not sign.
        """
        if not self.rules.accounts:
            return " ".join(name.split())
        person = self._here()
        person = self._store.people.sign_in(person.name, password, "signature password")
        if not person.role.may_sign:
            raise AccessError("A technician cannot sign; ask a reviewer to sign in.")
        return person.name

    def require_signer(self) -> str:
        """The name of somebody who may amend.

        Raises
        ------
        AccessError
            When nobody is signed in who may, or nobody has said their name.
        """
        if self.rules.accounts and not self._here().role.may_sign:
            raise AccessError("A technician cannot amend a signed case; ask a reviewer to sign in.")
        return self.decider()

    @property
    def may_erase(self) -> bool:
        """Whether who works here may erase cases for good."""
        return not self.rules.accounts or (self._person is not None and self._person.role.may_administer)

    def require_eraser(self) -> str:
        """The name of somebody who may erase a case for good: an administrator, where people sign in.

        Raises
        ------
        AccessError
            When nobody is signed in who may, or nobody has said their name.
        """
        if self.rules.accounts and not self._store.people.get(self._here().id).role.may_administer:
            raise AccessError("Only an administrator can erase a case; ask one to sign in.")
        return self.decider()

    # Administration --------------------------------------------------------------------------------------------

    def people(self) -> tuple[Person, ...]:
        """All accounts."""
        return self._store.people.list()

    def set_rules(self, rules: Rules) -> Rules:
        """Change the rules."""
        self._require_administrator()
        self._store.people.set_rules(rules)
        self.rules = self._store.people.rules()
        return self.rules

    def turn_on(self, name: str, password: str) -> None:
        """Turn accounts on with a first administrator, who is signed in at once.

        Raises
        ------
        AccessError
            When the account cannot be made.
        """
        if not any(one.active and one.role is Role.ADMINISTRATOR for one in self.people()):
            self._store.people.add(name, Role.ADMINISTRATOR, password)
        person = self._store.people.sign_in(name, password)
        if not person.role.may_administer:
            raise AccessError("Only an administrator can turn accounts on.")
        with self._lock:
            self._person, self._locked = person, False
        rules = self.rules
        self.set_rules(Rules(True, rules.two_people, rules.lock_minutes))

    @property
    def new_administrator(self) -> Person | None:
        """An administrator who was added here since the program started, whose password is known to work."""
        return self._new

    def turn_on_with_new(self) -> None:
        """Turn accounts on with the administrator who was added just now, who is signed in at once.

        Raises
        ------
        AccessError
            When nobody was added, or the account is no longer an administrator's.
        """
        person = self._new
        now = self._store.people.get(person.id) if person is not None else None
        if now is None or not (now.active and now.role.may_administer):
            self._new = None
            raise AccessError("Write an administrator’s name and password first.")
        with self._lock:
            self._person, self._locked = now, False
        rules = self.rules
        self.set_rules(Rules(True, rules.two_people, rules.lock_minutes))

    def add(self, name: str, role: Role, password: str) -> Person:
        """Add an account."""
        self._require_administrator()
        person = self._store.people.add(name, role, password)
        if role is Role.ADMINISTRATOR and not self.rules.accounts:
            self._new = person
        return person

    def change(self, person_id: int, *, role: Role | None = None, active: bool | None = None) -> None:
        """Give an account another role, or close or open it."""
        self._require_administrator()
        self._store.people.change(person_id, role=role, active=active)

    def set_password(self, person_id: int, password: str) -> None:
        """Give an account a new password: one's own, or anybody's as administrator."""
        if self._person is None or self._person.id != person_id:
            self._require_administrator()
        self._store.people.set_password(person_id, password)

    def _here(self) -> Person:
        if self._person is None or self._locked:
            raise AccessError(SIGN_IN_FIRST)
        if acting_now() not in {"", self._person.name}:
            # Asked for by somebody whose place another person has taken before it was done.
            raise AccessError("Another person has signed in meanwhile; do it again.")
        return self._person

    def _require_administrator(self) -> None:
        # While accounts are off there is one user, to whom the whole program belongs.
        if self.rules.accounts and self._person is None:
            raise AccessError(SIGN_IN_FIRST)
        if self.rules.accounts and not self._store.people.get(self._here().id).role.may_administer:
            raise AccessError("Only an administrator can change accounts and rules.")
