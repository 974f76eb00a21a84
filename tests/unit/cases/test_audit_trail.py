"""Nobody changes the trail unseen: each kind of tampering is done behind the program's back and found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.store import CaseStore
from leukoscope.domain.audit import AuditEntry
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.findings import Label
from leukoscope.workflow.export.audit_trail import write_trail_csv, write_trail_pdf

from .builders import analysis

WHOLE = "number, at, who, what, case_id, subject, old, new, reason, previous, seal"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path)
    store.trail.actor = "A. Weber"
    case_id = store.create(CaseHeader("1", "Doe"))
    store.update_header(case_id, CaseHeader("1", "Robert'); DROP TABLE audit;-- <b>王小明</b>"))
    cell = store.frames.add(case_id, analysis(b"x", cells=1), b"x").cells[0]
    store.decide(cell.id, Label.HEALTHY, "Ben")
    store.decide(cell.id, None, "Ben")
    yield store
    store.close()


def behind_the_back(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE_FILE)) as connection:
        for statement in ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", *statements):
            connection.execute(statement)
        connection.commit()


def test_every_change_is_told(store: CaseStore) -> None:
    told = [(one.number, one.who, one.what, one.old, one.new) for one in store.trail.entries()[::-1]]
    image = store.load(1).frames[0].sha256
    assert told == [
        (1, "A. Weber", "case added", "", "1"),
        (2, "A. Weber", "header", "Doe", "Robert'); DROP TABLE audit;-- <b>王小明</b>"),
        (3, "A. Weber", "image added", "", image),
        (4, "Ben", "label", "leukemic", "healthy"),
        (5, "Ben", "label", "healthy", "leukemic"),
    ]
    assert store.trail.verify().sound
    assert store.trail.verify().count == 5


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit WHERE number = 5"])
def test_the_database_itself_refuses_changes(store: CaseStore, tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as connection, pytest.raises(sqlite3.DatabaseError):
        connection.execute(statement)
    assert store.trail.verify().sound


@pytest.mark.parametrize("column", [name for name in WHOLE.split(", ") if name not in {"number", "case_id"}])
def test_an_edited_entry_is_found(store: CaseStore, tmp_path: Path, column: str) -> None:
    behind_the_back(tmp_path, f"UPDATE audit SET {column} = 'other' WHERE number = 3")
    check = store.trail.verify()
    assert not check.sound
    assert check.faults[0].number == 3


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_removed_entry_is_found_also_the_last(store: CaseStore, tmp_path: Path, number: int) -> None:
    behind_the_back(tmp_path, f"DELETE FROM audit WHERE number = {number}")
    assert not store.trail.verify().sound


def test_a_last_entry_cut_off_together_with_the_head_is_found(store: CaseStore, tmp_path: Path) -> None:
    """Who has the database alone can make it consistent in itself; this workstation remembers better."""
    before = store.trail.entries()[1]
    behind_the_back(
        tmp_path,
        "DELETE FROM audit WHERE number = 5",
        f"UPDATE audit_head SET count = 4, seal = '{before.seal}'",
    )
    check = store.trail.verify()
    assert check.faults[0].number == 5
    assert "remembers entry 5" in check.faults[0].sentence


def test_entries_in_another_order_are_found(store: CaseStore, tmp_path: Path) -> None:
    behind_the_back(
        tmp_path,
        "UPDATE audit SET number = 99 WHERE number = 3",
        "UPDATE audit SET number = 3 WHERE number = 4",
        "UPDATE audit SET number = 4 WHERE number = 99",
    )
    assert store.trail.verify().faults[0].number == 3


def test_a_chain_sealed_anew_from_the_middle_is_found(store: CaseStore, tmp_path: Path) -> None:
    """The whole chain computed again after an edit, head included: signatures and anchor tell."""
    entries = list(store.trail.entries()[::-1])
    entries[2] = replace(entries[2], new="forged")
    sealed: list[AuditEntry] = []
    for entry in entries:
        follows = replace(entry, previous=sealed[-1].seal if sealed else entry.previous)
        sealed.append(replace(follows, seal=follows.computed_seal()))
    behind_the_back(
        tmp_path,
        *(
            f"UPDATE audit SET previous = '{one.previous}', seal = '{one.seal}', "
            f"new = CASE number WHEN 3 THEN 'forged' ELSE new END WHERE number = {one.number}"
            for one in sealed
        ),
        f"UPDATE audit_head SET seal = '{sealed[-1].seal}'",
    )
    told = [fault.sentence for fault in store.trail.verify().faults]
    assert [one for one in told if "signature" in one] == [
        f"The signature of entry {number} is not one of its key." for number in (3, 4, 5)
    ]
    assert "Entry 5 is not the one this workstation remembers." in told


def test_a_failed_change_leaves_no_entry(store: CaseStore) -> None:
    with pytest.raises(Exception, match="no longer"):
        store.update_header(99, CaseHeader("2"))
    assert store.trail.verify().count == 5


def test_the_trail_goes_on_after_a_restart(store: CaseStore, tmp_path: Path) -> None:
    other = CaseStore(tmp_path)
    other.create(CaseHeader("2"))
    other.close()
    store.create(CaseHeader("3"))
    assert store.trail.verify().sound
    assert store.trail.verify().count == 7


def test_the_trail_leaves_as_table_and_on_paper(store: CaseStore, tmp_path: Path) -> None:
    import csv

    from pypdf import PdfReader

    entries = store.trail.entries()[::-1]
    write_trail_csv(entries, tmp_path / "trail.csv")
    with (tmp_path / "trail.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["seal"] for row in rows] == [one.seal for one in entries]
    assert rows[1]["new"] == "Robert'); DROP TABLE audit;-- <b>王小明</b>"
    write_trail_pdf(entries * 40, store.trail.verify(), tmp_path / "trail.pdf")
    pages = PdfReader(tmp_path / "trail.pdf").pages
    assert len(pages) > 2
    text = pages[0].extract_text()
    assert "5 entries checked" in text
    assert "A. Weber" in text
