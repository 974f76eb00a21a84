"""Images inside a shared database, where workstations have no folder in common; kept once, checked when read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sqlalchemy import delete, select

from leukoscope.cases.database import Database
from leukoscope.cases.tables import BlobRow
from leukoscope.domain.errors import StoreError


class Images(Protocol):
    """Where images are kept under the SHA-256 of what they hold."""

    def put(self, data: bytes) -> tuple[str, bool]:
        """Keep bytes; hash, and whether they are new."""
        ...

    def read(self, sha256: str) -> bytes:
        """Bytes, verified."""
        ...

    def discard(self, sha256: str) -> None:
        """Remove an image again whose rows could not be saved."""
        ...

    def hashes(self) -> Iterator[str]:
        """Names of all images that are there."""
        ...

    def raw(self, sha256: str) -> bytes | None:
        """The bytes under a name, whatever they are; ``None`` when there are none."""
        ...

    def put_anew(self, data: bytes) -> None:
        """Keep bytes in the place of damaged ones."""
        ...

    def strangers(self) -> Iterator[str]:
        """What lies among the images and is none."""
        ...

    def move_stranger(self, name: str, aside: Path) -> None:
        """Take one of them out."""
        ...


class DatabaseImages:
    """Images in the table ``blobs``.

    Each is written in a transaction of its own, before the rows that name it: an image without rows costs room, rows
    without their image would lose work.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, data: bytes) -> tuple[str, bool]:
        """Keep the bytes; returns hex SHA-256 and whether the image is new."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self._database.reading() as session, session.begin():
            if session.scalar(select(BlobRow.sha256).where(BlobRow.sha256 == sha256)) is not None:
                return sha256, False
            session.add(BlobRow(sha256=sha256, data=data))
        return sha256, True

    def read(self, sha256: str) -> bytes:
        """Read an image and verify it.

        Raises
        ------
        StoreError
            When it is missing or no longer what was saved.
        """
        with self._database.reading() as session:
            data = session.scalar(select(BlobRow.data).where(BlobRow.sha256 == sha256))
        if data is None:
            message = "A saved image is missing from the case database; restore a backup or add the image again."
            raise StoreError(message, sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            message = "A saved image is damaged in the case database; restore a backup or add the image again."
            raise StoreError(message, f"{sha256}: content does not match its name")
        return bytes(data)

    def discard(self, sha256: str) -> None:
        """Remove an image again whose rows could not be saved."""
        with self._database.reading() as session, session.begin():
            session.execute(delete(BlobRow).where(BlobRow.sha256 == sha256))

    def hashes(self) -> Iterator[str]:
        """Names of all images that are there."""
        with self._database.reading() as session:
            names = session.scalars(select(BlobRow.sha256).order_by(BlobRow.sha256)).all()
        yield from names

    def raw(self, sha256: str) -> bytes | None:
        """The bytes under a name, whatever they are; ``None`` when there are none."""
        with self._database.reading() as session:
            data = session.scalar(select(BlobRow.data).where(BlobRow.sha256 == sha256))
        return None if data is None else bytes(data)

    def put_anew(self, data: bytes) -> None:
        """Keep bytes in the place of damaged ones."""
        self.discard(hashlib.sha256(data).hexdigest())
        self.put(data)

    def strangers(self) -> Iterator[str]:
        """A table holds nothing else."""
        return iter(())

    def move_stranger(self, name: str, aside: Path) -> None:
        """There are none."""
        raise StoreError("This is no file of the image store.", f"{name} to {aside}")
