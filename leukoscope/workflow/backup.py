"""Backups: copies of every day by themselves, whole ones as a zip; each is read back before it counts."""

from __future__ import annotations

import logging
import secrets
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from leukoscope.cases.copying import copy_out
from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE
from leukoscope.cases.encrypted_file import BEGINNING
from leukoscope.cases.referenced_images import needed_images
from leukoscope.cases.sqlite_copy import copy_file
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.domain.audit import BACKUP_WRITTEN, DAILY_BACKUP
from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.domain.retention import Retention
from leukoscope.inference.library import BundleLibrary
from leukoscope.system.durable import make_private, put_in_place, sync_file
from leukoscope.system.temporary_files import STAGES, private_folder
from leukoscope.workflow import backup_check as checks
from leukoscope.workflow.backup_models import at_a_glance, imported_models
from leukoscope.workflow.backup_zip import Wanted, read_back, write_zip
from leukoscope.workflow.daily_copies import copy_to_second_place, is_due, is_whole, let_old_go, name_of

logger = logging.getLogger(__name__)

USUAL = Retention()


@dataclass(frozen=True)
class BackedUp:
    """How many images and imported models are in a backup."""

    images: int
    models: int


def back_up_daily(
    store: CaseStore,
    today: datetime | None = None,
    *,
    second: str = "",
    keep: Retention = USUAL,
    library: BundleLibrary | None = None,
) -> Path | None:
    """Copy the database once a day and let old copies go; with a second place, images and imported models too, there.

    Beside the cases neither needs a copy: they are never changed, and the copy needs the same ones.

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
    library
        With the imported models; without it none are copied.

    Returns
    -------
    Path or None
        The copy; ``None`` when today's is there already.

    Raises
    ------
    StoreError
        When a copy cannot be written or read back: older ones all stay then. Also when images are missing or models
        are not whole, which are named: everything else was copied.
    """
    folder = store.folder / BACKUP_FOLDER
    target = folder / name_of((today or datetime.now(UTC)).date())
    is_new = not is_whole(target)
    unfit: list[str] = []
    with store_errors():
        if is_new:
            folder.mkdir(exist_ok=True, mode=0o700)
            _copy_and_examine(store, target)
            let_old_go(folder, keep, target)
            store.trail.tell(DAILY_BACKUP, subject=target.name)
            logger.info("daily backup written")
        with store.database.reading() as session:
            lost = needed_images(session) - set(store.images.hashes())
        place = Path(second).expanduser() if second else None
        if place is not None and is_due(target, store, place):
            with examined_copy(target) as copied, copied.database.reading() as session:
                wanted = needed_images(session)
            models, unfit = imported_models(library, at_a_glance)
            lost |= copy_to_second_place(target, store, place, keep, (wanted, models))
    if lost:
        logger.error("lacking in the daily backup: %s", " ".join(sorted(lost)))
        raise StoreError(f"The daily backup lacks images: {checks.missing_said(lost)}", "images are lost")
    if unfit:
        raise StoreError(f"The daily backup lacks models: {' '.join(unfit)}", "models are not whole")
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
    library: BundleLibrary | None = None,
    despite_faults: bool = False,
    on_step: Callable[[int, int], None] = lambda _done, _count: None,
) -> BackedUp:
    """Write the database, every image that it needs and every imported model into one zip.

    It appears when it is whole and was read back.

    Parameters
    ----------
    store, target
        What is copied, and where to; an earlier file there is replaced at the end.
    library
        With the imported models; without it none are written.
    despite_faults
        Write it although images are missing or damaged, models are not whole or the trail is not sound: with all that
        is left. What is lost is raised all the same, afterwards.
    on_step
        Told how many of so many images and files of models are written and read back; what it raises stops it.

    Returns
    -------
    BackedUp
        How much is in it.

    Raises
    ------
    StoreError
        When an image is missing or damaged, a model is not whole, the trail is not sound, the file cannot be written,
        or what is there already is no backup; nothing is left behind then, and an earlier file stays.
    """
    _refuse_other_file(target)
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with store_errors(), STAGES.noted(part), private_folder() as name:
            copy = copy_database(store, Path(name) / "copy")
            images, faults = _examined(copy)
            models, unfit = imported_models(library)
            make_private(target.parent)
            wanted = Wanted(copy, tuple(sorted(images)), models)
            written, lost = write_zip(store, wanted, part, on_step)
            faults += [said] if (said := checks.missing_said(lost)) else []
            faults += unfit
            if faults:
                logger.error("lacking in a backup: %s", " ".join(sorted(lost)))
            if faults and not despite_faults:
                raise StoreError(f"No backup was written: {' '.join(faults)}", "faults in the store")
            read_back(part, written, Path(name) / "again", on_step)
            put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)
    with store.database.writing() as session:
        # Who erases a case later is told that this copy still holds it.
        store.trail.record(session, BACKUP_WRITTEN, subject=str(target.absolute()))
    if faults:
        raise StoreError(f"The backup was written without what is lost: {' '.join(faults)}", "faults in the store")
    return BackedUp(len(images) - len(lost), len(models))


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
