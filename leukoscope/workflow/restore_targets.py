"""Where a backup is put back: into the folder of this user, or into the database that workstations share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from leukoscope.cases import sqlite_files
from leukoscope.cases.anchors import ANCHOR_FILE
from leukoscope.cases.blobs import Images
from leukoscope.cases.converting import become
from leukoscope.cases.copying import copy_in, copy_out
from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE, SWAPPED
from leukoscope.cases.images import IMAGE_FOLDER, ImageStore
from leukoscope.cases.signing_keys import Keys
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.store_lock import StoreLock
from leukoscope.cases.store_opening import hold
from leukoscope.cases.swap import STAGE, fold_in, note_added, settle, swap
from leukoscope.cases.unlocked_keys import cipher_of
from leukoscope.domain.audit import AuditHead
from leukoscope.domain.errors import StoreError
from leukoscope.system.temporary_files import private_folder
from leukoscope.workflow.backup_check import Tally, need_room, tally
from leukoscope.workflow.backup_sources import Source, has

logger = logging.getLogger(__name__)


class RestoreTarget(Protocol):
    """The cases that a backup takes the place of; they are held while it lives."""

    stage: Path
    """Folder in which the backup's database is made ready."""

    @property
    def replaced(self) -> str:
        """Where the trail ends that is replaced, for workstations that remember it; empty where none other does."""
        ...

    def before(self) -> Tally | None:
        """What is there; ``None`` when it cannot be read."""
        ...

    def holds(self, sha256: str) -> bool:
        """Whether an image is there with its bytes."""
        ...

    def add_images(self, source: Source, wanted: set[str]) -> int:
        """Keep the images that are not there; returns how many."""
        ...

    def replace_by(self, database: Path, aside: str, head: AuditHead) -> None:
        """Put a database in the place of the one that is there, which is kept under the name ``aside``."""
        ...


@contextmanager
def in_folder(folder: Path, only_look: bool) -> Iterator[RestoreTarget]:
    """The cases in the folder of this user.

    Raises
    ------
    StoreError
        While anybody has them open.
    """
    lock = StoreLock(folder)
    try:
        with store_errors():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            hold(lock, folder, SWAPPED, alone=not only_look)
        if only_look:
            with private_folder() as name:
                yield _Folder(folder, Path(name))
            return
        try:
            with store_errors():
                (folder / STAGE).mkdir(mode=0o700)
            yield _Folder(folder, folder / STAGE)
        finally:
            with store_errors():
                settle(folder, SWAPPED, ImageStore(folder / IMAGE_FOLDER))
    finally:
        lock.let_go()


@contextmanager
def shared(folder: Path, url: str, only_look: bool, keys: Keys) -> Iterator[RestoreTarget]:
    """The cases in a database that workstations share.

    Raises
    ------
    StoreError
        While anybody has them open, or when the server does not answer.
    """
    store = CaseStore(folder, url, alone=not only_look, keys=keys)
    try:
        with private_folder() as name:
            yield _Shared(store, Path(name))
    finally:
        store.close()


class _Folder:
    def __init__(self, folder: Path, stage: Path) -> None:
        self.stage, self._folder = stage, folder
        self._images = ImageStore(folder / IMAGE_FOLDER)

    @property
    def replaced(self) -> str:
        # What this workstation remembers changes places with the database.
        return ""

    def before(self) -> Tally | None:
        file = self._folder / DATABASE_FILE
        return _tally_of(file) if file.exists() and file.stat().st_size else Tally(0, 0, 0, None)

    def holds(self, sha256: str) -> bool:
        return has(self._images, sha256)

    def add_images(self, source: Source, wanted: set[str]) -> int:
        lacking = sorted(name for name in wanted if not self.holds(name) and source.holds(name))
        need_room(self._folder, sum(source.size(name) for name in lacking))
        note_added(self._folder, (name for name in lacking if not self._images.path(name).exists()))
        return _add(self._images, source, lacking)

    def replace_by(self, database: Path, aside: str, head: AuditHead) -> None:  # noqa: ARG002
        # The anchor of the trail stands beside the database already, and changes places with it.
        assert database.parent == self._folder / STAGE
        if not (database.parent / ANCHOR_FILE).exists():
            # The old one would stay beside the new cases, and tell of a trail that was cut off.
            raise StoreError(
                "The backup was not put back: the end of its trail could not be written; check the disk, try again.",
                "no anchor in the stage",
            )
        with store_errors():
            become(database, cipher_of(self._folder))
        fold_in(self._folder / DATABASE_FILE)
        swap(self._folder, SWAPPED, self._folder / BACKUP_FOLDER / aside)


class _Shared:
    def __init__(self, store: CaseStore, stage: Path) -> None:
        self.stage, self._store = stage, store

    @property
    def replaced(self) -> str:
        head = self._store.trail.head()
        return f"{head.count}-{head.seal}"

    def before(self) -> Tally:
        return tally(self._store)

    def holds(self, sha256: str) -> bool:
        return has(self._store.images, sha256)

    def add_images(self, source: Source, wanted: set[str]) -> int:
        return _add(
            self._store.images,
            source,
            sorted(name for name in wanted if not self.holds(name) and source.holds(name)),
        )

    def replace_by(self, database: Path, aside: str, head: AuditHead) -> None:
        folder, engine = self._store.folder / BACKUP_FOLDER, self._store.database.engine
        folder.mkdir(exist_ok=True, mode=0o700)
        copy_out(engine, folder / aside)
        self._store.trail.announce_anchor(head)
        try:
            # One transaction: all workstations find the old cases or the new ones.
            copy_in(database, engine, self._store.database.refuse_lost)
        finally:
            self._store.trail.settle_anchor()


def _add(images: Images, source: Source, names: list[str]) -> int:
    for name in names:
        sha256, _ = images.put(source.read(name))
        if sha256 != name:
            raise StoreError("The backup changed while it was read; try again.", f"{name} became {sha256}")
    return len(names)


def _tally_of(file: Path) -> Tally | None:
    """Count what a database holds that may be damaged, or of another version."""
    try:
        with closing(sqlite_files.connect(file)) as connection:
            cases, newest = connection.execute(
                "SELECT count(*) FILTER (WHERE removed_at IS NULL), max(changed_at) FROM cases"
            ).fetchone()
            images = connection.execute(
                "SELECT count(*) FROM frames JOIN cases ON cases.id = case_id "
                "WHERE frames.removed_at IS NULL AND cases.removed_at IS NULL"
            ).fetchone()[0]
            has_trail = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit_head'").fetchone()
            head = connection.execute("SELECT count FROM audit_head").fetchone() if has_trail else None
            moment = datetime.fromisoformat(newest).replace(tzinfo=UTC) if newest else None
    except sqlite_files.errors(ValueError, TypeError, StoreError) as error:
        logger.warning("the cases that are there cannot be counted: %r", error)
        return None
    return Tally(cases, images, head[0] if head else 0, moment)
