"""Backups: one every day by itself, whole ones as a zip, put back, and a check of everything that is kept."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from leukoscope.cases.copying import copy_in, copy_out
from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE, copy_file, store_errors
from leukoscope.cases.store import IMAGE_FOLDER, CaseStore
from leukoscope.cases.tables import HEAD, FrameRow, QueueRow, SignatureRow
from leukoscope.domain.errors import Cause, LeukoScopeError, StoreError
from leukoscope.domain.people import computer_user

logger = logging.getLogger(__name__)

DAYS_KEPT = 14
"""Daily copies; of older ones the first of each month stays for a year."""
MONTHS_KEPT = 12
_DAILY = re.compile(r"daily-(\d{4}-\d{2}-\d{2})\.db")
LIST_FILE = "sha256.json"
BACKUP_WRITTEN = "backup written"
"""What the audit trail says of a zip; where it lies stands beside it."""


def back_up_daily(store: CaseStore, today: datetime | None = None) -> Path | None:
    """Copy the database once a day, and let old copies go. Images are never changed, so they stay where they are.

    Returns
    -------
    Path or None
        The copy; ``None`` when today's is there already.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    folder = store.folder / BACKUP_FOLDER
    day = (today or datetime.now(UTC)).date().isoformat()
    target = folder / f"daily-{day}.db"
    if target.exists():
        return None
    with store_errors():
        folder.mkdir(exist_ok=True, mode=0o700)
        _copy_database(store, target)
        for old in _outdated(sorted(folder.glob("daily-*.db"))):
            old.unlink(missing_ok=True)
    logger.info("daily backup written")
    return target


def _outdated(copies: list[Path]) -> Iterator[Path]:
    dated = [(match[1], path) for path in copies if (match := _DAILY.fullmatch(path.name))]
    recent = {path for _, path in dated[-DAYS_KEPT:]}
    first_of_month: dict[str, Path] = {}
    for day, path in dated:
        first_of_month.setdefault(day[:7], path)
    monthly = set(list(first_of_month.values())[-MONTHS_KEPT:])
    for _, path in dated:
        if path not in recent | monthly:
            yield path


def back_up(store: CaseStore, target: Path) -> int:
    """Write database and images into one zip; it appears when it is whole.

    Returns
    -------
    int
        How many images are in it.

    Raises
    ------
    StoreError
        When an image is damaged, the file cannot be written, or what is there already is no backup.
    """
    _refuse_other_file(target)
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    sums: dict[str, str] = {}
    try:
        with store_errors(), tempfile.TemporaryDirectory(prefix="leukoscope-") as folder:
            copy = Path(folder) / DATABASE_FILE
            _copy_database(store, copy)
            target.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                part.chmod(0o600)
                sums[DATABASE_FILE] = hashlib.sha256(copy.read_bytes()).hexdigest()
                archive.write(copy, DATABASE_FILE)
                for name in store.images.hashes():
                    archive.writestr(f"{IMAGE_FOLDER}/{name}", store.images.read(name), zipfile.ZIP_STORED)
                    sums[f"{IMAGE_FOLDER}/{name}"] = name
                archive.writestr(LIST_FILE, json.dumps({"revision": HEAD, "files": sums}, indent=1))
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    with store.database.writing() as session:
        # Who erases a case later is told that this copy still holds it.
        store.trail.record(session, BACKUP_WRITTEN, subject=str(target.absolute()))
    return len(sums) - 1


def _refuse_other_file(target: Path) -> None:
    """A backup takes the place of an earlier one, never of anything else: a case's own zip has the same ending."""
    if not target.exists() or target.stat().st_size == 0:
        return
    try:
        with zipfile.ZipFile(target) as archive:
            is_backup = "revision" in json.loads(archive.read(LIST_FILE))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        is_backup = False
    if not is_backup:
        raise StoreError(f"“{target.name}” is there already and is no backup; choose another name.")


def restore(folder: Path, source: Path, url: str = "") -> int:
    """Put a backup back: what was there is set aside beside it. The program must be closed.

    Parameters
    ----------
    folder
        Folder of the case store.
    source
        A zip of :func:`back_up`, or a ``.db`` copy of :func:`back_up_daily`.
    url
        Of the shared database; empty for the file.

    Returns
    -------
    int
        How many images were put back.

    Raises
    ------
    StoreError
        When the backup is damaged or from a newer version; nothing is changed then.
    """
    with tempfile.TemporaryDirectory(prefix="leukoscope-", dir=folder.parent) as name:
        unpacked = Path(name)
        images = _unpack(source, unpacked)
        copy = unpacked / DATABASE_FILE
        _sound(copy)
        CaseStore(unpacked).close()  # Refuses a newer version, and brings an older one up to date.
        with store_errors():
            if url:
                _restore_shared(folder, url, copy)
            else:
                _set_aside(folder)
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                copy_file(copy, folder / DATABASE_FILE)
        store = CaseStore(folder, url)
        try:
            for image in images:
                store.images.put(image.read_bytes())
            store.trail.anchor_again()
            with store.database.writing() as session:
                store.trail.record(session, "backup restored", subject=source.name, who=computer_user())
        finally:
            store.close()
    return len(images)


def _restore_shared(folder: Path, url: str, copy: Path) -> None:
    store = CaseStore(folder, url)
    try:
        (folder / BACKUP_FOLDER).mkdir(exist_ok=True, mode=0o700)
        copy_out(store.database.engine, folder / BACKUP_FOLDER / f"before-restore-{_stamp()}.db")
        copy_in(copy, store.database.engine)
    finally:
        store.close()


def _set_aside(folder: Path) -> None:
    file = folder / DATABASE_FILE
    if not file.exists():
        return
    aside = folder / BACKUP_FOLDER
    aside.mkdir(exist_ok=True, mode=0o700)
    stamp = _stamp()
    for name in (DATABASE_FILE, f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm"):
        if (folder / name).exists():
            shutil.move(folder / name, aside / f"before-restore-{stamp}{name.removeprefix('cases')}")


_BROKEN = "This backup is damaged; choose another."
_OTHER = "This file is no backup of LeukoScope; choose one that it made."
_SQLITE, _ZIP = b"SQLite format 3\0", b"PK\x03\x04"


def _start(source: Path) -> bytes:
    with source.open("rb") as file:
        return file.read(len(_SQLITE))


def _cause_of(cut: bool) -> Cause:
    return Cause.BROKEN if cut else Cause.UNKNOWN_KIND


def _unpack(source: Path, target: Path) -> list[Path]:
    """Database and images of a backup, verified."""
    try:
        start = _start(source)
        if start.startswith(_SQLITE):
            shutil.copyfile(source, target / DATABASE_FILE)
            return []
        if not zipfile.is_zipfile(source):
            cut = start.startswith(_ZIP)
            raise StoreError(_BROKEN if cut else _OTHER, f"begins {start!r}", cause=_cause_of(cut))
        with zipfile.ZipFile(source) as archive:
            if LIST_FILE not in archive.namelist():
                raise StoreError(_OTHER, f"no {LIST_FILE}", cause=Cause.UNKNOWN_KIND)
            sums = json.loads(archive.read(LIST_FILE))["files"]
            wanted = re.compile(rf"{re.escape(DATABASE_FILE)}|{IMAGE_FOLDER}/[0-9a-f]{{64}}")
            for name, expected in sums.items():
                data = archive.read(name)
                if not wanted.fullmatch(name) or hashlib.sha256(data).hexdigest() != expected:
                    raise StoreError(_BROKEN, f"{name} is not what the list says", cause=Cause.BROKEN)
                path = target / name.replace(IMAGE_FOLDER, "unpacked")
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
    except (ValueError, KeyError, TypeError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise StoreError(_BROKEN, repr(error), cause=Cause.BROKEN) from error
    except OSError as error:
        message = "The backup cannot be read, or there is no room to unpack it; check both disks, then try again."
        raise StoreError(message, repr(error), cause=Cause.UNREACHABLE) from error
    return sorted((target / "unpacked").glob("*")) if (target / "unpacked").exists() else []


def _sound(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        answer = repr(error)
    if answer != "ok":
        raise StoreError(_BROKEN, str(answer), cause=Cause.BROKEN)


def _copy_database(store: CaseStore, target: Path) -> None:
    if store.database.is_shared:
        copy_out(store.database.engine, target)
    else:
        copy_file(store.database.file, target)


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")


@dataclass(frozen=True)
class StoreCheck:
    """One thing that was checked."""

    name: str
    passed: bool
    sentence: str


def check_store(store: CaseStore) -> tuple[StoreCheck, ...]:
    """Check the database, every image and report, and the audit trail."""
    return (_check_database(store), _check_images(store), _check_trail(store))


@contextmanager
def _failing_kindly(found: list[str]) -> Iterator[None]:
    try:
        yield
    except LeukoScopeError as error:
        found.append(error.message)


def _check_database(store: CaseStore) -> StoreCheck:
    faults: list[str] = []
    if not store.database.is_shared:
        with _failing_kindly(faults), store.database.reading() as session:
            connection = session.connection()
            answer = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            foreign = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if answer != "ok" or foreign:
                faults.append("The case database is damaged; restore a backup.")
    with _failing_kindly(faults):
        faults += _shared_numbers(store)
    return StoreCheck("database", not faults, faults[0] if faults else f"sound, at revision {HEAD}")


def _shared_numbers(store: CaseStore) -> list[str]:
    """What an earlier version let in: cases of one number in several spellings."""
    shared = store.shared_numbers()
    if not shared:
        return []
    named = ", ".join(f"“{number}”" for number in shared[:3]) + (" and more" if len(shared) > 3 else "")
    return [f"Several cases have the number {named}; give each its own."]


def _check_images(store: CaseStore) -> StoreCheck:
    with store.database.reading() as session:
        wanted = set(session.scalars(select(FrameRow.sha256).where(FrameRow.sha256 != "")))
        wanted |= set(session.scalars(select(QueueRow.sha256).where(QueueRow.sha256 != "")))
        wanted |= set(session.scalars(select(SignatureRow.report)))
    there = set(store.images.hashes())
    faults: list[str] = []
    for name in sorted(wanted | there):
        with _failing_kindly(faults):
            store.images.read(name)
    text = f"{len(there)} images and reports, each as it was saved"
    return StoreCheck("images", not faults, f"{len(faults)} damaged: {faults[0]}" if faults else text)


def _check_trail(store: CaseStore) -> StoreCheck:
    check = store.trail.verify()
    text = f"{check.count} entries, none changed, removed or put in another order"
    return StoreCheck("audit trail", check.sound, text if check.sound else check.faults[0].sentence)
