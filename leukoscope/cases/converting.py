"""A database becomes an encrypted one, or one in the clear: whole, read back, in one step."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from leukoscope.cases import sqlite_files
from leukoscope.cases.cipher import Cipher
from leukoscope.cases.swap import fold_in
from leukoscope.domain.errors import StoreError
from leukoscope.system.durable import put_in_place, sync_file

_PART = ".converting"


def become(file: Path, cipher: Cipher | None) -> None:
    """Write a database anew beside itself, read it back, and put it in its own place. Nobody may have it open.

    Raises
    ------
    StoreError
        When it cannot be read, or what was written is not the same; it is as it was then.
    OSError, sqlite3.Error
        When the disk is full or cannot be written.
    """
    if not file.is_file() or not file.stat().st_size:
        return
    if sqlite_files.is_plain(file) != (cipher is not None):
        return
    part = file.with_name(file.name + _PART)
    part.unlink(missing_ok=True)
    fold_in(file)
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        sqlite_files.convert(file, part, cipher)
        if _told(part) != _told(file):
            message = "The database was written anew and is not the same; nothing was changed. Check the disk."
            raise StoreError(message, f"{file.name} differs from its conversion")
        sync_file(part)
        put_in_place(part, file)
    finally:
        part.unlink(missing_ok=True)


def _told(file: Path) -> list[tuple[str, int]]:
    """Whether a database is whole, its parts, and how many rows each table has."""
    with closing(sqlite_files.connect(file)) as connection:
        told = [(str(connection.execute("PRAGMA integrity_check").fetchone()[0]), 0)]
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        for kind, name, sql in rows:
            count = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] if kind == "table" else 0
            told.append((f"{kind} {name} {sql}", count))
    return told
