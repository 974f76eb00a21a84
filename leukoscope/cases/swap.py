"""Changing one database for another in one step: a kill at any point leaves the old one or the new one."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leukoscope.cases import sqlite_files
from leukoscope.cases.images import ImageStore
from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import sync_file, sync_folder, write_private

logger = logging.getLogger(__name__)

STAGE = "restoring"
"""Folder inside the store in which the next database is made ready."""
_READY = "ready.json"
_ADDED = "added.json"
FINISHED = "Putting a backup back was interrupted; it is finished now, and the cases are those of the backup."
UNDONE = "Putting a backup back was interrupted before anything was changed; the cases are as they were."
_SIDES = ("-wal", "-shm")
_PLAIN = re.compile(r"\w[\w.-]{0,120}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNNAMED = ("backups", "before-restore.db")


@dataclass(frozen=True)
class Names:
    """Files that change places: the database and the anchor of its audit trail, in the store and in the stage."""

    database: str
    anchor: str


def is_left(folder: Path) -> bool:
    """Whether a program that was interrupted left anything to :func:`settle`."""
    return (folder / STAGE).exists()


def note_added(folder: Path, hashes: Iterable[str]) -> None:
    """Write down which images are about to be added for the new database, so that an undo takes them away again."""
    _write(folder / STAGE / _ADDED, sorted(hashes))


def swap(folder: Path, names: Names, aside: Path) -> None:
    """Put the staged database in the place of the old one, which goes aside. The store must be held alone.

    Parameters
    ----------
    folder
        Of the store; its stage holds the new database, closed, and the new anchor.
    names
        Of the files.
    aside
        Where the old database goes; its anchor goes beside it.

    Raises
    ------
    OSError
        When the disk is full or cannot be written: the next call of :func:`settle` undoes or finishes it.
    """
    aside.parent.mkdir(exist_ok=True, mode=0o700)
    for name in (names.database, names.anchor):
        if (folder / STAGE / name).exists():
            sync_file(folder / STAGE / name)
    # From here on the new one counts, whatever happens.
    _write(folder / STAGE / _READY, {"aside": aside.name, "folder": aside.parent.name})
    _carry_out(folder, names)


def settle(folder: Path, names: Names, images: ImageStore) -> str:
    """Finish or undo what an interrupted program left behind. The store must be held alone.

    Returns
    -------
    str
        What was done, as a sentence; empty when nothing was left behind.
    """
    stage = folder / STAGE
    if not stage.exists():
        return ""
    if not any(stage.iterdir()):
        # Interrupted before the first step, or after the last.
        stage.rmdir()
        return ""
    if (stage / _READY).exists():
        _carry_out(folder, names)
        return FINISHED
    if (stage / _ADDED).exists():
        for sha256 in _added(stage / _ADDED):
            images.discard(sha256)
            for part in images.path(sha256).parent.glob(f"{sha256}.*.part"):
                part.unlink()
    shutil.rmtree(stage)
    return UNDONE


def _carry_out(folder: Path, names: Names) -> None:
    """Every step can be done twice, and finds out itself whether it is still to do."""
    stage = folder / STAGE
    aside = _aside(folder, stage / _READY)
    aside.parent.mkdir(exist_ok=True, mode=0o700)
    if (stage / names.database).exists():
        _keep_aside(folder / names.database, aside)
        (stage / names.database).replace(folder / names.database)
        sync_folder(folder)
    anchor, new_anchor = folder / names.anchor, stage / names.anchor
    if new_anchor.exists():
        if anchor.exists():
            kept = aside.with_suffix(".audit-head.json")
            shutil.copyfile(anchor, kept)
            kept.chmod(0o600)
            sync_file(kept)
            sync_folder(kept.parent)
        new_anchor.replace(anchor)
    sync_folder(folder)
    # The note last: while it is there, the rest is still to do.
    for path in stage.iterdir():
        if path.name != _READY:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (stage / _READY).unlink()
    stage.rmdir()


def _keep_aside(database: Path, aside: Path) -> None:
    """A second name for the old database; its side files, which belong to it alone, go with it."""
    for side in _SIDES:
        # Left where they are, they would be read into the new database.
        path = database.with_name(database.name + side)
        if path.exists():
            path.replace(aside.with_name(aside.name + side))
    if not database.exists() or aside.exists():
        return
    part = aside.with_name(aside.name + ".part")
    part.unlink(missing_ok=True)
    try:
        os.link(database, part)
    except OSError:
        # Some file systems know no second names.
        shutil.copyfile(database, part)
        part.chmod(0o600)
        sync_file(part)
    part.replace(aside)
    sync_folder(aside.parent)


def fold_in(database: Path) -> None:
    """Bring what stands in the side files of a database into the file itself, so that it is one file.

    A damaged database is left as it is; its side files then go aside with it.

    Raises
    ------
    StoreError
        When a program that knows no lock of ours has it open.
    """
    if not database.exists():
        return
    try:
        with closing(sqlite_files.connect(database, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite_files.errors() as error:
        if sqlite_files.is_busy(error):
            message = "Another program has the case database open; close it, then try again."
            raise StoreError(message, str(error)) from error
        logger.warning("the old database cannot be read; it is set aside as it is: %s", error)


def _write(path: Path, content: object) -> None:
    write_private(path, json.dumps(content).encode("ascii"))


def _aside(folder: Path, note: Path) -> Path:
    """Where the old database goes; under a name of its own where the note is damaged, for that it is there says all."""
    ready = _read(note)
    names = [ready.get(name) for name in ("folder", "aside")] if isinstance(ready, dict) else []
    plain = [one for one in names if isinstance(one, str) and _PLAIN.fullmatch(one)]
    return folder.joinpath(*(plain if len(plain) == len(_UNNAMED) else _UNNAMED))


def _added(note: Path) -> list[str]:
    """Images that were added; where the note is damaged none, and a check of the store finds them."""
    said = _read(note)
    return [one for one in said if isinstance(one, str) and _SHA256.fullmatch(one)] if isinstance(said, list) else []


def _read(path: Path) -> Any:
    try:
        return parsed_json(path.read_bytes())
    except ValueError as error:
        logger.warning("a note of an interrupted restore is damaged: %s", type(error).__name__)
        return None
