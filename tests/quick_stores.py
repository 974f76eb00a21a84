"""The real passwords and migrations, without doing the same work a thousand times over in one run of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from leukoscope.cases import database, people, sqlite_files

Migrate = Callable[[Connection], None]
Statement = tuple[str, Any]
_READS = ("SELECT", "PRAGMA", "SHOW")


@contextmanager
def quick_stores() -> Iterator[Callable[[], PasswordHasher]]:
    """Hash passwords with little work, and bring new databases up to date by the statements that the first one took.

    Statements are compiled once for all SQLite files. Gives the program's own hasher.
    """
    full: Callable[[], PasswordHasher] = people._hasher
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_hasher", lambda: hasher)
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
