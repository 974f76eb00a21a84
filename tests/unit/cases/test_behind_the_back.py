"""Every edit behind the program's back is found and named, on both databases, by ``audit verify`` and ``check``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import HEAD
from leukoscope.domain.errors import StoreError
from leukoscope.workflow.store_check import check_store

from .tampered_store import Store
from .tampering import EDITS, Statements


def faults(store: Store) -> list[str]:
    with closing(CaseStore(store.folder, store.url)) as opened:
        return [fault.sentence for fault in opened.trail.verify().faults]


def test_a_store_that_nobody_edited_is_sound(used: Store) -> None:
    assert faults(used) == []
    with closing(CaseStore(used.folder, used.url)) as store:
        assert [one.sentence for one in check_store(store) if not one.passed] == []


@pytest.mark.parametrize("number", [None, "0012"])
def test_a_table_of_migrations_that_was_edited_is_said_on_opening(used: Store, number: str | None) -> None:
    """None at all, or an older one: nothing is migrated a second time, and nothing is changed."""
    used.run("DELETE FROM alembic_version")
    if number is not None:
        used.plainly(f"INSERT INTO alembic_version (version_num) VALUES ('{number}')")
    with pytest.raises(StoreError, match=r"which version wrote it|not at the revision that it says"):
        CaseStore(used.folder, used.url)
    used.run("DELETE FROM alembic_version", f"INSERT INTO alembic_version (version_num) VALUES ('{HEAD}')")
    assert faults(used) == []


def test_an_image_of_the_same_size_in_the_place_of_another_is_named(used: Store) -> None:
    """Verifying does not read every image; checking does."""
    ((sha256,),) = used.rows("SELECT sha256 FROM frames WHERE id = 1")
    if used.url:
        used.run(f"UPDATE blobs SET data = 'imagX 1'::bytea WHERE sha256 = '{sha256}'")
    else:
        (used.folder / "images" / sha256[:2] / sha256).write_bytes(b"imagX 1")
    with closing(CaseStore(used.folder, used.url)) as store:
        told = [one.sentence for one in check_store(store) if not one.passed]
    assert len(told) == 1
    assert f"The image or report {sha256} is not what was saved" in told[0]


def test_an_erasure_that_was_planted_erases_nothing(used: Store) -> None:
    used.run("INSERT INTO erasures (id, case_id, at, left_to_do) VALUES (9, 1, '2026-01-01 00:00:00.000000', '{}')")
    with closing(CaseStore(used.folder, used.url)) as store:
        assert store.erasing.unfinished() == ()
        assert store.erasing.erased_cases() == (4,)


def edits_on_both() -> Iterator[object]:
    """All in a file; on a server one plain statement of each kind and table, the others with ``make test-heavy``."""
    kinds: set[str] = set()
    for name, (act, _) in EDITS.items():
        yield pytest.param("sqlite", name, id=f"sqlite-{name}")
        repeats = isinstance(act, Statements) and act.kind in kinds
        if isinstance(act, Statements):
            kinds.add(act.kind)
        yield pytest.param("postgresql", name, id=f"postgresql-{name}", marks=[pytest.mark.heavy] if repeats else [])


@pytest.mark.parametrize(("used", "edit"), list(edits_on_both()), indirect=["used"])
def test_every_edit_is_found_and_named(used: Store, edit: str) -> None:
    act, named = EDITS[edit]
    act(used)
    with closing(CaseStore(used.folder, used.url)) as store:
        told = [fault.sentence for fault in store.trail.verify().faults]
        assert any(re.search(named, one) for one in told), told
        checked = [one.sentence for one in check_store(store) if not one.passed]
        assert any(re.search(named, one) for one in checked), checked
