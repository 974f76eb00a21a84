"""Accounts: names, roles, passwords that only their owner knows, locks after wrong ones, and the rules of the lab."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from leukoscope.cases import lockout
from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.database import Database
from leukoscope.cases.refusal_log import record_guess
from leukoscope.cases.saving import searchable
from leukoscope.cases.tables import PersonRow, RuleRow
from leukoscope.cases.tokens import person_of, revoke_tokens
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import CLOSED, Person, Role, Rules, computer_user, locked

if TYPE_CHECKING:
    from argon2 import PasswordHasher

FAILURES_ALLOWED = 5
LONGEST_NAME = 120
"""So much of a name that nobody has goes into the trail."""
SHORTEST_PASSWORD = 10
WRONG = "Name or password is wrong; try again."


class People:
    """All accounts of a store, and its rules.

    Parameters
    ----------
    database, trail
        Where they are kept, and where every change is told.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def list(self) -> tuple[Person, ...]:
        """All accounts by name, also those that may no longer sign in."""
        with self._database.reading() as session:
            return tuple(person_of(row) for row in session.scalars(select(PersonRow).order_by(PersonRow.key)))

    def rules(self) -> Rules:
        """What the lab asks for."""
        with self._database.reading() as session:
            return load_rules(session)

    def set_rules(self, rules: Rules) -> None:
        """Change the rules.

        Raises
        ------
        AccessError
            When accounts are turned on while no administrator could sign in.
        """
        with self._database.writing() as session:
            if rules.accounts and not _administrators(session):
                raise AccessError("Add an administrator first; else nobody could turn accounts off again.")
            before = load_rules(session)
            for name, value in asdict(rules).items():
                old, new = str(int(getattr(before, name))), str(int(value))
                session.merge(RuleRow(name=name, value=new))
                if old != new:
                    self._trail.record(session, "rule", subject=name, old=old, new=new)

    def add(self, name: str, role: Role, password: str) -> Person:
        """Add an account.

        Raises
        ------
        AccessError
            When the name is empty or taken, or the password too short.
        """
        name = name.strip()
        if not name:
            raise AccessError("An account needs a name.")
        secret = _secret(password)
        with self._database.writing() as session:
            if session.scalar(select(PersonRow.id).where(PersonRow.key == searchable(name))) is not None:
                raise AccessError("There is an account of this name already; choose another.")
            row = PersonRow(name=name, key=searchable(name), role=role.value, secret=secret, active=True)
            session.add(row)
            session.flush()
            self._trail.record(session, "account added", subject=name, new=role.value)
            return person_of(row)

    def change(self, person_id: int, *, role: Role | None = None, active: bool | None = None) -> None:
        """Give another role, or let no longer (or again) sign in; who may no longer has no token either.

        Raises
        ------
        AccessError
            When no administrator would be left.
        """
        with self._database.writing() as session:
            row = _row(session, person_id)
            if role is not None and row.role != role.value:
                self._trail.record(session, "account role", subject=row.name, old=row.role, new=role.value)
                row.role = role.value
            if active is not None and row.active != active:
                self._trail.record(session, "account active", subject=row.name, old=str(row.active), new=str(active))
                row.active = active
                if not active:
                    revoke_tokens(session, self._trail, row)
            session.flush()
            if load_rules(session).accounts and not _administrators(session):
                raise AccessError("One administrator must stay; make somebody else administrator first.")

    def set_password(self, person_id: int, password: str) -> None:
        """Give a new password; a lock is taken off.

        Raises
        ------
        AccessError
            When it is too short.
        """
        secret = _secret(password)
        with self._database.writing() as session:
            row = _row(session, person_id)
            row.secret = secret
            lockout.unlock(row)
            self._trail.record(session, "account password", subject=row.name)

    def sign_in(self, name: str, password: str, what: str = "sign in") -> Person:
        """Check name and password; who is wrong five times waits a quarter of an hour.

        Raises
        ------
        AccessError
            When they do not fit, the account is locked or may no longer be used.
        """
        # The answer must be saved also when it is no: a count of failures that is rolled back locks nobody out.
        with self._database.writing() as session:
            row = session.scalar(select(PersonRow).where(PersonRow.key == searchable(name.strip())))
            refusal = self._refusal(row, password, datetime.now(UTC))
            # Also of a name that nobody has: who tries names is seen.
            said, who = (row.name, row.name) if row is not None else (name.strip()[:LONGEST_NAME], computer_user())
            if refusal is None:
                self._trail.record(session, what, subject=said, who=who)
            else:
                record_guess(session, self._trail, f"{what} refused", subject=said, who=who)
            person = None if row is None else person_of(row)
        if refusal is not None or person is None:
            raise AccessError(refusal or WRONG)
        return person

    def _refusal(self, row: PersonRow | None, password: str, now: datetime) -> str | None:
        nobody = _nobody()
        # Once for every name, known, unknown, locked or closed: the time that it takes tells nobody which it is.
        fits = _fits(nobody if row is None else row.secret, password)
        if row is None:
            return WRONG
        lockout.bind(row, now)
        if waits := locked(now + lockout.left(row, now), now):
            return waits
        if not fits:
            row.failures += 1
            if row.failures >= FAILURES_ALLOWED:
                lockout.lock(row, now)
                return "Too many wrong passwords; try again in 15 min, or ask an administrator."
            return WRONG
        lockout.unlock(row)
        if _hasher().check_needs_rehash(row.secret):
            row.secret = _hasher().hash(password)
        return None if row.active else CLOSED

    def get(self, person_id: int) -> Person:
        """One account."""
        with self._database.reading() as session:
            return person_of(_row(session, person_id))

    def now(self, person_id: int | None) -> tuple[Rules, Person | None]:
        """The rules and one account as they are this moment; ``None`` where there is no such account."""
        with self._database.reading() as session:
            return account_now(session, person_id)


def account_now(session: Session, person_id: int | None) -> tuple[Rules, Person | None]:
    """The rules and one account as a transaction sees them; ``None`` where there is no such account."""
    row = None if person_id is None else session.get(PersonRow, person_id)
    return load_rules(session), None if row is None else person_of(row)


def load_rules(session: Session) -> Rules:
    """The rules as they are kept."""
    kept = {row.name: row.value for row in session.execute(select(RuleRow.name, RuleRow.value))}
    values = {
        one.name: type(getattr(Rules(), one.name))(int(kept[one.name])) for one in fields(Rules) if one.name in kept
    }
    return Rules(**values)


def _administrators(session: Session) -> int:
    wanted = select(func.count()).where(PersonRow.role == Role.ADMINISTRATOR.value, PersonRow.active)
    return session.scalar(wanted) or 0


def _row(session: Session, person_id: int) -> PersonRow:
    row = session.get(PersonRow, person_id)
    if row is None:
        raise AccessError("This account is no longer there; open the list again.", f"no person {person_id}")
    return row


@cache
def _hasher() -> PasswordHasher:
    # Most starts ask for no password.
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """The password of nobody, hashed as those of accounts are."""
    return _hasher().hash("nobody")


def _secret(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise AccessError(f"A password needs at least {SHORTEST_PASSWORD} characters; take a short sentence.")
    return _hasher().hash(password)


def _fits(secret: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(secret, password)
    except (VerificationError, InvalidHashError):
        return False
