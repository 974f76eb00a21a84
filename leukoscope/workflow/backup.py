"""Backups: copies of every day by themselves, whole ones as a zip; each is read back before it counts."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from leukoscope.cases.copying import copy_out
from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE
from leukoscope.cases.encrypted_file import BEGINNING, EncryptedWriter
from leukoscope.cases.images import IMAGE_FOLDER
from leukoscope.cases.referenced_images import needed_images
from leukoscope.cases.sqlite_copy import copy_file
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.tables import HEAD
from leukoscope.cases.unlocked_keys import cipher_of
from leukoscope.domain.audit import DAILY_BACKUP
from leukoscope.domain.errors import LeukoScopeError, StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.domain.retention import Retention
from leukoscope.system.durable import make_private, open_private, put_in_place, sync_file
from leukoscope.system.temporary_files import STAGES, private_folder
from leukoscope.workflow import backup_check as checks
from leukoscope.workflow.backup_sources import opened
from leukoscope.workflow.daily_copies import copy_to_second_place, is_whole, let_old_go, name_of

logger = logging.getLogger(__name__)

USUAL = Retention()
BACKUP_WRITTEN = "backup written"
"""What the audit trail says of a zip; where it lies stands beside it."""


def back_up_daily(
    store: CaseStore, today: datetime | None = None, *, second: str = "", keep: Retention = USUAL
) -> Path | None:
    """Copy the database once a day and let old copies go; with a second place, the images too, there.

    Beside the cases the images need no copy: they are never changed, and the copy needs the same ones.

    Parameters
    ----------
    store
        What is copied.
    today
        Now, unless given.
    second
        Folder of the second place; empty for none.
    keep
        How many copies stay at each place.

    Returns
    -------
    Path or None
        The copy; ``None`` when today's is there already.

    Raises
    ------
    StoreError
        When a copy cannot be written or read back: older ones all stay then. Also when images are missing, which are
        named: everything else was copied.
    """
    folder = store.folder / BACKUP_FOLDER
    target = folder / name_of((today or datetime.now(UTC)).date())
    is_new = not is_whole(target)
    with store_errors():
        if is_new:
            folder.mkdir(exist_ok=True, mode=0o700)
            _copy_and_examine(store, target)
            let_old_go(folder, keep, target)
            store.trail.tell(DAILY_BACKUP, subject=target.name)
            logger.info("daily backup written")
        with store.database.reading() as session:
            lost = needed_images(session) - set(store.images.hashes())
        if second:
            with examined_copy(target) as copied, copied.database.reading() as session:
                wanted = needed_images(session)
            lost |= copy_to_second_place(target, store, Path(second).expanduser(), keep, wanted)
    if lost:
        logger.error("lacking in the daily backup: %s", " ".join(sorted(lost)))
        raise StoreError(f"The daily backup lacks images: {checks.missing_said(lost)}", "images are lost")
    return target if is_new else None


def _copy_and_examine(store: CaseStore, target: Path) -> None:
    with private_folder(target.parent) as name:
        copy = copy_database(store, Path(name) / "copy")
        checks.refuse_foreign(copy)
        sync_file(copy)
        put_in_place(copy, target)


def back_up(
    store: CaseStore,
    target: Path,
    *,
    despite_faults: bool = False,
    on_step: Callable[[int, int], None] = lambda _done, _count: None,
) -> int:
    """Write the database and every image that it needs into one zip; it appears when it is whole and was read back.

    Parameters
    ----------
    store, target
        What is copied, and where to; an earlier file there is replaced at the end.
    despite_faults
        Write it although images are missing or damaged or the trail is not sound: with all that is left. What is lost
        is raised all the same, afterwards.
    on_step
        Told how many of so many images are written and read back; what it raises stops it.

    Returns
    -------
    int
        How many images are in it.

    Raises
    ------
    StoreError
        When an image is missing or damaged, the trail is not sound, the file cannot be written, or what is there
        already is no backup; nothing is left behind then, and an earlier file stays.
    """
    _refuse_other_file(target)
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with store_errors(), STAGES.noted(part), private_folder() as name:
            copy = copy_database(store, Path(name) / "copy")
            wanted, faults = _examined(copy)
            make_private(target.parent)
            written, lost = _write(store, copy, wanted, part, on_step)
            faults += [said] if (said := checks.missing_said(lost)) else []
            if faults:
                logger.error("lacking in a backup: %s", " ".join(sorted(lost)))
            if faults and not despite_faults:
                raise StoreError(f"No backup was written: {' '.join(faults)}", "faults in the store")
            _read_back(part, written, Path(name) / "again", on_step)
            put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)
    with store.database.writing() as session:
        # Who erases a case later is told that this copy still holds it.
        store.trail.record(session, BACKUP_WRITTEN, subject=str(target.absolute()))
    if faults:
        raise StoreError(f"The backup was written without what is lost: {' '.join(faults)}", "faults in the store")
    return len(written) - 1


def _refuse_other_file(target: Path) -> None:
    """A backup takes the place of an earlier one, never of anything else: a case's own zip has the same ending."""
    if not target.exists() or target.stat().st_size == 0:
        return
    try:
        with target.open("rb") as stream:
            if stream.read(len(BEGINNING)) == BEGINNING:
                return
        with zipfile.ZipFile(target) as archive:
            is_backup = "revision" in parsed_json(archive.read(checks.LIST_FILE))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        is_backup = False
    if not is_backup:
        raise StoreError(f"“{target.name}” is there already and is no backup; choose another name.")


def copy_database(store: CaseStore, folder: Path) -> Path:
    """Copy the database alone into a new folder, while it is in use."""
    folder.mkdir(mode=0o700)
    target = folder / DATABASE_FILE
    if store.database.is_shared:
        copy_out(store.database.engine, target)
    else:
        copy_file(store.database.file, target)
    return target


def _examined(copy: Path) -> tuple[set[str], list[str]]:
    """Images that the rows of a copied database need, and what is wrong with its trail."""
    with examined_copy(copy) as store, store.database.reading() as session:
        fault = checks.trail_fault(store)
        return needed_images(session), [fault] if fault else []


@contextmanager
def examined_copy(file: Path) -> Iterator[CaseStore]:
    """A copied database as a store of its own, after it was shown to be whole.

    Raises
    ------
    StoreError
        When it is not.
    """
    checks.refuse_foreign(file)
    with private_folder() as name:
        # Opening writes a little: the copy itself stays as it was written.
        copy_file(file, Path(name) / DATABASE_FILE)
        with closing(CaseStore(Path(name), aside=True)) as store:
            yield store


def _write(
    store: CaseStore, copy: Path, wanted: set[str], part: Path, on_step: Callable[[int, int], None]
) -> tuple[dict[str, str], set[str]]:
    """Write the zip; returns the SHA-256 of every file in it by name, and which images could not be read."""
    written = {DATABASE_FILE: _sha256(copy)}
    lost: set[str] = set()
    with (
        open_private(part) as file,
        _encrypted(file, store) as goal,
        zipfile.ZipFile(goal, "w", zipfile.ZIP_STORED) as archive,
    ):
        # Squeezed very small it would be taken for a file that was made to fill disks.
        squeezed = zipfile.ZIP_DEFLATED if copy.stat().st_size <= checks.SQUEEZE_MATTERS else zipfile.ZIP_STORED
        archive.write(copy, DATABASE_FILE, squeezed, compresslevel=1)
        for place, name in enumerate(sorted(wanted)):
            on_step(place, 2 * len(wanted))
            try:
                data = store.images.read(name)
            except LeukoScopeError as error:
                logger.error("not in the backup: %s", error.detail)
                lost.add(name)
                continue
            archive.writestr(f"{IMAGE_FOLDER}/{name}", data)
            written[f"{IMAGE_FOLDER}/{name}"] = name
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


def _read_back(part: Path, written: dict[str, str], folder: Path, on_step: Callable[[int, int], None]) -> None:
    """Read a backup from the disk again, as restoring would.

    Raises
    ------
    StoreError
        When it is not what was written.
    """
    folder.mkdir(mode=0o700)
    message = "The backup was written but cannot be read back; check the disk, or choose another place."
    try:
        with opened(part) as backup:
            backup.unpack(folder / DATABASE_FILE)
            checks.refuse_foreign(folder / DATABASE_FILE)
            images = [name for name in written.values() if name != written[DATABASE_FILE]]
            wrong = []
            for place, name in enumerate(images):
                on_step(len(images) + place, 2 * len(images))
                if not backup.holds(name):
                    wrong.append(name)
    except StoreError as error:
        raise StoreError(message, error.detail) from error
    if wrong or backup.damaged():
        raise StoreError(message, " ".join(wrong))


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
