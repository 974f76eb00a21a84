"""``leukoscope check --repair``: what can be made right without a person, and nothing is deleted by it.

What is taken out of the store lies in ``set-aside`` afterwards, as it was, and an entry of the audit trail tells of
each step.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from leukoscope.cases.derived import rebuild, wrong_columns
from leukoscope.cases.images import IMAGE_FOLDER, ImageStore
from leukoscope.cases.referenced_images import needed_images
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.domain.audit import REPAIRED
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.system.durable import make_private, write_private
from leukoscope.workflow.backup_sources import has
from leukoscope.workflow.daily_copies import place_of
from leukoscope.workflow.loose_files import SET_ASIDE

logger = logging.getLogger(__name__)


def repair_store(store: CaseStore, second: str = "") -> tuple[str, ...]:
    """Set aside what belongs to no case, make derived columns anew, and bring images back from the second place.

    Parameters
    ----------
    store
        What is repaired.
    second
        Folder of the second place for backups; empty for none.

    Returns
    -------
    tuple of str
        What was done, each as a sentence.

    Raises
    ------
    StoreError
        When the disk is full or the database cannot be written; what was done until then is done.
    """
    aside = store.folder / SET_ASIDE / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    done: list[str] = []
    for step in (_rebuild, lambda one, session: _bring_back(one, session, aside, second),
                 lambda one, session: _set_aside(one, session, aside)):  # fmt: skip
        # The write lock keeps everybody from relying on what is moved.
        with store_errors(), store.database.writing() as session:
            done += step(store, session)
    return tuple(done)


def _rebuild(store: CaseStore, session: Session) -> Iterator[str]:
    for wrong in list(wrong_columns(session)):
        rebuild(session, wrong)
        store.trail.record(
            session, REPAIRED, case_id=wrong.case_id, subject=wrong.column, old=wrong.stands, new=wrong.right
        )
        # Without the value: it can hold the patient's name.
        yield f"Case {wrong.case_id}: {wrong.column} says again what its rows say."


def _bring_back(store: CaseStore, session: Session, aside: Path, second: str) -> Iterator[str]:
    place = place_of(store, Path(second).expanduser()) if second else None
    if place is None:
        return
    copies = ImageStore(place / IMAGE_FOLDER)
    for name in sorted(needed_images(session)):
        if has(store.images, name) or not has(copies, name):
            continue
        data = store.images.raw(name)
        if data is not None:
            _keep(aside, f"{name}.damaged", data)
        store.images.put_anew(copies.read(name))
        store.trail.record(session, REPAIRED, subject=f"report {name}", new=str(place))
        yield f"The image or report {name} was brought back from the second place."


def _set_aside(store: CaseStore, session: Session, aside: Path) -> Iterator[str]:
    wanted = needed_images(session)
    for name in sorted(set(store.images.hashes()) - wanted):
        data = store.images.raw(name)
        if data is None:
            continue
        _keep(aside, name, data)
        store.images.discard(name)
        store.trail.record(session, REPAIRED, subject=f"image {name}", new=str(aside))
        yield f"The image {name}, which belongs to no case, was set aside in {aside}."
    for name in list(store.images.strangers()):
        try:
            store.images.move_stranger(name, aside)
        except LeukoScopeError as error:
            logger.error("not set aside: %s", error.detail)
            continue
        store.trail.record(session, REPAIRED, subject=name, new=str(aside))
        yield f"The file “{name}”, which is none of the images, was set aside in {aside}."


def _keep(aside: Path, name: str, data: bytes) -> None:
    make_private(aside)
    write_private(aside / name, data)
