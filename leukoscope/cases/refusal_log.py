"""Refusals in the audit trail: who tried what and why it was not done; never so many that they fill the disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.database import Database
from leukoscope.cases.tables import AuditHeadRow, AuditRow
from leukoscope.domain.audit import REFUSED

AGAIN = timedelta(minutes=10)
"""The same refusal is told once in so long."""
AN_HOUR = timedelta(hours=1)
MOST_IN_AN_HOUR = 20
"""So many refusals are told in an hour, whoever tries whatever: 200 MB in a year of trying without a pause."""
MOST_GUESSES = 60
"""The same for each way of signing in: five wrong passwords lock an account, more are of somebody who tries names."""
LOOKED_BACK = 500
"""Entries that are looked at for refusals of the last hour."""


class RefusalLog:
    """Refusals of a store.

    Parameters
    ----------
    database, trail
        Where they are told.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def tell(self, act: str, who: str, why: str, more: int = 0) -> bool:
        """Add an entry of an act that was refused; says whether it did.

        Parameters
        ----------
        act, who, why
            What was refused to whom, and the sentence that they read. No patient data.
        more
            So many were refused before it that no entry tells of.

        Raises
        ------
        StoreError
            When it cannot be written.
        """
        with self._database.writing() as session:
            told = told_lately(session, (REFUSED,), AN_HOUR)
            now = datetime.now(UTC)
            same = any(one[1:] == (who, act) and now - one[0] < AGAIN for one in told)
            if same or len(told) >= MOST_IN_AN_HOUR:
                return False
            new = f"{more} more before it" if more else ""
            self._trail.record(session, REFUSED, subject=act, new=new, reason=why, who=who)
            return True


def record_guess(session: Session, trail: AuditTrail, what: str, *, who: str, subject: str = "", new: str = "") -> None:
    """Add an entry of a sign-in that failed, in the transaction that counts it; not of every one of very many."""
    if len(told_lately(session, (what,), AN_HOUR)) < MOST_GUESSES:
        trail.record(session, what, subject=subject, new=new, who=who)


def told_lately(session: Session, whats: tuple[str, ...], since: timedelta) -> list[tuple[datetime, str, str]]:
    """When, of whom and of what the last entries of some kinds tell, as far as they are not older.

    Entries of a clock that went back since are not counted: they say nothing of the last hour.
    """
    end = session.scalar(select(AuditHeadRow.count)) or 0
    wanted = select(AuditRow.at, AuditRow.who, AuditRow.subject).where(
        AuditRow.number > end - LOOKED_BACK, AuditRow.what.in_(whats)
    )
    now = datetime.now(UTC)
    found = [(datetime.fromisoformat(row.at), row.who, row.subject) for row in session.execute(wanted)]
    return [one for one in found if timedelta() <= now - one[0] < since]
