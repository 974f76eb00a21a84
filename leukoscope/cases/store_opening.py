"""Opening a store: in the folder of this computer, and in a database that workstations share."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection

from leukoscope.cases.images import IMAGE_FOLDER, ImageStore
from leukoscope.cases.store_lock import BEING_RESTORED, OPEN_ELSEWHERE, STORE_LOCK, StoreLock
from leukoscope.cases.swap import Names, is_left, settle
from leukoscope.domain.errors import StoreError

logger = logging.getLogger(__name__)

SETTLE_PATIENCE_S = 10.0


def hold(lock: StoreLock, folder: Path, names: Names, *, alone: bool) -> str:
    """Take the lock of a store, and finish or undo first what an interrupted program left behind.

    Returns
    -------
    str
        What was finished or undone; mostly nothing.

    Raises
    ------
    StoreError
        While others hold it in a way that does not go together with this one.
    """
    said = ""
    lock.alone() if alone else lock.together()
    while is_left(folder):
        # Another program may have started at the same moment and want to do the same.
        lock.alone(SETTLE_PATIENCE_S)
        said = settle(folder, names, ImageStore(folder / IMAGE_FOLDER)) or said
        logger.warning("left by an interrupted program: %s", said or "nothing to do")
        if not alone:
            lock.together()
    return said


LET_GO_MS = 1000
"""So long a connection waits for a lock that is just being freed, in milliseconds."""


def hold_shared_alone(connection: Connection) -> None:
    """Keep every other workstation out while this connection lives."""
    if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({STORE_LOCK})").scalar():
        raise StoreError(OPEN_ELSEWHERE, "another session holds the lock of the shared database")


def hold_shared_together(connection: DBAPIConnection, _record: object) -> None:
    """Each connection holds the lock for as long as it lives: no list of who is there could be more true."""
    from psycopg.errors import LockNotAvailable

    cursor = connection.cursor()
    try:
        # The server frees a lock a moment after the line of who held it is closed.
        cursor.execute(f"SET LOCAL lock_timeout = {LET_GO_MS}")
        cursor.execute(f"SELECT pg_advisory_lock_shared({STORE_LOCK})")
    except LockNotAvailable as error:
        connection.rollback()
        connection.close()
        detail = "another session holds the lock of the shared database alone"
        raise StoreError(BEING_RESTORED, detail) from error
    cursor.close()
    connection.rollback()
