"""A whole database as one SQLite file and back, whatever server it lives on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, create_engine, insert, select, text

from leukoscope.cases.database import Database, copy_file
from leukoscope.cases.server_line import take_time
from leukoscope.cases.sqlite_files import make_engine
from leukoscope.cases.tables import HEAD, Base
from leukoscope.durable import put_in_place, sync_file
from leukoscope.stages import private_folder

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
                _pour(source, goal, table.name, found)
    finally:
        copy.dispose()
    sync_file(part)
    put_in_place(part, target)


def copy_out(engine: Engine, target: Path) -> None:
    """Copy a shared database at the newest revision, but its images, into a new SQLite file with all its guards."""
    with private_folder(target.parent) as name:
        fresh = Database(Path(name))
        try:
            with engine.connect() as source, fresh.engine.begin() as goal:
                goal.execute(Base.metadata.tables["audit_head"].delete())
                for table in Base.metadata.sorted_tables:
                    if table.name not in WITHOUT_IMAGES:
                        _pour(source, goal, table.name, Base.metadata)
        finally:
            fresh.close()
        copy_file(fresh.file, target)


def copy_in(source_file: Path, engine: Engine, before_commit: Callable[[], None] = lambda: None) -> None:
    """Replace what a shared database holds by what stands in an SQLite file of the same revision.

    What ``before_commit`` raises undoes all of it.
    """
    source_engine = make_engine(source_file)
    tables = [table for table in Base.metadata.sorted_tables if table.name not in WITHOUT_IMAGES]
    try:
        with source_engine.connect() as source, engine.begin() as goal:
            take_time(goal)
            goal.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_only_grows"))
            for table in reversed(tables):
                goal.execute(table.delete())
            for table in tables:
                _pour(source, goal, table.name, Base.metadata)
                if "id" in table.columns and table.name != "audit_head":
                    goal.execute(
                        text(
                            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                            f"(SELECT COALESCE(MAX(id), 0) + 1 FROM {table.name}), false)"
                        )
                    )
            goal.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
            goal.execute(text("ALTER TABLE audit ENABLE TRIGGER audit_only_grows"))
            before_commit()
    finally:
        source_engine.dispose()


def _pour(source: Connection, goal: Connection, name: str, metadata: MetaData) -> None:
    table = metadata.tables[name]
    rows = source.execution_options(yield_per=PORTION).execute(select(table))
    for portion in rows.mappings().partitions(PORTION):
        goal.execute(insert(table), [dict(row) for row in portion])
