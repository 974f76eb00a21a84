"""Opening the case database: pragmas, permissions, migrations with a backup first, errors in plain words."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from leukoscope.cases.tables import HEAD
from leukoscope.domain.errors import StoreError

logger = logging.getLogger(__name__)

DATABASE_FILE = "cases.db"
BACKUP_FOLDER = "backups"
BUSY_TIMEOUT_MS = 10_000
_WRITES = "leukoscope_writes"

_SENTENCES = (
    ("full", "The disk is full; free some space, then try again."),
    ("readonly", "The case database cannot be written; check the permissions of the data folder."),
    ("unable to open", "The case database cannot be opened; check the permissions of the data folder."),
    ("locked", "The case database is in use by another program; close it, then try again."),
    ("malformed", "The case database is damaged; restore a backup."),
    ("not a database", "The case database is damaged; restore a backup."),
    ("disk i/o", "The disk with the case database has a fault or is full; check it, then try again."),
)


class Database:
    """The SQLite file of all Cases, at the newest migration.

    Parameters
    ----------
    folder
        Holds ``cases.db`` and ``backups/``; made when missing, readable by this user only.

    Raises
    ------
    StoreError
        When it cannot be opened, is damaged, or comes from a newer version of the program.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / DATABASE_FILE
        _make_private(folder, self._file)
        self._engine = _make_engine(self._file)
        try:
            with store_errors():
                self._migrate()
        except StoreError:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view of the database."""
        with store_errors(), Session(self._engine, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: all of it is saved, or, on any exception, nothing.

        The write lock is taken at the start, so two writers wait for each other instead of failing half-way.
        """
        writer = self._engine.execution_options(**{_WRITES: True})
        with store_errors(), Session(writer, autoflush=False) as session, session.begin():
            yield session

    def _migrate(self) -> None:
        revision = _revision(self._file)
        if revision == HEAD:
            return
        # Alembic is slow to import and seldom needed.
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if revision is not None:
            if revision not in known:
                message = "These cases were saved by a newer version of LeukoScope; install that version to open them."
                raise StoreError(message, f"database at revision {revision}, newest known is {HEAD}")
            _back_up(self._file, revision)
        with self._engine.execution_options(**{_WRITES: True}).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the database or the disk says into a StoreError with one sentence."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        # The statement's parameters are patient data: only the driver's own words go to the log.
        said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        lowered = said.lower()
        fallback = "The case could not be saved or read; try again, and restore a backup if it goes on."
        sentence = next((text for key, text in _SENTENCES if key in lowered), fallback)
        raise StoreError(sentence, f"{type(error).__name__}: {said}") from error


def _make_private(folder: Path, file: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # SQLite gives its side files the permissions of the main file.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        message = "The folder of cases cannot be written; check the disk and its permissions."
        raise StoreError(message, repr(error)) from error


def _make_engine(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: DBAPIConnection, _record: object) -> None:
        # Transactions are begun by us, below: the driver's own way would begin them too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-32000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _revision(file: Path) -> str | None:
    """Revision of the file; ``None`` when it is new."""
    with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


def _back_up(file: Path, revision: str) -> None:
    """Copy the database, whole and consistent, before a migration touches it."""
    folder = file.parent / BACKUP_FOLDER
    folder.mkdir(exist_ok=True, mode=0o700)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = folder / f"cases-{revision}-{stamp}.db"
    part = target.with_suffix(".part")
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.replace(target)
    except (OSError, sqlite3.Error):
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    logger.info("database backed up before a migration from revision %s", revision)
