"""A backup as restoring reads it: a zip, or the database of a day with the images beside it or in the store."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from leukoscope.cases import sqlite_files
from leukoscope.cases.blobs import Images
from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.encrypted_file import BEGINNING, EncryptedReader
from leukoscope.cases.images import IMAGE_FOLDER, ImageStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.domain.errors import Cause, LeukoScopeError, StoreError
from leukoscope.workflow import backup_check as checks


class Source(Protocol):
    """What a backup holds; its images are checked."""

    name: str

    def unpack(self, target: Path) -> None:
        """Write the database into a new file."""
        ...

    def holds(self, sha256: str) -> bool:
        """Whether it has an image with its bytes."""
        ...

    def damaged(self) -> set[str]:
        """Images that it has with other bytes."""
        ...

    def size(self, sha256: str) -> int:
        """Bytes of an image."""
        ...

    def read(self, sha256: str) -> bytes:
        """An image."""
        ...


class _Zip:
    """A zip of :func:`leukoscope.workflow.backup.back_up`."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.name, self._archive = path.name, archive
        self._sums = checks.open_archive(archive)
        images = {name for name in self._sums if name != DATABASE_FILE}
        with checks.damage_said():
            self._sound = {name for name in images if checks.is_as_listed(archive, name, self._sums[name])}
        self._damaged = images - self._sound

    def unpack(self, target: Path) -> None:
        checks.unpack_database(self._archive, self._sums[DATABASE_FILE], target)

    def holds(self, sha256: str) -> bool:
        return _entry(sha256) in self._sound

    def damaged(self) -> set[str]:
        return {self._sums[name] for name in self._damaged}

    def size(self, sha256: str) -> int:
        return self._archive.getinfo(_entry(sha256)).file_size

    def read(self, sha256: str) -> bytes:
        with checks.damage_said():
            return checks.read_whole(self._archive, self._archive.getinfo(_entry(sha256)))


class _Copy:
    """A database alone, with or without a folder of images beside it."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        self._images = ImageStore(path.parent / IMAGE_FOLDER)

    def unpack(self, target: Path) -> None:
        with checks.damage_said(), store_errors():
            checks.need_room(target.parent, self._path.stat().st_size)
            shutil.copyfile(self._path, target)
            target.chmod(0o600)

    def holds(self, sha256: str) -> bool:
        return has(self._images, sha256)

    def damaged(self) -> set[str]:
        return set()

    def size(self, sha256: str) -> int:
        return self._images.path(sha256).stat().st_size

    def read(self, sha256: str) -> bytes:
        return self._images.read(sha256)


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a backup and check what can be checked without unpacking it.

    Raises
    ------
    StoreError
        When it is not there, damaged or planted.
    """
    if not path.is_file():
        raise StoreError(f"There is no file “{path.name}”; look for the backup again.", "no file")
    with ExitStack() as stack:
        with checks.damage_said():
            with path.open("rb") as stream:
                start = stream.read(len(sqlite_files.PLAIN))
            archive = None
            if start.startswith(BEGINNING):
                sealed = stack.enter_context(EncryptedReader(stack.enter_context(path.open("rb"))))
                archive = stack.enter_context(zipfile.ZipFile(sealed))
            elif zipfile.is_zipfile(path):
                archive = stack.enter_context(zipfile.ZipFile(path))
            elif not start.startswith(sqlite_files.PLAIN) and not sqlite_files.may_be_encrypted(path):
                raise _no_backup(start)
        yield _Copy(path) if archive is None else _Zip(path, archive)


def _no_backup(start: bytes) -> StoreError:
    if start.startswith(b"PK\x03\x04"):
        return StoreError(checks.BROKEN, "an archive without its end", cause=Cause.BROKEN)
    return StoreError(checks.OTHER, f"begins {start!r}", cause=Cause.UNKNOWN_KIND)


def _entry(sha256: str) -> str:
    return f"{IMAGE_FOLDER}/{sha256}"


def has(images: Images, sha256: str) -> bool:
    """Whether a store has an image with its bytes."""
    try:
        images.read(sha256)
    except LeukoScopeError:
        return False
    return True
