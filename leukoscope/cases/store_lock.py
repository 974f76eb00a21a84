"""Who has a store open: everybody who uses it holds it together, who puts a backup back holds it alone."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from leukoscope.domain.errors import StoreError

LOCK_FILE = "store.lock"
STORE_LOCK = 0x4C45554C
"""Key of the same lock in a shared database; any fixed number."""
OPEN_ELSEWHERE = (
    "These cases are open in a window or another command, here or on another workstation; close it, then try again."
)
BEING_RESTORED = "A backup is just being put back; wait until that is done, then try again."


class StoreLock:
    """A lock on one file, held by many together or by one alone; the system frees it when a program is killed.

    SQLite's own file locks are used, on an empty file of their own: they hold between processes and inside one, on
    every system, and need nothing to be tidied up.

    Parameters
    ----------
    folder
        Of the store; must be there.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / LOCK_FILE
        self._connection: sqlite3.Connection | None = None

    def together(self) -> None:
        """Hold it with others.

        Raises
        ------
        StoreError
            While somebody holds it alone.
        OSError, sqlite3.Error
            When the folder cannot be written.
        """
        self._take("BEGIN", BEING_RESTORED)

    def alone(self, patience_s: float = 0.0) -> None:
        """Hold it as the only one; others may take so long to let go of it.

        Raises
        ------
        StoreError
            While anybody else holds it.
        OSError, sqlite3.Error
            When the folder cannot be written.
        """
        self._take("BEGIN EXCLUSIVE", OPEN_ELSEWHERE, patience_s)

    def _take(self, begin: str, refusal: str, patience_s: float = 0.0) -> None:
        self.let_go()
        # Closed by whichever thread closes the store.
        connection = sqlite3.connect(self._file, timeout=patience_s, isolation_level=None, check_same_thread=False)
        try:
            self._file.chmod(0o600)
            connection.execute(begin)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except (sqlite3.Error, OSError) as error:
            connection.close()
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise StoreError(refusal, f"{self._file.name} is held") from error
            raise
        self._connection = connection

    def let_go(self) -> None:
        """Free it; a second call does nothing."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
