"""Accounts of people of the hospital's directory: it keeps their passwords, their groups give their roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from leukoscope.cases import lockout
from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.database import Database
from leukoscope.cases.people import FAILURES_ALLOWED, LONGEST_NAME, account_row, hashed, refuse_nobody
from leukoscope.cases.refusal_log import record_guess
from leukoscope.cases.saving import searchable
from leukoscope.cases.tables import PersonRow
from leukoscope.cases.tokens import person_of
from leukoscope.domain.directory import DirectoryRefusedError, Entry
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import CLOSED, DIRECTORY, Person, Role, computer_user, locked

BY_DIRECTORY = "directory"
"""Stands in the trail as the reason of what the directory's groups change."""
KEPT_BY = "account kept by"
LABORATORY = "laboratory"
TOO_MANY = "Too many wrong passwords; try again in 15 min, or ask an administrator."
SAME_NAME = (
    "An account of the laboratory is called “{0}” already; where it is yours, an administrator gives it to the "
    "directory (leukoscope people to-directory)."
)


@dataclass(frozen=True)
class Known:
    """What is kept of somebody of the directory.

    Parameters
    ----------
    person
        Their account.
    subject, login
        What stays of them in the directory, empty before they came for the first time, and where only their name
        there is known; and that name.
    """

    person: Person
    subject: str
    login: str


class DirectoryPeople:
    """Accounts of the directory in a store.

    Parameters
    ----------
    database, trail
        Where they are kept, and where every change is told.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def is_local(self, name: str) -> bool:
        """Whether an account of the laboratory has this name."""
        wanted = select(PersonRow.id).where(PersonRow.key == searchable(name.strip()), PersonRow.source == "")
        with self._database.reading() as session:
            return session.scalar(wanted) is not None

    def known(self, name: str) -> Known | None:
        """Who of the directory signs in so: by the account's name, or by theirs in the directory."""
        with self._database.reading() as session:
            row = _by_name(session, name)
            return None if row is None else _known(row, searchable(name.strip()))

    def of(self, person_id: int) -> Known | None:
        """An account of the directory by its key; ``None`` where it is none."""
        with self._database.reading() as session:
            row = session.get(PersonRow, person_id)
            return None if row is None or row.source != DIRECTORY else _known(row, row.key)

    def refused_now(self, known: Known) -> str:
        """Why nobody is asked about a password: too many were wrong, or the account was closed here."""
        now = datetime.now(UTC)
        with self._database.writing() as session:
            row = account_row(session, known.person.id)
            lockout.bind(row, now)
            return locked(now + lockout.left(row, now), now)

    def let_in(self, entry: Entry, what: str) -> Person:
        """Somebody whose password the directory took; their account is made, or brought up to date.

        Raises
        ------
        AccessError
            When their account was closed here, or an account of the laboratory has their name.
        """
        assert entry.role is not None, "who has no role is not let in"
        # The refusal of who was closed here is told too.
        refusal = ""
        with self._database.writing() as session:
            row = self._row_of(session, entry)
            lockout.unlock(row)
            self._update(session, row, entry.role, lost=False)
            row.subject, row.login = entry.subject, searchable(entry.login)
            if row.active:
                self._trail.record(session, what, subject=row.name, reason=BY_DIRECTORY, who=row.name)
            else:
                refusal = CLOSED
                record_guess(session, self._trail, f"{what} refused", subject=row.name, who=row.name)
            session.flush()
            person = person_of(row)
        if refusal:
            raise AccessError(refusal)
        return person

    def refuse(self, name: str, what: str, error: DirectoryRefusedError) -> str:
        """Tell that somebody was not let in, and count wrong passwords.

        Parameters
        ----------
        name, what
            As it was written, and what for.
        error
            Why.

        Returns
        -------
        str
            What they read.
        """
        with self._database.writing() as session:
            row = _by_name(session, name)
            if error.subject:
                row = session.scalar(_OF_DIRECTORY.where(PersonRow.subject == error.subject)) or row
            said = name.strip()[:LONGEST_NAME] if row is None else row.name
            who = computer_user() if row is None else row.name
            record_guess(session, self._trail, f"{what} refused", subject=said, who=who)
            if row is not None and error.is_gone and error.subject == row.subject:
                self._update(session, row, Role(row.role), lost=True)
            if row is None or not error.is_guess:
                return error.message
            row.failures += 1
            if row.failures < FAILURES_ALLOWED:
                return error.message
            lockout.lock(row, datetime.now(UTC))
            return TOO_MANY

    def bring(self, person_id: int, role: Role | None) -> None:
        """What the directory says of somebody now; ``None`` where they may come in no longer."""
        with self._database.writing() as session:
            row = account_row(session, person_id)
            if row.source == DIRECTORY:
                self._update(session, row, Role(row.role) if role is None else role, lost=role is None)

    def give(self, person_id: int, login: str) -> None:
        """Let the directory keep an account of the laboratory from now on; its name stays.

        Raises
        ------
        AccessError
            When somebody of the directory has this name there already, or no administrator of the laboratory stays.
        """
        login = searchable(login.strip())
        if not login:
            raise AccessError("Write the name with which this person signs in at the hospital’s directory.")
        with self._database.writing() as session:
            row = account_row(session, person_id)
            taken = session.scalar(select(PersonRow.name).where(PersonRow.login == login, PersonRow.id != person_id))
            if taken is not None:
                raise AccessError(f"“{taken}” signs in at the hospital’s directory by this name already.")
            row.source, row.subject, row.login, row.secret = DIRECTORY, "", login, ""
            lockout.unlock(row)
            self._trail.record(session, KEPT_BY, subject=row.name, old=LABORATORY, new=BY_DIRECTORY, reason=login)
            session.flush()
            refuse_nobody(session)

    def take_back(self, person_id: int, password: str) -> None:
        """Let the laboratory keep an account of the directory from now on, by a new password; its name stays.

        Raises
        ------
        AccessError
            When the password is too short.
        """
        secret = hashed(password)
        with self._database.writing() as session:
            row = account_row(session, person_id)
            if row.source != DIRECTORY:
                raise AccessError("The laboratory keeps this account already.")
            row.source, row.subject, row.login, row.secret, row.lost = "", "", "", secret, False
            lockout.unlock(row)
            self._trail.record(session, KEPT_BY, subject=row.name, old=BY_DIRECTORY, new=LABORATORY)

    def _row_of(self, session: Session, entry: Entry) -> PersonRow:
        login = searchable(entry.login)
        row = session.scalar(_OF_DIRECTORY.where(PersonRow.subject == entry.subject))
        if row is None:
            # Given to the directory by an administrator, and here for the first time since.
            row = session.scalar(_OF_DIRECTORY.where(PersonRow.subject == "", PersonRow.login == login))
        for other in session.scalars(_OF_DIRECTORY.where(PersonRow.login == login, PersonRow.subject != entry.subject)):
            if other is not row:
                # The directory has given their name to somebody else.
                other.login = ""
        return self._added(session, entry) if row is None else row

    def _added(self, session: Session, entry: Entry) -> PersonRow:
        assert entry.role is not None
        name = entry.name[:LONGEST_NAME]
        keys = {searchable(one) for one in (name, entry.login)}
        local = session.scalar(select(PersonRow.name).where(PersonRow.key.in_(keys), PersonRow.source == ""))
        if local is not None:
            raise AccessError(SAME_NAME.format(local))
        # Two people of the directory may have one name; the sign-in name was perhaps another one's before.
        names = (name, f"{name} ({entry.login})", f"{name} ({entry.subject[-8:]})")
        taken = set(session.scalars(select(PersonRow.key).where(PersonRow.key.in_([searchable(one) for one in names]))))
        name = next(one for one in names if searchable(one) not in taken)
        row = PersonRow(
            name=name, key=searchable(name), role=entry.role.value, secret="", active=True, source=DIRECTORY,
            subject=entry.subject, login=searchable(entry.login), lost=False, failures=0,
        )  # fmt: skip
        session.add(row)
        session.flush()
        self._trail.record(
            session, "account added", subject=name, new=entry.role.value, reason=BY_DIRECTORY, who=computer_user()
        )
        return row

    def _update(self, session: Session, row: PersonRow, role: Role, *, lost: bool) -> None:
        changes = (("account role", row.role, role.value), ("account active", str(not row.lost), str(not lost)))
        for what, old, new in changes:
            if old != new:
                self._trail.record(
                    session, what, subject=row.name, old=old, new=new, reason=BY_DIRECTORY, who=computer_user()
                )
        row.role, row.lost = role.value, lost


_OF_DIRECTORY = select(PersonRow).where(PersonRow.source == DIRECTORY)


def _by_name(session: Session, name: str) -> PersonRow | None:
    """By the account's name, else by the one in the directory."""
    key = searchable(name.strip())
    wanted = _OF_DIRECTORY.where(or_(PersonRow.key == key, PersonRow.login == key))
    return session.scalars(wanted.order_by(case((PersonRow.key == key, 0), else_=1))).first()


def _known(row: PersonRow, key: str) -> Known:
    # A name in the directory can be somebody else's by now; the account's name is theirs for good.
    return Known(person_of(row), row.subject if key == row.key else "", row.login)
