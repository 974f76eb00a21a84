"""Accounts: names, roles, passwords that only their owner knows, locks after wrong ones, and the rules of the lab."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from leukoscope.cases import lockout
from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.database import Database
from leukoscope.cases.refusal_log import record_guess
from leukoscope.cases.saving import searchable
from leukoscope.cases.tables import PersonRow, RuleRow
from leukoscope.cases.tokens import person_of, revoke_tokens
from leukoscope.domain.directory import WRONG
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import CLOSED, Person, Role, Rules, computer_user, locked

if TYPE_CHECKING:
    from argon2 import PasswordHasher

FAILURES_ALLOWED = 5
LONGEST_NAME = 120
"""So much of a name that nobody has goes into the trail."""
SHORTEST_PASSWORD = 10
THEIRS_ROLE = "The role of this account comes from the groups of the hospital’s directory; it is changed there."
THEIRS_GROUPS = "The hospital’s directory lets this person no longer in; it opens again when they come by its groups."
THEIRS_PASSWORD = "The password of this account is the hospital directory’s; it is changed there."


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
        secret = hashed(password)
        with self._database.writing() as session:
            key = searchable(name)
            if (
                session.scalar(select(PersonRow.id).where(or_(PersonRow.key == key, PersonRow.login == key)))
                is not None
            ):
                raise AccessError("There is an account of this name already; choose another.")
            row = PersonRow(name=name, key=key, role=role.value, secret=secret, active=True)
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
            row = account_row(session, person_id)
            if row.source and role is not None:
                raise AccessError(THEIRS_ROLE)
            if row.lost and active:
                raise AccessError(THEIRS_GROUPS)
            if role is not None and row.role != role.value:
                self._trail.record(session, "account role", subject=row.name, old=row.role, new=role.value)
                row.role = role.value
            if active is not None and row.active != active:
                self._trail.record(session, "account active", subject=row.name, old=str(row.active), new=str(active))
                row.active = active
                if not active:
                    revoke_tokens(session, self._trail, row)
            session.flush()
            refuse_nobody(session)

    def set_password(self, person_id: int, password: str) -> None:
        """Give a new password; a lock is taken off.

        Raises
        ------
        AccessError
            When it is too short.
        """
        secret = hashed(password)
        with self._database.writing() as session:
            row = account_row(session, person_id)
            if row.source:
                raise AccessError(THEIRS_PASSWORD)
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
            return person_of(account_row(session, person_id))

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
    # Of the laboratory: one must be able to sign in while the hospital's directory is away.
    wanted = select(func.count()).where(
        PersonRow.role == Role.ADMINISTRATOR.value, PersonRow.active, PersonRow.source == ""
    )
    return session.scalar(wanted) or 0


def refuse_nobody(session: Session) -> None:
    """Raise AccessError where people sign in and no administrator of the laboratory would be left."""
    if load_rules(session).accounts and not _administrators(session):
        raise AccessError("One administrator must stay; make somebody else administrator first.")


def account_row(session: Session, person_id: int) -> PersonRow:
    """One account; raises AccessError where it is gone."""
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


def hashed(password: str) -> str:
    """A password as it is kept; raises AccessError where it is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise AccessError(f"A password needs at least {SHORTEST_PASSWORD} characters; take a short sentence.")
    return _hasher().hash(password)


def _fits(secret: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(secret, password)
    except (VerificationError, InvalidHashError):
        return False
