"""The real passwords and migrations, without doing the same work a thousand times over in one run of the tests."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from leukoscope.cases import database, people, sqlite_files
from leukoscope.cases.cipher import Cipher
from leukoscope.cases.server_connection import WRITES

Migrate = Callable[[Connection], None]
MakeEngine = Callable[[Path, Cipher | None], Engine]
Statement = tuple[str, Any]
_READS = ("SELECT", "PRAGMA", "SHOW")


@contextmanager
def quick_stores() -> Iterator[Callable[[], PasswordHasher]]:
    """Hash passwords with little work, begin files as the migrations left the first one, and repeat these elsewhere.

    Statements are compiled once for all SQLite files. Gives the program's own hasher.
    """
    full: Callable[[], PasswordHasher] = people._hasher
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_hasher", lambda: hasher)
        patch.setattr(database, "_make_engine", begun_alike(database._make_engine))
        patch.setattr(database, "migrate", repeated(database.migrate))
        patch.setattr(sqlite_files, "create_engine", compiled_once(sqlite_files.create_engine))
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", _compiles_alike)
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda dialect: hash(type(dialect)))
        yield full


def compiled_once(create: Callable[..., Engine]) -> Callable[..., Engine]:
    """All engines share what they compiled: half of what a short-lived store costs is making SQL of its queries."""
    compiled = LRUCache(5000)

    def create_engine(*args: Any, **options: Any) -> Engine:
        engine = create(*args, **options)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    return create_engine


def _compiles_alike(one: SQLiteDialect_pysqlite, other: object) -> bool:
    """What SQL of a query depends on: the kind of database, its driver and how parameters are written."""
    return type(one) is type(other) and one.dbapi is other.dbapi and one.paramstyle == other.paramstyle


def begun_alike(make: MakeEngine) -> MakeEngine:
    """A new file is a copy of the one that the migrations made: making tables took most of the time of a new store.

    An encrypted file, and one for a version of the program that a test made up, is left to the migrations.
    """
    made: list[bytes] = []
    newest, alone = database.HEAD, threading.Lock()

    def make_engine(file: Path, cipher: Cipher | None) -> Engine:
        with alone:
            if cipher is None and newest == database.HEAD and not file.stat().st_size:
                if not made:
                    made.append(_migrated_file(make))
                _put(made[0], file)
        return make(file, cipher)

    return make_engine


def _migrated_file(make: MakeEngine) -> bytes:
    """A file with all tables and nothing in them."""
    with tempfile.TemporaryDirectory(prefix="leukoscope-migrated-") as folder:
        file = Path(folder) / "cases.db"
        engine = make(file, None)
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            database.migrate(connection)
        engine.dispose()
        return file.read_bytes()


def _put(data: bytes, file: Path) -> None:
    """Fill an empty file; where there is no room, the program is to find out by itself."""
    try:
        file.write_bytes(data)
    except OSError:
        file.write_bytes(b"")


def repeated(migrate: Migrate) -> Migrate:
    """What the migrations do to an empty database is the same each time: done by them once, then said again.

    A database that holds anything, and one for a version of the program that a test made up, is left to the migrations.
    """
    said: dict[str, list[Statement]] = {}
    newest = database.HEAD

    def migrate_quickly(connection: Connection) -> None:
        kind = connection.dialect.name
        if newest != database.HEAD or inspect(connection).get_table_names():
            migrate(connection)
        elif kind in said:
            for statement, parameters in said[kind]:
                connection.exec_driver_sql(statement, parameters or None)
        else:
            with _listening(connection) as heard:
                migrate(connection)
            said[kind] = heard

    return migrate_quickly


@contextmanager
def _listening(connection: Connection) -> Iterator[list[Statement]]:
    """The statements that change something, as the driver gets them."""
    heard: list[Statement] = []

    def keep(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if not statement.lstrip().upper().startswith(_READS):
            heard.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", keep)
    try:
        yield heard
    finally:
        event.remove(connection, "before_cursor_execute", keep)
