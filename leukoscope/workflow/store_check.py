"""``leukoscope check``: everything that is kept, held against what it must be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leukoscope.cases.needed import needed_images
from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import HEAD
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.workflow.backup_check import missing_said
from leukoscope.workflow.backup_sources import has


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
        wanted = needed_images(session)
    there = set(store.images.hashes())
    lost = [name for name in sorted(wanted | there) if not has(store.images, name)]
    text = f"{len(there)} images and reports, each as it was saved"
    return StoreCheck("images", not lost, missing_said(lost) or text)


def _check_trail(store: CaseStore) -> StoreCheck:
    check = store.trail.verify()
    text = f"{check.count} entries, none changed, removed or put in another order"
    return StoreCheck("audit trail", check.sound, text if check.sound else check.faults[0].sentence)
