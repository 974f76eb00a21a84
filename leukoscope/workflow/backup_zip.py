"""The zip of a backup: written file by file, encrypted where the cases are, and read again as restoring would."""

from __future__ import annotations

import hashlib
import json
import logging
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, cast

from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.encrypted_file import EncryptedWriter
from leukoscope.cases.images import IMAGE_FOLDER
from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import HEAD
from leukoscope.cases.unlocked_keys import cipher_of
from leukoscope.domain.errors import LeukoScopeError, StoreError
from leukoscope.system.durable import open_private, sync_file
from leukoscope.workflow import backup_check as checks
from leukoscope.workflow.backup_models import KeptModel, by_model, entry_of, pieces_of
from leukoscope.workflow.backup_sources import opened

logger = logging.getLogger(__name__)

Steps = Callable[[int, int], None]
_MESSAGE = "The backup was written but cannot be read back; check the disk, or choose another place."


@dataclass(frozen=True)
class Wanted:
    """What goes into a backup.

    Parameters
    ----------
    database
        A copy of it.
    images
        SHA-256 of those that it needs, in their order.
    models
        Imported ones.
    """

    database: Path
    images: tuple[str, ...]
    models: tuple[KeptModel, ...]

    @property
    def model_files(self) -> Iterator[tuple[KeptModel, str]]:
        """Each file of each model."""
        return ((model, file) for model in self.models for file in model.sums)

    @property
    def count(self) -> int:
        """Of images and files of models."""
        return len(self.images) + sum(len(model.sums) for model in self.models)


def write_zip(store: CaseStore, wanted: Wanted, part: Path, on_step: Steps) -> tuple[dict[str, str], set[str]]:
    """Write the zip; returns the SHA-256 of every file in it by name, and which images could not be read.

    Raises
    ------
    StoreError
        When a model was changed meanwhile.
    """
    written = {DATABASE_FILE: _sha256(wanted.database)}
    lost: set[str] = set()
    place = count()
    with (
        open_private(part) as file,
        _encrypted(file, store) as goal,
        zipfile.ZipFile(goal, "w", zipfile.ZIP_STORED) as archive,
    ):
        # Squeezed very small it would be taken for a file that was made to fill disks.
        is_small = wanted.database.stat().st_size <= checks.SQUEEZE_MATTERS
        squeezed = zipfile.ZIP_DEFLATED if is_small else zipfile.ZIP_STORED
        archive.write(wanted.database, DATABASE_FILE, squeezed, compresslevel=1)
        for name in wanted.images:
            on_step(next(place), 2 * wanted.count)
            try:
                data = store.images.read(name)
            except LeukoScopeError as error:
                logger.error("not in the backup: %s", error.detail)
                lost.add(name)
                continue
            archive.writestr(f"{IMAGE_FOLDER}/{name}", data)
            written[f"{IMAGE_FOLDER}/{name}"] = name
        for model, name in wanted.model_files:
            entry, done = entry_of(model.name, name), next(place)
            with archive.open(entry, "w", force_zip64=True) as inside:
                for piece in pieces_of(model, name):
                    # With each piece: it can be stopped within a large file.
                    on_step(done, 2 * wanted.count)
                    inside.write(piece)
            written[entry] = model.sums[name]
        contents = {"revision": HEAD, "files": written, "lost": sorted(lost)}
        archive.writestr(checks.LIST_FILE, json.dumps(contents, indent=1), zipfile.ZIP_DEFLATED)
    sync_file(part)
    return written, lost


@contextmanager
def _encrypted(file: IO[bytes], store: CaseStore) -> Iterator[IO[bytes]]:
    """What is written arrives encrypted where the store is."""
    cipher = cipher_of(store.folder)
    if cipher is None:
        yield file
        return
    writer = EncryptedWriter(file, cipher)
    yield cast("IO[bytes]", writer)
    writer.finish()


def read_back(part: Path, written: dict[str, str], folder: Path, on_step: Steps) -> None:
    """Read a backup from the disk again, as restoring would.

    Parameters
    ----------
    part
        The backup.
    written
        SHA-256 of every file that must be in it, by name.
    folder
        A new one, for its database.
    on_step
        As :func:`leukoscope.workflow.backup.back_up` has it.

    Raises
    ------
    StoreError
        When it is not what was written.
    """
    folder.mkdir(mode=0o700)
    models = by_model(written)
    names = [name for name in written if name != DATABASE_FILE]
    place = count(len(names))
    try:
        with opened(part, lambda: on_step(next(place), 2 * len(names))) as backup:
            backup.unpack(folder / DATABASE_FILE)
            checks.refuse_foreign(folder / DATABASE_FILE)
            wrong = [name for name in _images(names) if not backup.holds(name)]
            wrong += [name for name, sums in models.items() if backup.models().get(name) != sums]
            wrong += [*backup.damaged(), *backup.damaged_models()]
    except StoreError as error:
        raise StoreError(_MESSAGE, error.detail) from error
    if wrong:
        raise StoreError(_MESSAGE, " ".join(wrong))


def _images(names: Iterable[str]) -> Iterator[str]:
    return (name.removeprefix(f"{IMAGE_FOLDER}/") for name in names if name.startswith(f"{IMAGE_FOLDER}/"))


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
