"""Who is at the workstation: signing in and out, the lock of the screen, and who may do what."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Callable

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Person, Role, Rules

SIGN_IN_FIRST = "Sign in first."


class Desk:
    """The one place at this workstation. Thread-safe.

    Parameters
    ----------
    store
        Where accounts and rules are kept.
    operator
        Name in force while accounts are off.
    """

    def __init__(self, store: CaseStore, operator: Callable[[], str]) -> None:
        self._store, self._operator = store, operator
        self._lock = threading.Lock()
        self._person: Person | None = None
        self._locked = False
        self.rules: Rules = store.people.rules()
        self._tell_trail()

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
        """Name that stands on labels."""
        return self._person.name if self.rules.accounts and self._person is not None else self._operator()

    def operator_changed(self) -> None:
        """The name in force while accounts are off is another one."""
        self._tell_trail()

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
        self._tell_trail()
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
            return name.strip()
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
            When nobody is signed in who may.
        """
        if self.rules.accounts and not self._here().role.may_sign:
            raise AccessError("A technician cannot amend a signed case; ask a reviewer to sign in.")
        return self.name

    # Administration --------------------------------------------------------------------------------------------

    def people(self) -> tuple[Person, ...]:
        """All accounts."""
        return self._store.people.list()

    def set_rules(self, rules: Rules) -> Rules:
        """Change the rules."""
        self._require_administrator()
        self._store.people.set_rules(rules)
        self.rules = self._store.people.rules()
        self._tell_trail()
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

    def add(self, name: str, role: Role, password: str) -> Person:
        """Add an account."""
        self._require_administrator()
        return self._store.people.add(name, role, password)

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
        return self._person

    def _require_administrator(self) -> None:
        # While accounts are off there is one user, to whom the whole program belongs.
        if self.rules.accounts and self._person is None:
            raise AccessError(SIGN_IN_FIRST)
        if self.rules.accounts and not self._store.people.get(self._here().id).role.may_administer:
            raise AccessError("Only an administrator can change accounts and rules.")

    def _tell_trail(self) -> None:
        self._store.trail.actor = self.name or system_user()


def system_user() -> str:
    """Name of the operating system's user, for the audit trail while nobody else is known."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
