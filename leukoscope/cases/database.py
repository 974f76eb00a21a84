"""Opening the case database: pragmas, permissions, migrations with a backup first, errors in plain words."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event, inspect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from leukoscope.cases import sqlite_files
from leukoscope.cases.anchors import ANCHOR_FILE
from leukoscope.cases.cipher import Cipher
from leukoscope.cases.lease import Fence, Lease
from leukoscope.cases.rights import check_claim, told_if_refused
from leukoscope.cases.server_connection import LOCK_S, WRITES, make_engine, take_time
from leukoscope.cases.sqlite_copy import copy_file, copy_out_plain
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.store_lock import StoreLock
from leukoscope.cases.store_opening import hold, hold_shared_alone, hold_shared_together
from leukoscope.cases.swap import Names
from leukoscope.cases.tables import HEAD, PlainText
from leukoscope.cases.unlocked_keys import cipher_of
from leukoscope.domain.errors import Cause, StoreError
from leukoscope.system.durable import make_private

if TYPE_CHECKING:
    from alembic.config import Config

logger = logging.getLogger(__name__)

DATABASE_FILE = sqlite_files.DATABASE_FILE
SWAPPED = Names(DATABASE_FILE, ANCHOR_FILE)
BACKUP_FOLDER = "backups"
BUSY_TIMEOUT_MS = LOCK_S * 1000

_UNWRITABLE = "The folder of cases cannot be written; check the disk and its permissions."


class Database:
    """All Cases, at the newest migration: an SQLite file, or a PostgreSQL database for several workstations.

    Parameters
    ----------
    folder
        Holds ``cases.db`` and ``backups/``; made when missing, readable by this user only.
    url
        Of a PostgreSQL database, ``postgresql://user:password@host/name``; empty for the SQLite file.
    alone
        As the only program, here and on all workstations.

    Raises
    ------
    StoreError
        When it cannot be opened, is damaged, comes from a newer version of the program, or a backup is just being put
        back; with ``alone``, also while anybody else has it open.
    """

    def __init__(self, folder: Path, url: str = "", *, alone: bool = False) -> None:
        self.file = folder / DATABASE_FILE
        self.is_shared = bool(url)
        self.place = _place(url)
        """Which store, in a word: one folder can be used for the file, and for a server's database, in turn."""
        self.on_begin: Callable[[Session], None] = lambda _: None
        self.before_commit: Callable[[Session], None] = lambda _: None
        self.after_commit: Callable[[Session], None] = lambda _: None
        # Who writes meanwhile waits as long as it takes to write the file anew, not only until SQLite gives up. The
        # server has locks of its own.
        self._scrubbing: AbstractContextManager[object] = nullcontext() if url else threading.RLock()
        _make_private(folder)
        self._fence = Fence()
        self._lock = StoreLock(folder)
        with store_errors():
            self.said = hold(self._lock, folder, SWAPPED, alone=alone)
        self.lease: Lease | None = None
        self._made: Engine | None = None
        try:
            with store_errors():
                self._made = self._make(url, alone)
                if url and alone:
                    self.lease = Lease(self._made, hold_shared_alone, again=False)
                self._migrate()
                if url and not alone:
                    with self._made.connect() as connection:
                        self._fence.remember(connection)
                    # Each connection takes its share of the lock as it is made.
                    self.lease = Lease(self._made, lambda _: None, again=True)
        except StoreError:
            self.close()
            raise

    lease: Lease | None
    """What this workstation holds in a shared database; ``None`` for a file."""
    said: str
    """What was done on opening about something that an interrupted program left behind; mostly nothing."""

    def _make(self, url: str, alone: bool) -> Engine:
        if url:
            engine = make_engine(url)
            if not alone:
                event.listen(engine, "connect", hold_shared_together)
                event.listen(engine, "connect", self._fence.refuse_replaced)
            return engine
        with store_errors():
            cipher = cipher_of(self.file.parent)
        _make_file(self.file)
        return _make_engine(self.file, cipher)

    def close(self) -> None:
        """Let go of the file."""
        if self.lease is not None:
            self.lease.close()
        if self._made is not None:
            self._made.dispose()
        self._lock.let_go()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view of the database."""
        with store_errors(), Session(self._engine, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: all of it is saved, or, on any exception, nothing.

        The write lock is taken at the start, so two writers wait for each other instead of failing half-way.

        Raises
        ------
        AccessError
            When who acts here may not do so any more; see :mod:`leukoscope.cases.rights`.
        """
        with (
            told_if_refused(self),
            self._scrubbing,
            store_errors(),
            Session(self._writer(), autoflush=False) as session,
        ):
            self.on_begin(session)
            with session.begin():
                # The write lock is held from here on: nobody changes rights until this is written.
                check_claim(self, session)
                yield session
                self.before_commit(session)
            self.after_commit(session)

    def _writer(self) -> Engine:
        options: dict[str, Any] = {WRITES: True}
        if self.is_shared:
            # The view must begin after the lock is there, else it misses what the one before has just written.
            options["isolation_level"] = "READ COMMITTED"
        return self._engine.execution_options(**options)

    def _migrate(self) -> None:
        revision = self._revision()
        if revision == HEAD:
            return
        if revision is not None:
            if revision not in known_revisions():
                message = "These cases were saved by a newer version of LeukoScope; install that version to open them."
                raise StoreError(message, f"database at revision {revision}, newest known is {HEAD}")
            self._back_up(revision)
        with self._writer().begin() as connection:
            take_time(connection)
            migrate(connection)

    def _revision(self) -> str | None:
        """Revision of the database; ``None`` when it is new."""
        with self._engine.connect() as connection:
            looked = inspect(connection)
            found: list[str] = []
            if looked.has_table("alembic_version"):
                rows = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
                found = sorted(map(str, rows))
            if not found and looked.has_table("cases"):
                message = "The case database does not say any more which version wrote it; restore a backup."
                raise StoreError(message, "no revision beside the tables", cause=Cause.BROKEN)
            return found[-1] if found else None

    def _back_up(self, revision: str) -> None:
        """Copy the database, whole and consistent, before a migration touches it."""
        folder = self.file.parent / BACKUP_FOLDER
        folder.mkdir(exist_ok=True, mode=0o700)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        target = folder / f"cases-{revision}-{stamp}.db"
        if self.is_shared:
            copy_out_plain(self._engine, target)
        else:
            copy_file(self.file, target)
        logger.info("database backed up before a migration from revision %s", revision)

    def refuse_lost(self) -> None:
        """Raise StoreError when a shared database is no longer held; see :meth:`Lease.refuse_lost`."""
        if self.lease is not None:
            self.lease.refuse_lost()

    def scrub(self) -> None:
        """Write an SQLite file anew without its freed pages, and empty its log. A server cleans itself.

        Raises
        ------
        StoreError
            While somebody else reads for long, or the disk is full.
        """
        if self.is_shared:
            return
        with self._scrubbing, store_errors():
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                # Zeroing what is deleted reaches only deletions of this version, and not every slack byte of a page.
                cursor.execute("VACUUM")
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                cursor.close()
            finally:
                connection.close()
        if busy:
            raise StoreError("The case database is in use; its freed pages are zeroed at the next start.")

    def plain(self, text: str) -> str:
        """A text as the database keeps it."""
        return PlainText().process_bind_param(text, self._engine.dialect) or ""

    @property
    def engine(self) -> Engine:
        """For copies of the whole database."""
        return self._engine

    @property
    def _engine(self) -> Engine:
        assert self._made is not None
        return self._made


def _config() -> Config:
    # Alembic is slow to import and seldom needed.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


def known_revisions() -> frozenset[str]:
    """All revisions that this version of the program can bring up to date."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def migrate(connection: Connection) -> None:
    """Bring what a connection sees to the newest revision, in its transaction."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _place(url: str) -> str:
    if not url:
        return "file"
    with suppress(SQLAlchemyError, ValueError):
        # Another password is the same store.
        address = make_url(url)
        url = f"{address.host}:{address.port}/{address.database}"
    return "shared-" + hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


def _make_private(folder: Path) -> None:
    try:
        make_private(folder)
    except OSError as error:
        raise StoreError(_UNWRITABLE, repr(error)) from error


def _make_file(file: Path) -> None:
    try:
        sqlite_files.make_private_file(file)
    except OSError as error:
        raise StoreError(_UNWRITABLE, repr(error)) from error


def _make_engine(file: Path, cipher: Cipher | None) -> Engine:
    engine = sqlite_files.make_engine(file, cipher, timeout=BUSY_TIMEOUT_MS / 1000)

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: DBAPIConnection, _record: object) -> None:
        # Transactions are begun by us, below: the driver's own way would begin them too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # What is deleted is overwritten with zeros.
            "secure_delete=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-32000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
