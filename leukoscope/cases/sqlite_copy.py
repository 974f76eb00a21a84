"""Copies of a case database as one SQLite file: of an SQLite file in use, or of a server's tables as they are found."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, create_engine, insert, select

from leukoscope.cases import sqlite_files
from leukoscope.domain.errors import StoreError
from leukoscope.system.durable import put_in_place, sync_file

PORTION = 500
WITHOUT_IMAGES = ("blobs",)


def copy_out_plain(engine: Engine, target: Path) -> None:
    """Copy every table but the images, as it is found, into a new SQLite file.

    Used before a migration, when the tables are not yet those of the code.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT, 0o600))
    copy = create_engine(f"sqlite:///{part}")
    found = MetaData()
    try:
        with engine.connect() as source, copy.begin() as goal:
            found.reflect(source)
            tables = [table for table in found.sorted_tables if table.name not in WITHOUT_IMAGES]
            for table in tables:
                for column in table.columns:
                    # Server defaults are written in the server's own words.
                    column.server_default = None
                    column.type = column.type.as_generic()
            found.create_all(goal, tables=tables)
            for table in tables:
                pour(source, goal, table.name, found)
    finally:
        copy.dispose()
    sync_file(part)
    put_in_place(part, target)


def copy_file(file: Path, target: Path) -> None:
    """Copy an SQLite database while it is in use: whole, consistent, in one step.

    Raises
    ------
    OSError, sqlite3.Error
        When it cannot be read or written; nothing is left behind.
    """
    part = target.with_name(target.name + ".part")
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        sqlite_files.copy(file, part)
        sync_file(part)
        put_in_place(part, target)
    except sqlite_files.errors(OSError, StoreError):
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def pour(source: Connection, goal: Connection, name: str, metadata: MetaData) -> None:
    """Copy all rows of one table from one connection to another."""
    table = metadata.tables[name]
    rows = source.execution_options(yield_per=PORTION).execute(select(table))
    for portion in rows.mappings().partitions(PORTION):
        goal.execute(insert(table), [dict(row) for row in portion])
