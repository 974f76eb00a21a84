"""Files of the folder ``site`` in the database: so they are part of every backup, and of what workstations share."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sqlalchemy import select

from leukoscope.cases.database import Database
from leukoscope.cases.tables import SiteFileRow
from leukoscope.domain.errors import Cause, StoreError

LONGEST_NAME = 80


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

    def put(self, name: str, data: bytes) -> None:
        """Keep a file, in the place of the one of this name."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._database.writing() as session:
            session.merge(SiteFileRow(name=name[:LONGEST_NAME], sha256=sha256, data=data, changed_at=datetime.now(UTC)))
