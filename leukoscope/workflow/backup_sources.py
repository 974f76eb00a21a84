"""A backup as restoring reads it: a zip, or the database of a day with the images beside it or in the store."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from leukoscope.system.durable import open_private
from leukoscope.workflow import backup_check as checks
from leukoscope.workflow.backup_models import Sums, by_model, entry_of, parts_of, sums_of
from leukoscope.workflow.daily_models import models_of, place_of_model

_PIECE = 1 << 20


class Source(Protocol):
    """What a backup holds; its images and models are checked."""

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

    def models(self) -> Mapping[str, Sums]:
        """Imported models that it has, by name: the sums of the files of each; these were found right."""
        ...

    def damaged_models(self) -> set[str]:
        """Models of which it has a file with other bytes, or none."""
        ...

    def copy_model(self, name: str, folder: Path) -> None:
        """Write the files of a model into a new folder, as long as they have their sums; raises StoreError."""
        ...


class _Zip:
    """A zip of :func:`leukoscope.workflow.backup.back_up`."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, on_file: Callable[[], object]) -> None:
        self.name, self._archive = path.name, archive
        self._sums = checks.open_archive(archive)
        self._sound: set[str] = set()
        self._damaged: set[str] = set()
        for name, expected in self._sums.items():
            if name != DATABASE_FILE:
                on_file()
                with checks.damage_said():
                    kind = self._sound if checks.is_as_listed(archive, name, expected) else self._damaged
                kind.add(name)

    def unpack(self, target: Path) -> None:
        checks.unpack_database(self._archive, self._sums[DATABASE_FILE], target)

    def holds(self, sha256: str) -> bool:
        return _entry(sha256) in self._sound

    def damaged(self) -> set[str]:
        return {self._sums[name] for name in self._damaged if parts_of(name) is None}

    def size(self, sha256: str) -> int:
        return self._archive.getinfo(_entry(sha256)).file_size

    def read(self, sha256: str) -> bytes:
        with checks.damage_said():
            return checks.read_whole(self._archive, self._archive.getinfo(_entry(sha256)))

    def models(self) -> Mapping[str, Sums]:
        damaged = self.damaged_models()
        return {name: sums for name, sums in by_model(self._sums).items() if name not in damaged}

    def damaged_models(self) -> set[str]:
        return {parts[0] for entry in self._damaged if (parts := parts_of(entry)) is not None}

    def copy_model(self, name: str, folder: Path) -> None:
        sums = by_model(self._sums)[name]
        infos = {file: self._archive.getinfo(entry_of(name, file)) for file in sums}
        checks.need_room(folder, sum(info.file_size for info in infos.values()))
        for file, info in infos.items():
            with checks.damage_said(), store_errors():
                _keep(folder / file, checks.pieces(self._archive, info), sums[file])


class _Copy:
    """A database alone, with or without a folder of images beside it."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        self._images = ImageStore(path.parent / IMAGE_FOLDER)
        with checks.damage_said():
            self._listed = models_of(path)
        self._models = {name: sums for name, sums in self._listed.items() if self._is_whole(name)}
        self._damaged = self._listed.keys() - self._models

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

    def models(self) -> Mapping[str, Sums]:
        return self._models

    def damaged_models(self) -> set[str]:
        return self._damaged

    def copy_model(self, name: str, folder: Path) -> None:
        source, sums = self._place(name), self._listed[name]
        with checks.damage_said(), store_errors():
            checks.need_room(folder, sum((source / file).stat().st_size for file in sums))
            for file in sums:
                with (source / file).open("rb") as stream:
                    _keep(folder / file, iter(lambda: stream.read(_PIECE), b""), sums[file])

    def _place(self, name: str) -> Path:
        return place_of_model(self._path.parent, name, self._listed[name])

    def _is_whole(self, name: str) -> bool:
        try:
            return sums_of(self._place(name)) == self._listed[name]
        except OSError:
            return False


@contextmanager
def opened(path: Path, on_file: Callable[[], object] = lambda: None) -> Iterator[Source]:
    """Open a backup and check what can be checked without unpacking it.

    Parameters
    ----------
    path
        The backup.
    on_file
        Told before each image or file of a model in a zip is read; what it raises stops it.

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
        yield _Copy(path) if archive is None else _Zip(path, archive, on_file)


def _no_backup(start: bytes) -> StoreError:
    if start.startswith(b"PK\x03\x04"):
        return StoreError(checks.BROKEN, "an archive without its end", cause=Cause.BROKEN)
    return StoreError(checks.OTHER, f"begins {start!r}", cause=Cause.UNKNOWN_KIND)


def _entry(sha256: str) -> str:
    return f"{IMAGE_FOLDER}/{sha256}"


def _keep(target: Path, pieces: Iterable[bytes], expected: str) -> None:
    """Write a file for this user only; raises ValueError when its bytes are others by now."""
    digest = hashlib.sha256()
    with open_private(target) as stream:
        for piece in pieces:
            digest.update(piece)
            stream.write(piece)
    if digest.hexdigest() != expected:
        raise ValueError(f"{target.name} changed while it was read")


def has(images: Images, sha256: str) -> bool:
    """Whether a store has an image with its bytes."""
    try:
        images.read(sha256)
    except LeukoScopeError:
        return False
    return True
