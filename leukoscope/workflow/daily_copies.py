"""Copies of every day: of the database beside the cases, and with all images and models at a second place."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from leukoscope.cases import sqlite_files
from leukoscope.cases.images import IMAGE_FOLDER, ImageStore
from leukoscope.cases.store import CaseStore
from leukoscope.cases.unlocked_keys import cipher_of, read_mark, write_mark
from leukoscope.domain.errors import LeukoScopeError, StoreError
from leukoscope.domain.retention import Retention
from leukoscope.system.durable import open_private, put_in_place, sync_stream
from leukoscope.workflow.backup_models import KeptModel
from leukoscope.workflow.daily_models import copy_models, let_models_go

logger = logging.getLogger(__name__)

_DAILY = re.compile(r"daily-(\d{4}-\d{2}-\d{2})\.db")
_NAMES_IMAGES = (("frames", "sha256"), ("queue", "sha256"), ("signatures", "report"))


def name_of(day: date) -> str:
    """File name of the copy of a day."""
    return f"daily-{day.isoformat()}.db"


def is_whole(copy: Path) -> bool:
    """Whether a copy is there at its full length: a glance, since every start takes it."""
    try:
        with copy.open("rb") as stream:
            head = stream.read(100)
        page = int.from_bytes(head[16:18], "big")
        expected = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
        if not head.startswith(sqlite_files.PLAIN):
            return sqlite_files.may_be_encrypted(copy)
        return copy.stat().st_size == expected
    except OSError:
        return False


def let_old_go(folder: Path, keep: Retention, newest: Path) -> bool:
    """Delete what is kept no longer, never the copy that was just written and read back.

    Returns
    -------
    bool
        Whether any was deleted.
    """
    dated = {
        date.fromisoformat(match[1]): path
        for path in folder.glob("daily-*.db")
        if (match := _DAILY.fullmatch(path.name))
    }
    kept = keep.kept(dated)
    gone = [path for day, path in dated.items() if day not in kept and path != newest]
    for path in gone:
        path.unlink(missing_ok=True)
    return bool(gone)


def place_of(store: CaseStore, second: Path) -> Path | None:
    """Folder of a store at a second place, which may serve several; ``None`` while nothing was ever entered."""
    first = store.trail.first_seal()
    return None if not first else second / f"leukoscope-{first[:12]}"


def is_due(copy: Path, store: CaseStore, second: Path) -> bool:
    """Whether the copy of a day is still to be brought to a second place.

    Raises
    ------
    StoreError
        When the place is not there.
    """
    if not second.is_dir():
        # Made here, the folder would lie on this computer's disk while the drive is away.
        message = "The second place for backups is not there; connect it, or choose another one in the settings."
        raise StoreError(message, f"no folder {second}")
    folder = place_of(store, second)
    return folder is not None and not is_whole(folder / copy.name)


def copy_to_second_place(
    copy: Path, store: CaseStore, second: Path, keep: Retention, wanted: tuple[set[str], Sequence[KeptModel]]
) -> set[str]:
    """Bring the copy of a day with what it needs to a second place where it is due, and read it back.

    Parameters
    ----------
    copy
        Of the database.
    store, second, keep
        Where images are read, the second place, and what is kept there.
    wanted
        SHA-256 of the images that it needs, and the imported models.

    Returns
    -------
    set
        SHA-256 of images that could not be read; all others are there.

    Raises
    ------
    StoreError
        When the place cannot be written.
    OSError
        When its disk is full.
    """
    needed, models = wanted
    folder = place_of(store, second)
    if folder is None:
        return set()
    folder.mkdir(exist_ok=True, mode=0o700)
    # There it is kept as it is here, and says so.
    write_mark(folder, read_mark(store.folder))
    images = ImageStore(folder / IMAGE_FOLDER, cipher_of(store.folder))
    lost = set()
    for name in sorted(needed):
        if images.path(name).exists():
            continue
        try:
            data = store.images.read(name)
        except LeukoScopeError as error:
            logger.error("not copied to the second place: %s", error.detail)
            lost.add(name)
            continue
        images.put(data)
        images.read(name)
    target = folder / copy.name
    copy_models(models, folder, target)
    _copy_and_read_back(copy, target)
    if let_old_go(folder, keep, target):
        _let_images_go(folder, images)
        let_models_go(folder)
    return lost


def _copy_and_read_back(copy: Path, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with copy.open("rb") as source, open_private(part) as goal:
            shutil.copyfileobj(source, goal)
            sync_stream(goal)
        if _sha256(part) != _sha256(copy):
            raise StoreError("The second place for backups does not keep what is written; check its disk.", "differs")
        put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _let_images_go(folder: Path, images: ImageStore) -> None:
    """Delete images that no copy needs any more; none while one copy cannot be read."""
    needed: set[str] = set()
    try:
        for copy in folder.glob("daily-*.db"):
            needed.update(_needed_by(copy))
    except sqlite_files.errors(StoreError) as error:
        logger.warning("images at the second place are all kept, a copy cannot be read: %s", error)
        return
    for name in [name for name in images.hashes() if name not in needed]:
        images.discard(name)


def _needed_by(copy: Path) -> Iterator[str]:
    with closing(sqlite_files.connect(copy, read_only=True, alone=True)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, column in _NAMES_IMAGES:
            if table in tables:
                yield from (row[0] for row in connection.execute(f"SELECT {column} FROM {table}"))
