"""Which Case is open at which workstation, where several share a database: nobody erases it under their hands."""

from __future__ import annotations

import threading
from contextlib import suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from leukoscope.cases.database import Database, store_errors
from leukoscope.domain.errors import StoreError

KEY = 0x4C455548
"""First half of the server's advisory locks; the second is the key of the Case. Any fixed number."""


class Holding:
    """Holds the Case that is open here.

    A shared lock of the server on a connection of its own: it is gone by itself when the workstation crashes, loses
    the network or is switched off. A file has one window, so there is nobody to tell.

    Parameters
    ----------
    database
        Where Cases are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._held = 0

    def hold(self, case_id: int) -> None:
        """Say which Case is open here now; 0 for none.

        Raises
        ------
        StoreError
            When the server does not answer.
        """
        if not self._database.is_shared:
            return
        with self._lock, store_errors():
            if self._connection is None and not case_id:
                return
            try:
                self._take(case_id)
            except SQLAlchemyError:
                # The line was down meanwhile, and with it the lock.
                self._drop()
                if case_id:
                    self._take(case_id)

    def _take(self, case_id: int) -> None:
        if self._connection is None:
            connection = self._database.engine.connect()
            self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if self._held:
            # This one alone: the connection also holds the lock of everybody who has the store open.
            held = {"key": KEY, "id": self._held}
            self._connection.execute(text("SELECT pg_advisory_unlock_shared(:key, :id)"), held)
        self._held = 0
        if case_id:
            self._connection.execute(text("SELECT pg_try_advisory_lock_shared(:key, :id)"), {"key": KEY, "id": case_id})
            self._held = case_id

    def refuse_held(self, session: Session, case_id: int) -> None:
        """Refuse when the Case is open at another workstation; one's own hold is let go.

        Nobody can begin to hold it until the transaction of ``session`` ends.

        Raises
        ------
        StoreError
            When it is open elsewhere.
        """
        if not self._database.is_shared:
            return
        if self._held == case_id:
            self.hold(0)
        wanted = text("SELECT pg_try_advisory_xact_lock(:key, :id)")
        if not session.scalar(wanted, {"key": KEY, "id": case_id}):
            raise StoreError("This case is open at another workstation; close it there, then erase it.")

    def close(self) -> None:
        """Hold nothing any more."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection, self._held = self._connection, None, 0
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.invalidate()
            connection.close()
