"""SQLite files in the clear and encrypted ones (SQLCipher): which a file is, it says itself.

POSIX frees all locks that a process has on a file as soon as the process closes any handle of that file. So a database
that is open here is never opened by hand: its kind is remembered, and its file left to SQLite.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import weakref
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine

from leukoscope.cases.cipher import Cipher
from leukoscope.cases.unlocked_keys import LOCKED, MARKER, keys_at_hand
from leukoscope.domain.errors import Cause, StoreError

DATABASE_FILE = "cases.db"
"""In the folder of cases."""
PLAIN = b"SQLite format 3\0"
_PAGE = 4096
_BUSY = "locked"
_LOADING = threading.Lock()


@dataclass
class _Use:
    """A file that is open here: of which kind it is, and how many connections there are."""

    plain: bool
    connections: int = 0


_IN_USE: dict[tuple[int, int], _Use] = {}
_USING = threading.RLock()
"""Held while a file is opened by hand, and while SQLite opens one."""


def is_plain(file: Path) -> bool:
    """Whether a file is a database in the clear; one that is empty or not there is taken for one too."""
    with _USING:
        if (use := _use_of(file)) is not None:
            return use.plain
        try:
            with file.open("rb") as stream:
                start = stream.read(len(PLAIN))
        except FileNotFoundError:
            return True
    return not start or start.startswith(PLAIN)


def make_private_file(file: Path) -> None:
    """Make an empty file for a database that nobody else can read, unless it is there.

    Raises
    ------
    OSError
        When it cannot be made or written.
    """
    with _USING:
        # SQLite gives its side files the permissions of the main file.
        if _use_of(file) is None:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _use_of(file: Path) -> _Use | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return _IN_USE.get((found.st_dev, found.st_ino))


def _opened(module: Any, target: str, file: Path, *, plain: bool, **options: Any) -> Any:
    """A connection that is counted for as long as it is open."""
    with _USING:
        connection = module.connect(target, factory=_counted(module), **options)
        with suppress(OSError):
            found = file.stat()
            key = (found.st_dev, found.st_ino)
            _IN_USE.setdefault(key, _Use(plain)).connections += 1
            connection.let_go = weakref.finalize(connection, _let_go, key)
    return connection


def _let_go(key: tuple[int, int]) -> None:
    with _USING:
        use = _IN_USE.get(key)
        if use is not None:
            use.connections -= 1
            if use.connections <= 0:
                del _IN_USE[key]


@cache
def _counted(module: Any) -> Any:
    class Counted(module.Connection):  # type: ignore[misc]
        """A connection that says when it is closed."""

        let_go: Any = None

        def close(self) -> None:
            with _USING:
                super().close()
                if self.let_go is not None:
                    self.let_go()

    return Counted


def may_be_encrypted(file: Path) -> bool:
    """Whether a file has the size of an encrypted database and no beginning that says what it is."""
    size = file.stat().st_size if file.is_file() else 0
    return size > 0 and size % _PAGE == 0 and not is_plain(file)


def errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What reading a database can raise, whichever kind it is, and ``others``: to be caught."""
    if not keys_at_hand():
        return (sqlite3.Error, *others)
    return (sqlite3.Error, _sqlcipher().Error, *others)


def is_busy(error: Exception) -> bool:
    """Whether it says that another program has the database open."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} or _BUSY in str(error)


def connect(
    file: Path, *, cipher: Cipher | None = None, read_only: bool = False, alone: bool = False, **options: Any
) -> sqlite3.Connection:
    """Connect to a database of either kind.

    Parameters
    ----------
    file
        The database.
    cipher
        With which a new one is encrypted; one that is there says itself what it is.
    read_only
        Whether nothing is written.
    alone
        Whether nobody else can have it open; with ``read_only`` nothing is then written beside the file either.
    options
        Of :func:`sqlite3.connect`.

    Raises
    ------
    StoreError
        When its key is not at hand.
    sqlite3.Error
        When it cannot be opened.
    """
    encrypted = not _will_be_plain(file, cipher)
    known = (cipher,) if cipher is not None else keys_at_hand()
    if not encrypted or not known:
        if encrypted and _is_said_to_be_encrypted(file):
            raise StoreError(LOCKED, f"{file.name}: no key at hand", cause=Cause.UNREACHABLE)
        # What is encrypted and has no key here is damaged: whoever reads it finds out.
        target = _target(file, read_only, alone)
        plain: sqlite3.Connection = _opened(sqlite3, target, file, plain=not encrypted, uri=read_only, **options)
        return plain
    for one in known:
        connection: sqlite3.Connection = _keyed(one, file, _target(file, read_only, alone), options)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except _sqlcipher().DatabaseError:
            connection.close()
        else:
            return connection
    # Of no key that is here, or damaged: whoever reads it finds out.
    return _keyed(known[0], file, _target(file, read_only, alone), options)


def _is_said_to_be_encrypted(file: Path) -> bool:
    """Whether the store that a file is of says so; without that, what cannot be read is damaged."""
    return any((folder / MARKER).exists() for folder in (file.absolute().parent, file.absolute().parent.parent))


def _keyed(cipher: Cipher, file: Path, target: str, options: dict[str, Any]) -> sqlite3.Connection:
    uri = target.startswith("file:")
    connection: sqlite3.Connection = _opened(_sqlcipher(), target, file, plain=False, uri=uri, **options)
    connection.execute(f"PRAGMA key = \"x'{cipher.database_key}'\"")
    return connection


def _will_be_plain(file: Path, cipher: Cipher | None) -> bool:
    """Whether a database is in the clear, or will be; a file that cannot be looked at is as SQLite says it is."""
    try:
        return cipher is None if _is_new(file) else is_plain(file)
    except OSError as error:
        raise sqlite3.OperationalError(f"unable to open database file: {error.strerror}") from error


def _is_new(file: Path) -> bool:
    return not file.exists() or not file.stat().st_size


def make_engine(file: Path, cipher: Cipher | None = None, **options: Any) -> Engine:
    """An engine for a database of either kind; arguments as of :func:`connect`."""
    options["check_same_thread"] = False
    if _will_be_plain(file, cipher):
        return create_engine(
            f"sqlite:///{file}", creator=lambda: _opened(sqlite3, str(file), file, plain=True, **options)
        )
    return create_engine(
        f"sqlite:///{file}", module=_sqlcipher(), creator=lambda: connect(file, cipher=cipher, **options)
    )


def copy(source: Path, target: Path) -> None:
    """Copy a database of either kind while it is in use, into an empty file; it stays of its kind.

    Raises
    ------
    StoreError, sqlite3.Error
        When it cannot be read or written.
    """
    with closing(connect(source)) as database:
        same = None if is_plain(source) else _cipher_of(source)
        with closing(connect(target, cipher=same)) as goal:
            database.backup(goal)


def _cipher_of(file: Path) -> Cipher:
    """Which of the keys at hand a database was encrypted with."""
    for one in keys_at_hand():
        with closing(_keyed(one, file, str(file), {})) as connection, suppress(_sqlcipher().DatabaseError):
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return one
    raise StoreError(LOCKED, f"{file.name}: no key at hand fits", cause=Cause.UNREACHABLE)


def convert(source: Path, target: Path, cipher: Cipher | None) -> None:
    """Write a database into a new file: encrypted, or without a key in the clear.

    Raises
    ------
    StoreError, sqlite3.Error
        When it cannot be read or written.
    """
    key = f"x'{cipher.database_key}'" if cipher is not None else ""
    if is_plain(source):
        connection = _opened(_sqlcipher(), str(source), source, plain=True, isolation_level=None)
    else:
        connection = connect(source, isolation_level=None)
    with closing(connection):
        connection.execute("ATTACH DATABASE ? AS goal KEY ?", (str(target), key))
        connection.execute("SELECT sqlcipher_export('goal')").fetchone()
        connection.execute("DETACH DATABASE goal")


def _target(file: Path, read_only: bool, alone: bool) -> str:
    if not read_only:
        return str(file)
    return f"{file.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"


@cache
def _sqlcipher() -> Any:
    """Loaded by who has an encrypted database only.

    It brings a SQLite of its own. Another library of this process may offer one to everybody under the same names, as
    TensorFlow does: the loader is told to look into the library itself first, where a system has a word for that.
    """
    with _LOADING:
        deep = getattr(os, "RTLD_DEEPBIND", 0)
        before = sys.getdlopenflags() if deep else 0
        try:
            if deep:
                sys.setdlopenflags(before | deep)
            import sqlcipher3.dbapi2 as sqlcipher
        finally:
            if deep:
                sys.setdlopenflags(before)
    return sqlcipher
