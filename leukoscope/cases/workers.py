"""Programs that judge images of one store: which of them live, and who takes over from those that do not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy import case as case_when
from sqlalchemy.orm import Session

from leukoscope.cases.database import Database
from leukoscope.cases.tables import QueueRow, WorkerRow
from leukoscope.domain.waiting import WaitState

LEASE = timedelta(seconds=45)
"""A program that was not seen for so long is taken for dead; its images go to another."""
_WAITS = WaitState.WAITING.value
_STATE_FREED = case_when((QueueRow.state == WaitState.JUDGING.value, _WAITS), else_=QueueRow.state)


class Workers:
    """Who judges; all moments are those of the database's clock, since workstations' clocks differ.

    Parameters
    ----------
    database
        Where the queue is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def heartbeat(self, token: str) -> None:
        """Say that this program lives, while there is anything that depends on it."""
        with self._database.reading() as session:
            if session.scalar(select(QueueRow.id).where(QueueRow.owner == token).limit(1)) is None:
                return
        with self._database.writing() as session:
            seen(session, token)

    def adopt(self, token: str, dead: Collection[str] = ()) -> int:
        """Take over the images of programs that do not live any more.

        Parameters
        ----------
        token
            Of this program.
        dead
            Tokens of programs that are known to have ended, whatever their lease says.

        Returns
        -------
        int
            How many images were taken over.
        """
        with self._database.reading() as session:
            if session.scalar(select(QueueRow.id).where(_left_behind(session, token, dead)).limit(1)) is None:
                return 0
        with self._database.writing() as session:
            seen(session, token)
            orphans = _left_behind(session, token, dead)
            count = session.scalar(select(func.count()).select_from(QueueRow).where(orphans)) or 0
            session.execute(
                update(QueueRow).where(orphans).values(owner=token, state=_STATE_FREED),
                execution_options={"synchronize_session": False},
            )
            gone = or_(WorkerRow.token.in_(dead), WorkerRow.seen_at <= moment(session) - LEASE)
            session.execute(delete(WorkerRow).where(gone), execution_options={"synchronize_session": False})
            return count

    def leave(self, token: str) -> None:
        """Say that this program ends: whoever lives or comes next goes on with its images."""
        with self._database.writing() as session:
            session.execute(
                update(QueueRow).where(QueueRow.owner == token).values(owner=None, state=_STATE_FREED),
                execution_options={"synchronize_session": False},
            )
            session.execute(delete(WorkerRow).where(WorkerRow.token == token))


def seen(session: Session, token: str) -> None:
    """Note inside a transaction that a program lives."""
    now = moment(session)
    row = session.get(WorkerRow, token)
    if row is None:
        session.add(WorkerRow(token=token, seen_at=now))
    else:
        row.seen_at = now
    session.flush()


def moment(session: Session) -> datetime:
    """Now, by the database's clock."""
    if session.get_bind().dialect.name != "postgresql":
        return datetime.now(UTC)
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def _left_behind(session: Session, token: str, dead: Collection[str]) -> ColumnElement[bool]:
    living = select(WorkerRow.token).where(
        WorkerRow.seen_at > moment(session) - LEASE, WorkerRow.token.not_in(tuple(dead))
    )
    return (QueueRow.removed_at.is_(None)) & (
        QueueRow.owner.is_(None) | (QueueRow.owner.not_in(living) & (QueueRow.owner != token))
    )
