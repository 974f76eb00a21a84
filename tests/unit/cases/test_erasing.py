"""Erased for good: no byte of a patient is left, the trail still holds, and nothing of other cases is touched."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, CaseState, Signature
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import Label
from tests.forked_programs import run_program

from .builders import all_files, analysis

NAME = "Zyxwv-Quillfeather"
HEADER = CaseHeader("2026-0417", f"{NAME}, Jane", "Blood", "MGG", "Ana", f"{NAME} was here", "PID-998877")
REASON = "Wish of the patient"


def filled(store: CaseStore, header: CaseHeader = HEADER, data: bytes = b"image of one") -> int:
    """A case in which everything has happened that can happen."""
    case_id = store.create(replace(header, patient="first spelling of " + header.patient))
    store.update_header(case_id, header)
    frame = store.frames.add(case_id, analysis(data, cells=3, name=f"{header.patient}.png"), data)
    for cell in frame.cells:
        store.decide(cell.id, Label.HEALTHY, "Ben")
    store.manual_edits.remove(frame.cells[0].id, "Ben")
    moment = datetime.now(UTC).replace(microsecond=0)
    report = b"%PDF of " + header.patient.encode()
    store.signing.sign(case_id, Signature("Dr. Ana", "Reviewed", moment), report, store.load(case_id).version)
    store.signing.amend(case_id, f"{header.patient} is another person", "Dr. Ana")
    return case_id


def erase(store: CaseStore, case_id: int, reason: str = REASON) -> None:
    left = store.erasing.erase(case_id, reason, "Root")
    store.erasing.discard_contents(left)
    store.erasing.finish(left)


def test_nothing_of_the_case_is_left_in_any_file(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    other = filled(store, CaseHeader("2026-0418", "Roe"), b"another image")
    case_id = filled(store)
    before = store.load(other)
    erase(store, case_id)
    for path in all_files(tmp_path):
        data = path.read_bytes()
        for word in (NAME, "PID-998877", "2026-0417", "image of one"):
            assert word.encode() not in data, (path, word)
    with pytest.raises(StoreError, match="no longer"):
        store.load(case_id)
    after = store.load(other)
    assert (after.header, after.version, len(after.cells)) == (before.header, before.version, len(before.cells))
    assert store.read_image(after.frames[0].sha256) == b"another image"
    store.close()


def test_no_table_keeps_a_row_of_it(both: CaseStore) -> None:
    other, case_id = filled(both, CaseHeader("1", "Roe"), b"other"), filled(both)
    erase(both, case_id)
    keep = {"audit", "erasures"}
    with both.database.reading() as session:
        connection = session.connection()
        for table in inspect(connection).get_table_names():
            columns = {column["name"] for column in inspect(connection).get_columns(table)}
            if "case_id" in columns and table not in keep:
                assert connection.execute(text(f"SELECT count(*) FROM {table} WHERE case_id = {case_id}")).scalar() == 0
        for child, parent in (("cells", "frame"), ("opinions", "cell"), ("decisions", "cell")):
            orphans = f"SELECT count(*) FROM {child} WHERE {parent}_id NOT IN (SELECT id FROM {parent}s)"
            assert connection.execute(text(orphans)).scalar() == 0
        assert connection.execute(text("SELECT left_to_do FROM erasures")).scalar() == "{}"
    assert both.load(other).cells


def test_the_trail_tells_of_it_in_one_line_and_still_holds(both: CaseStore) -> None:
    other = filled(both, CaseHeader("1", "Roe"), b"other")
    case_id = filled(both)
    before = both.trail.entries()
    erase(both, case_id)
    entries = both.trail.entries()
    told = entries[0]
    assert (told.what, told.case_id, told.who, told.reason) == ("case erased", case_id, "Root", REASON)
    assert len(entries) == len(before) + 1
    check = both.trail.verify()
    assert check.sound, check.faults
    assert [one.seal for one in entries[1:]] == [one.seal for one in before]
    blank = [one for one in entries if one.erased]
    assert {one.case_id for one in blank} == {case_id}
    assert all(not (one.subject + one.old + one.new + one.reason + one.salt) for one in blank)
    assert [(one.who, one.what, one.at) for one in blank] == [
        (one.who, one.what, one.at) for one in before if one.case_id == case_id
    ]
    assert any(one.case_id == other and one.new for one in entries)
    filled(both, CaseHeader("3", "Poe"), b"third")
    assert both.trail.verify().sound


@pytest.mark.parametrize("column", ["who", "what", "at", "case_id", "seal", "previous"])
def test_what_stays_of_a_blanked_entry_cannot_be_changed_unseen(tmp_path: Path, column: str) -> None:
    store = CaseStore(tmp_path)
    erase(store, filled(store))
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute(f"UPDATE audit SET {column} = '7' WHERE number = 2")
        connection.commit()
    check = store.trail.verify()
    assert not check.sound
    store.close()


def test_an_entry_blanked_by_hand_is_found(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    filled(store)
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute(
            "UPDATE audit SET subject='', old='', new='', reason='', salt='', digests='', erased=1 WHERE number=2"
        )
        connection.commit()
    faults = {(fault.number, fault.sentence) for fault in store.trail.verify().faults}
    assert (2, "Entry 2 was blanked, and no erasure of its case tells why.") in faults
    assert (0, "The trigger “audit_no_update” is missing from the database.") in faults
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET subject='', old='', new='', reason='', salt='', erased=1 WHERE number=2",
        "UPDATE audit SET erased=1 WHERE number=2",
        "UPDATE audit SET new='x' WHERE number=2",
    ],
)
def test_the_database_lets_nobody_blank_a_case_that_is_not_being_erased(both: CaseStore, statement: str) -> None:
    filled(both)
    with pytest.raises(StoreError), both.database.writing() as session:
        session.execute(text(statement))
    assert both.trail.verify().sound


def test_a_seal_with_its_salt_gone_tells_nothing_to_who_guesses(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    case_id = filled(store)
    told = next(one for one in store.trail.entries(case_id) if one.new == HEADER.patient)
    assert told.salt
    erase(store, case_id)
    blank = next(one for one in store.trail.entries(case_id) if one.number == told.number)
    guess = replace(blank, subject=told.subject, old=told.old, new=told.new)
    assert guess.computed_seal() != blank.seal
    assert told.computed_seal() == blank.seal
    store.close()


def test_the_same_image_in_another_case_stays(both: CaseStore) -> None:
    other = both.create(CaseHeader("1"))
    data = b"image of one"
    both.frames.add(other, analysis(data), data)
    case_id = filled(both, data=data)
    erase(both, case_id)
    assert both.read_image(both.load(other).frames[0].sha256) == data
    assert list(both.images.hashes()) == [both.load(other).frames[0].sha256]


def test_key_and_number_of_an_erased_case_are_not_given_again(both: CaseStore) -> None:
    year = date.today()
    first = both.create(CaseHeader(both.next_number(year)))
    number = both.next_number(year)
    case_id = filled(both, replace(HEADER, number=number))
    erase(both, case_id)
    assert both.next_number(year) > number
    assert both.create(CaseHeader("x")) > case_id > first


@pytest.mark.parametrize("reason", ["", "   ", f"{NAME.lower()} asked for it", "number 2026-0417", "pid-998877"])
def test_a_reason_is_asked_for_and_names_no_patient(both: CaseStore, reason: str) -> None:
    case_id = filled(both)
    with pytest.raises(StoreError, match="reason"):
        both.erasing.erase(case_id, reason, "Root")
    assert both.load(case_id).state is CaseState.AMENDED
    assert both.trail.verify().sound


def test_a_signed_case_can_be_erased_and_a_case_only_once(both: CaseStore) -> None:
    case_id = filled(both)
    one = Signature("Dr. Ana", "Reviewed", datetime.now(UTC).replace(microsecond=0))
    both.signing.sign(case_id, one, b"%PDF 2", both.load(case_id).version)
    erase(both, case_id)
    with pytest.raises(StoreError, match="no longer"):
        erase(both, case_id)
    assert list(both.images.hashes()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from leukoscope.cases.store import CaseStore
store = CaseStore(Path(sys.argv[1]))
(case_id,) = [one.id for one in store.list()]
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
step = sys.argv[2]
if step == "rows":
    store.trail.record = die
left = store.erasing.erase(case_id, "Wish of the patient", "Root")
if step == "committed":
    die()
if step == "images":
    store.images.discard = die
store.erasing.discard_contents(left)
if step == "before scrub":
    store.database.scrub = die
if step == "after scrub":
    scrub = store.database.scrub
    store.database.scrub = lambda: (scrub(), die())
store.erasing.finish(left)
die()
"""


@pytest.mark.skipif(os.name == "nt", reason="kills a process the Unix way")
@pytest.mark.parametrize("step", ["rows", "committed", "images", "before scrub", "after scrub", "whole"])
def test_a_kill_at_any_step_leaves_the_whole_case_or_nothing_of_it(tmp_path: Path, step: str) -> None:
    store = CaseStore(tmp_path)
    case_id = filled(store)
    store.close()
    result = run_program(KILLED, str(tmp_path), step)
    assert result.returncode == -signal.SIGKILL, result.stderr
    store = CaseStore(tmp_path)
    if step == "rows":
        assert store.load(case_id).header == HEADER
        assert store.erasing.unfinished() == ()
        assert store.trail.verify().sound
        store.close()
        return
    for left in store.erasing.unfinished():
        store.erasing.discard_contents(left)
        store.erasing.finish(left)
    assert store.erasing.unfinished() == ()
    assert store.trail.verify().sound
    for path in all_files(tmp_path):
        assert NAME.encode() not in path.read_bytes(), path
        assert b"image of one" not in path.read_bytes(), path
    store.close()


def test_a_case_open_at_another_workstation_is_not_erased(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    from .postgres import fresh_database

    url = fresh_database(request.getfixturevalue("postgres"))
    here, there = CaseStore(tmp_path / "here", url), CaseStore(tmp_path / "there", url)
    case_id = filled(here)
    here.open_case_lock.hold(case_id)
    there.open_case_lock.hold(case_id)
    with pytest.raises(StoreError, match="another workstation"):
        erase(here, case_id)
    assert here.load(case_id).header == HEADER
    there.close()
    erase(here, case_id)
    assert here.list() == ()
    here.close()
