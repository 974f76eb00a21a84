"""Files of the folder ``site`` in the database: so they are part of every backup, and of what workstations share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.database import Database
from leukoscope.cases.tables import SiteFileRow
from leukoscope.domain.errors import Cause, ConflictError, StoreError

LONGEST_NAME = 80
MEANWHILE = "Another workstation has just changed the site profiles; nothing was changed here. Look, then try again."
Tell = Callable[[Session], object]


class SiteFiles:
    """All of them, by name.

    Parameters
    ----------
    database
        Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def digests(self) -> dict[str, str]:
        """Name -> SHA-256 of what the file holds."""
        with self._database.reading() as session:
            rows = session.execute(select(SiteFileRow.name, SiteFileRow.sha256)).all()
        return {row.name: row.sha256 for row in rows}

    def read(self, name: str) -> bytes:
        """What a file holds.

        Raises
        ------
        StoreError
            When there is none of this name, or it is no longer what was kept.
        """
        with self._database.reading() as session:
            row = session.get(SiteFileRow, name)
            if row is None:
                raise StoreError("The site profile is gone; import it again.", f"no site file {name}")
            if hashlib.sha256(row.data).hexdigest() != row.sha256:
                raise StoreError("A site profile in the store is damaged; restore a backup.", name, cause=Cause.BROKEN)
            return row.data

    def put(self, name: str, data: bytes, former: str | None = None, tell: Tell | None = None) -> None:
        """Keep a file, in the place of the one of this name.

        Parameters
        ----------
        name, data
            What is kept.
        former
            SHA-256 of what the writer has seen in its place, empty for nothing; ``None`` takes the place of anything.
        tell
            Writes what belongs to it, in the same transaction.

        Raises
        ------
        ConflictError
            When another workstation has written it meanwhile; nothing is changed then.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        with self._database.writing() as session:
            row = session.get(SiteFileRow, name[:LONGEST_NAME])
            if former is not None and (row.sha256 if row is not None else "") not in {former, sha256}:
                raise ConflictError(MEANWHILE, name)
            if tell is not None:
                tell(session)
            session.merge(SiteFileRow(name=name[:LONGEST_NAME], sha256=sha256, data=data, changed_at=datetime.now(UTC)))
