"""``leukoscope check``: everything that is kept, held against what it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leukoscope.cases.decoding import unreadable
from leukoscope.cases.derived import wrong_columns
from leukoscope.cases.referenced_images import needed_images
from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import HEAD
from leukoscope.cases.unlocked_keys import State
from leukoscope.domain.errors import CancelledError, LeukoScopeError, StoreError
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup_sources import has
from leukoscope.workflow.encryption import encryption_state


@dataclass(frozen=True)
class StoreCheck:
    """One thing that was checked.

    Parameters
    ----------
    name
        What.
    faults
        Each thing that is wrong, named; none when it passed.
    said
        What was found otherwise.
    notes
        What is no fault but wants to be known, as what an interrupted save left behind.
    """

    name: str
    faults: tuple[str, ...]
    said: str
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return " ".join((*self.faults, *self.notes)) if self.faults else " ".join((self.said, *self.notes))


def check_store(
    store: CaseStore, on_step: Callable[[int, int], None] = lambda _done, _count: None
) -> tuple[StoreCheck, ...]:
    """Check the database row by row, every image and report in both directions, and the audit trail.

    ``on_step`` is told how many of so many images are checked; what it raises stops it.
    """
    return (_check_database(store), _check_images(store, on_step), _check_trail(store))


def check_encryption(home: AppDirs) -> StoreCheck:
    """Whether everything of this user's cases is encrypted that should be; says where it stands."""
    faults: list[str] = []
    said, notes = "", []
    with _failing_kindly(faults):
        found = encryption_state(home)
        said = f"encryption is {found.state.value}"
        if found.state is not State.OFF:
            said += f"; {found.clear} files are in the clear"
        if found.state is State.ON and found.clear:
            faults.append(f"{found.clear} files are in the clear; leukoscope encryption on encrypts them.")
        elif found.is_half_done:
            verb = "on" if found.state is State.TURNING_ON else "off"
            notes.append(f"It was interrupted; leukoscope encryption {verb} goes on.")
    return StoreCheck("encryption", tuple(faults), said, tuple(notes))


@contextmanager
def _failing_kindly(found: list[str]) -> Iterator[None]:
    try:
        yield
    except CancelledError:
        raise
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
    with _failing_kindly(faults), store.database.reading() as session:
        rows = list(unreadable(session))
        faults += rows
        # Rows that cannot be read cannot be counted either.
        wrong = () if rows else wrong_columns(session)
        faults += [
            f"Case {one.case_id}: {one.column} does not say what its rows do; leukoscope check --repair makes it right."
            for one in wrong
        ]
    with _failing_kindly(faults):
        faults += _shared_numbers(store)
    return StoreCheck("database", tuple(faults), f"every row can be read, at revision {HEAD}")


def _shared_numbers(store: CaseStore) -> list[str]:
    """What an earlier version let in: cases of one number in several spellings."""
    shared = store.shared_numbers()
    if not shared:
        return []
    named = ", ".join(f"“{number}”" for number in shared[:3]) + (" and more" if len(shared) > 3 else "")
    return [f"Several cases have the number {named}; give each its own."]


def _check_images(store: CaseStore, on_step: Callable[[int, int], None]) -> StoreCheck:
    faults: list[str] = []
    notes: list[str] = []
    there: set[str] = set()
    with _failing_kindly(faults):
        there = set(store.images.hashes())
        with store.database.reading() as session:
            wanted = needed_images(session)
        for place, name in enumerate(sorted(wanted)):
            on_step(place, len(wanted))
            if not has(store.images, name):
                found = "is not what was saved" if name in there else "is missing"
                faults.append(f"The image or report {name} {found}; restore a backup, or add it again.")
        notes += [
            f"The image {name} belongs to no case; leukoscope check --repair sets it aside."
            for name in sorted(there - wanted)
        ]
        notes += [
            f"The file “{name}” is none of the images; leukoscope check --repair sets it aside."
            for name in store.images.strangers()
        ]
    said = f"{len(there)} images and reports, each as it was saved"
    return StoreCheck("images", tuple(faults), said, tuple(notes))


def _check_trail(store: CaseStore) -> StoreCheck:
    try:
        check = store.trail.verify()
    except StoreError as error:
        return StoreCheck("audit trail", (error.message,), "")
    said = f"{check.count} entries; no entry, row, report or part of the schema was changed"
    return StoreCheck("audit trail", tuple(fault.sentence for fault in check.faults), said, check.notes)
