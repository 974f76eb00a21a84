"""The line to a shared database: encrypted unless somebody chose otherwise, and no wait on it is without an end."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from leukoscope.cases.store_errors import store_errors
from leukoscope.domain.errors import StoreError
from leukoscope.domain.lines import Line, database_line, place

logger = logging.getLogger(__name__)

WRITES = "leukoscope_writes"
"""Execution option of a connection that is about to write."""
WRITE_LOCK = 0x4C45554B
"""Key of the lock that lets one workstation write at a time; any fixed number."""
LIMITS: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""What libpq is told, unless the address says otherwise. Keepalives notice a computer that is gone; nothing here
notices a server that lives and says nothing, which :class:`~leukoscope.cases.impatient_connection.ImpatientConnection`
does."""
SILENCE_S = 40.0
"""A server that says nothing for so long, with an answer due, is given up; longer than any statement may take."""
STATEMENT_S, LOCK_S = 30, 10
"""Longest statement, and longest wait for a lock."""
WRITE_PAUSE_S = 8
"""A workstation that stops in the middle of saving loses its turn after so long: sooner than others give up waiting."""
READ_PAUSE_S = 300
"""The same in the middle of reading, which keeps nobody waiting but who puts a backup back."""
LEASE_S = 45
"""A connection that is not renewed for so long is ended by the server, by its own clock, and with it what it holds."""
LONG_S = 3600.0
"""Longest silence of a migration or of a backup that is put back."""
_LEASES_SINCE = 140_000


def make_engine(url: str) -> Engine:
    """An engine for the database of an address; nothing is connected yet.

    Raises
    ------
    StoreError
        When it is no address.
    """
    try:
        address = make_url(url).set(drivername="postgresql+psycopg")
        engine = create_engine(
            address,
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
            pool_use_lifo=True,
            connect_args=_arguments(address),
        )
    except SQLAlchemyError as error:
        message = "The address of the case database is not one; write postgresql://user:password@host/name."
        # The address holds a password: not even its kind of fault goes on.
        raise StoreError(message, type(error).__name__) from None
    if database_line(url) in {Line.PLAIN, Line.UNCONFIRMED}:
        logger.warning("the line to the case database at %s need not be encrypted", place(url))
    _listen(engine)
    return engine


def ask(url: str) -> str:
    """Which version of the server answers at an address.

    Raises
    ------
    StoreError
        When it is no address, or nobody answers.
    """
    engine = make_engine(url)
    try:
        with store_errors(), engine.connect() as connection:
            return str(connection.exec_driver_sql("SHOW server_version").scalar()).split(" ", 1)[0]
    finally:
        engine.dispose()


def _arguments(address: URL) -> dict[str, Any]:
    arguments = {name: value for name, value in LIMITS.items() if name not in address.query}
    mode = address.query.get("sslmode")
    if mode in {"verify-full", "verify-ca"} and "sslrootcert" not in address.query and (root := _authorities()):
        arguments["sslrootcert"] = root
    return arguments


def _authorities() -> str:
    """The computer's own authorities, where libpq has no file of its own: its "system" depends on who built it."""
    if (Path.home() / ".postgresql" / "root.crt").exists():
        return ""
    found = ssl.get_default_verify_paths().cafile
    return found or "system"


def _listen(engine: Engine) -> None:
    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, words: Any, names: Any) -> Any:
        # Most stores are a file: psycopg is loaded by the first line to a server.
        from leukoscope.cases.impatient_connection import ImpatientConnection

        return ImpatientConnection.connect(*words, **names)

    event.listen(engine, "connect", _limit)

    @event.listens_for(engine, "reset")
    def _reset(connection: Any, _record: object, _state: object) -> None:
        connection.silence_s = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        cast(Any, connection.connection.driver_connection).silence_s = SILENCE_S
        if connection.get_execution_options().get(WRITES, False):
            pause = f"SET LOCAL idle_in_transaction_session_timeout = '{WRITE_PAUSE_S}s'"
            connection.exec_driver_sql(pause)
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def _limit(connection: DBAPIConnection, _record: object) -> None:
    """Tell the server what to end by itself: by its own clock, whatever has become of the workstation."""
    limits = {
        "statement_timeout": f"{STATEMENT_S}s",
        "lock_timeout": f"{LOCK_S}s",
        "idle_in_transaction_session_timeout": f"{READ_PAUSE_S}s",
    }
    if cast(Any, connection).info.server_version >= _LEASES_SINCE:
        limits["idle_session_timeout"] = f"{LEASE_S}s"
    else:
        logger.warning("this server ends no idle sessions: what a frozen workstation holds stays held until it is off")
    cursor = connection.cursor()
    for name, value in limits.items():
        cursor.execute(f"SET {name} = '{value}'")
    cursor.close()
    connection.commit()


def take_time(connection: Connection) -> None:
    """Let the statements of this transaction take as long as they need: it changes a whole database."""
    if connection.dialect.name != "postgresql":
        return
    cast(Any, connection.connection.driver_connection).silence_s = LONG_S
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '60s'")
