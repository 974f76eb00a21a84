"""A whole database as one SQLite file and back, whatever server it lives on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text

from leukoscope.cases.database import Database
from leukoscope.cases.server_connection import take_time
from leukoscope.cases.sqlite_copy import WITHOUT_IMAGES, copy_file, pour
from leukoscope.cases.sqlite_files import make_engine
from leukoscope.cases.tables import HEAD, Base
from leukoscope.system.temporary_files import private_folder


def copy_out(engine: Engine, target: Path) -> None:
    """Copy a shared database at the newest revision, but its images, into a new SQLite file with all its guards."""
    with private_folder(target.parent) as name:
        fresh = Database(Path(name))
        try:
            with engine.connect() as source, fresh.engine.begin() as goal:
                goal.execute(Base.metadata.tables["audit_head"].delete())
                for table in Base.metadata.sorted_tables:
                    if table.name not in WITHOUT_IMAGES:
                        pour(source, goal, table.name, Base.metadata)
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
                pour(source, goal, table.name, Base.metadata)
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
