"""Which Case is open at which workstation, where several share a database: nobody erases it under their hands."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from leukoscope.cases.database import Database
from leukoscope.cases.store_errors import store_errors
from leukoscope.domain.errors import StoreError

KEY = 0x4C455548
"""First half of the server's advisory locks; the second is the key of the Case. Any fixed number."""


class OpenCaseLock:
    """Holds the Case that is open here.

    A shared lock of the server on the connection that is leased: it is gone by itself when the workstation crashes,
    freezes, loses the network or is switched off, and is taken again when the line stands again. A file has one
    window, so there is nobody to tell.

    Parameters
    ----------
    database
        Where Cases are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held = 0

    def hold(self, case_id: int) -> None:
        """Say which Case is open here now; 0 for none.

        Raises
        ------
        StoreError
            When the server does not answer.
        """
        lease = self._database.lease
        if lease is None:
            return
        with self._lock, store_errors():
            held, self._held = self._held, case_id
            if held == case_id == 0:
                return

            def take(connection: Connection) -> None:
                connection.execute(text("SELECT pg_try_advisory_lock_shared(:key, :id)"), {"key": KEY, "id": case_id})

            def change(connection: Connection) -> None:
                if held:
                    # This one alone: the connection also holds the lock of everybody who has the store open.
                    freed = text("SELECT pg_advisory_unlock_shared(:key, :id)")
                    connection.execute(freed, {"key": KEY, "id": held})
                if case_id:
                    take(connection)

            lease.use(change, take if case_id else None)

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
