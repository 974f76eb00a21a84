"""A lease on a shared store: renewed while this program runs, ended by the server's clock when it does not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from leukoscope.domain.audit import RESTORED
from leukoscope.domain.errors import LeukoScopeError, StoreError

logger = logging.getLogger(__name__)

PULSE_S = 10.0
"""A fraction of the lease, so that one pulse that is late costs nothing."""
REPLACED = (
    "While this workstation was away, a backup took the place of the shared cases; nothing was saved. Close the "
    "program and open it again."
)
_LAST_RESTORED = f"SELECT seal FROM audit WHERE what = '{RESTORED}' ORDER BY number DESC LIMIT 1"


class Lease:
    """One connection to a shared database that is never idle for long, and what is held on it.

    A lock of the server lives as long as its connection, and the server ends a connection that nothing was heard of.
    A workstation that is frozen, asleep or cut off renews nothing: what it held is free for others after that.

    Parameters
    ----------
    engine
        Connects to the server.
    take
        Takes what is held on a new connection; the first time, its errors are raised by the constructor.
    again
        Whether it is taken anew after the connection was lost; else it is lost for good.

    Raises
    ------
    StoreError
        When it is held by somebody else.
    """

    def __init__(self, engine: Engine, take: Callable[[Connection], None], *, again: bool) -> None:
        self._engine, self._take, self._again = engine, take, again
        self._lock, self._ended = threading.RLock(), threading.Event()
        self._hold_again: Callable[[Connection], None] | None = None
        self._connection: Connection | None = self._connect()
        self._thread = threading.Thread(target=self._run, name="store-lease", daemon=True)
        self._thread.start()

    def _connect(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            self._take(connection)
            if self._hold_again is not None:
                self._hold_again(connection)
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        return connection

    def use(self, work: Callable[[Connection], None], again: Callable[[Connection], None] | None) -> None:
        """Do something on the connection.

        Parameters
        ----------
        work
            Frees a lock and takes another.
        again
            What is done instead on a new connection, now or later, which holds nothing yet; ``None``: nothing is held.

        Raises
        ------
        SQLAlchemyError
            When the server does not answer.
        StoreError
            When the connection cannot be had again.
        """
        with self._lock:
            self._hold_again = again
            if self._connection is not None:
                try:
                    return work(self._connection)
                except SQLAlchemyError:
                    # The line was down meanwhile, and with it the lock.
                    self._drop()
            self._connection = self._connect()
        return None

    def refuse_lost(self) -> None:
        """Raise unless what is held is still held, and renew it.

        Raises
        ------
        StoreError
            When it was lost.
        """
        with self._lock:
            if not self._renewed():
                message = "The shared cases are no longer held by this workstation; nothing was changed. Try again."
                raise StoreError(message, "the lease has ended")

    def close(self) -> None:
        """Let go of everything; a second call does nothing."""
        self._ended.set()
        with self._lock:
            self._drop()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._ended.wait(PULSE_S):
            with self._lock:
                if self._ended.is_set() or self._renewed() or not self._again:
                    continue
                try:
                    self._connection = self._connect()
                    logger.info("the line to the shared cases stands again")
                except (SQLAlchemyError, LeukoScopeError) as error:
                    self._drop()
                    logger.warning("the shared cases are not held: %s", type(error).__name__)

    def _renewed(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            logger.warning("the line to the shared cases broke: %s", type(error).__name__)
            self._drop()
            return False
        return True

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.invalidate()
            connection.close()


class Fence:
    """Keeps a workstation that was away from writing into cases that are others by now.

    While a workstation is there, nobody can put a backup back. When it was frozen and lost its hold, its next
    connection finds out whether that happened: the keys that it remembers would be those of other patients.
    """

    def __init__(self) -> None:
        self._known: str | None = None

    def remember(self, connection: Connection) -> None:
        """Take what is there now for what this program works with."""
        self._known = str(connection.exec_driver_sql(_LAST_RESTORED).scalar() or "")

    def refuse_replaced(self, connection: DBAPIConnection, _record: object) -> None:
        """Refuse a new connection to a store that was replaced; it must hold the store's lock already.

        Raises
        ------
        StoreError
            When it was.
        """
        if self._known is None:
            return
        cursor = connection.cursor()
        cursor.execute(_LAST_RESTORED)
        row = cursor.fetchone()
        cursor.close()
        connection.rollback()
        if (str(row[0]) if row else "") != self._known:
            connection.close()
            raise StoreError(REPLACED, "the last restored backup is another")
