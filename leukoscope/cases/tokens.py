"""Tokens: what a scheduled job signs in with, in the name of an account. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases import lockout
from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.database import Database
from leukoscope.cases.refusal_log import record_guess
from leukoscope.cases.tables import PersonRow, TokenRow
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import DIRECTORY, Person, Role, Token

PREFIX = "leukoscope-"
"""So that whoever finds one knows what it opens."""
LONGEST_DAYS = 3660
TOKEN_REFUSED = "token refused"
NO_TOKEN = "This token is not known here; ask an administrator for another."


class Tokens:
    """All tokens of a store.

    Parameters
    ----------
    database, trail
        Where they are kept, and where every use of one is told.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def issue(self, person_id: int, days: int) -> tuple[str, Token]:
        """Make a token of an account.

        Parameters
        ----------
        person_id
            Whose.
        days
            So long it holds.

        Returns
        -------
        str
            The token itself, which is nowhere to be read again.
        Token
            What is kept of it.

        Raises
        ------
        AccessError
            When the account is gone or closed, or the days are no time.
        """
        if not 1 <= days <= LONGEST_DAYS:
            raise AccessError(f"A token holds for 1 to {LONGEST_DAYS} days; choose another number.")
        text, now = PREFIX + secrets.token_urlsafe(32), datetime.now(UTC)
        with self._database.writing() as session:
            person = session.get(PersonRow, person_id)
            if person is None or not person.active:
                raise AccessError(
                    "This account is closed or no longer there; choose another.", f"no person {person_id}"
                )
            row = TokenRow(
                person_id=person_id, secret=_hash(text), issued_by=self._trail.actor,
                issued_at=now, expires_at=now + timedelta(days=days),
            )  # fmt: skip
            session.add(row)
            session.flush()
            until = row.expires_at.isoformat(timespec="minutes")
            self._trail.record(session, "token issued", subject=person.name, new=f"token {row.id}", reason=until)
            return text, _token(row, person.name)

    def list(self) -> tuple[Token, ...]:
        """All tokens, the newest first, also those that hold no longer."""
        wanted = select(TokenRow, PersonRow.name).join(PersonRow, PersonRow.id == TokenRow.person_id)
        with self._database.reading() as session:
            return tuple(_token(row, name) for row, name in session.execute(wanted.order_by(TokenRow.id.desc())))

    def refusal(self, token_id: int) -> str:
        """Why a token with which somebody signed in opens nothing more; empty while it does."""
        with self._database.reading() as session:
            return token_refusal(session, token_id)

    def revoke(self, token_id: int) -> None:
        """Take a token no longer; a second time changes nothing.

        Raises
        ------
        AccessError
            When there is none of this number.
        """
        with self._database.writing() as session:
            row = session.get(TokenRow, token_id)
            person = None if row is None else session.get(PersonRow, row.person_id)
            if row is None or person is None:
                raise AccessError(f"There is no token {token_id}; “leukoscope people tokens” lists them.")
            _revoke(session, self._trail, row, person)

    def sign_in(self, text: str) -> tuple[Person, int]:
        """Whose token this is, and its number.

        Raises
        ------
        AccessError
            When it is not known, holds no longer, or its account may not be used now.
        """
        now = datetime.now(UTC)
        # The entry must be saved also when the answer is no.
        with self._database.writing() as session:
            row = session.scalar(select(TokenRow).where(TokenRow.secret == _hash(text.strip())))
            person = None if row is None else session.get(PersonRow, row.person_id)
            if row is None or person is None:
                record_guess(session, self._trail, TOKEN_REFUSED, who=self._trail.actor)
                refusal, found = NO_TOKEN, None
            else:
                found = person_of(person)
                refusal = _token(row, person.name).refused(now) or found.refused(now)
                name, which = person.name, f"token {row.id}"
                if refusal:
                    record_guess(session, self._trail, TOKEN_REFUSED, subject=name, new=which, who=name)
                else:
                    self._trail.record(session, "sign in", subject=name, new=which, who=name)
                row.used_at = row.used_at if refusal else now
            number = 0 if row is None else row.id
        if refusal or found is None:
            raise AccessError(refusal)
        return found, number


def token_refusal(session: Session, token_id: int) -> str:
    """As :meth:`Tokens.refusal`, as a transaction sees it."""
    row = session.get(TokenRow, token_id)
    return NO_TOKEN if row is None else _token(row, "").refused(datetime.now(UTC))


def revoke_tokens(session: Session, trail: AuditTrail, person: PersonRow) -> None:
    """Take no token of an account any longer, within the transaction that closes it."""
    wanted = select(TokenRow).where(TokenRow.person_id == person.id)
    for row in session.scalars(wanted):
        _revoke(session, trail, row, person)


def _revoke(session: Session, trail: AuditTrail, row: TokenRow, person: PersonRow) -> None:
    if row.revoked_at is None:
        row.revoked_at = datetime.now(UTC)
        trail.record(session, "token revoked", subject=person.name, old=f"token {row.id}")


def _hash(text: str) -> str:
    # 256 random bits: nobody guesses them, so that a slow hash would protect nothing more.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _token(row: TokenRow, person: str) -> Token:
    return Token(row.id, person, row.issued_by, row.issued_at, row.expires_at, row.used_at, row.revoked_at)


def person_of(row: PersonRow) -> Person:
    """An account as the domain has it."""
    now = datetime.now(UTC)
    waits = lockout.left(row, now)
    active = row.active and not row.lost
    until = now + waits if waits else None
    return Person(row.id, row.name, Role(row.role), active, until, row.source == DIRECTORY)
