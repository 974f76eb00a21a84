"""Backups are whole, come back, and let damage be seen."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import Cause, StoreError
from leukoscope.workflow.backup import back_up, back_up_daily
from leukoscope.workflow.restore import restore
from leukoscope.workflow.store_check import check_store
from tests.unit.cases.builders import all_files, analysis

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases")
    store.frames.add(store.create(CaseHeader("1", "Ольга <b>")), analysis(b"x"), b"x")
    yield store
    store.close()


def test_one_copy_a_day_and_old_ones_go(store: CaseStore, tmp_path: Path) -> None:
    for day in range(80):
        assert back_up_daily(store, NOON + timedelta(days=day)) is not None
        assert back_up_daily(store, NOON + timedelta(days=day, hours=3)) is None
    names = [path.name for path in sorted((tmp_path / "cases" / BACKUP_FOLDER).iterdir())]
    # The first of each month, the first of each of the last eight weeks, the last fourteen days.
    assert names == [
        *(f"daily-{day}.db" for day in ("2026-11-23", "2026-12-01", "2026-12-21", "2026-12-28", "2027-01-01")),
        *(f"daily-{day}.db" for day in ("2027-01-04", "2027-01-11", "2027-01-18", "2027-01-25")),
        *(f"daily-{NOON.date() + timedelta(days=day)}.db" for day in range(66, 80)),
    ]


@pytest.mark.parametrize("kind", ["zip", "daily"])
def test_a_backup_comes_back(store: CaseStore, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "backup.zip"
    if kind == "zip":
        assert back_up(store, target).images == 1
    else:
        target = back_up_daily(store) or target
    store.create(CaseHeader("2"))
    sha256 = store.load(1).frames[0].sha256
    store.close()
    if kind == "zip":
        (tmp_path / "cases" / "images" / sha256[:2] / sha256).unlink()
    restore(tmp_path / "cases", target)
    again = CaseStore(tmp_path / "cases")
    assert [one.header.patient for one in again.list()] == ["Ольга <b>"]
    assert again.read_image(sha256) == b"x"
    assert all(check.passed for check in check_store(again)), check_store(again)
    assert again.trail.entries()[0].what == "backup restored"
    again.close()
    assert any("before-restore" in path.name for path in (tmp_path / "cases" / BACKUP_FOLDER).iterdir())


def test_a_damaged_backup_changes_nothing(store: CaseStore, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    back_up(store, target)
    store.close()
    data = bytearray(target.read_bytes())
    data[len(data) // 3] ^= 0xFF
    target.write_bytes(bytes(data))
    before = [(path, path.read_bytes()) for path in all_files(tmp_path / "cases")]
    with pytest.raises(StoreError, match="damaged"):
        restore(tmp_path / "cases", target)
    (tmp_path / "text.db").write_text("no database at all " * 50)
    with pytest.raises(StoreError, match="no backup of LeukoScope"):
        restore(tmp_path / "cases", tmp_path / "text.db")
    assert [(path, path.read_bytes()) for path in all_files(tmp_path / "cases")] == before


@pytest.mark.parametrize(
    ("data", "cause", "words"),
    [
        (b"a letter to somebody", Cause.UNKNOWN_KIND, "no backup of LeukoScope"),
        (b"PK\x03\x04 an archive without its end", Cause.BROKEN, "damaged"),
        (b"SQLite format 3\0 and no more", Cause.BROKEN, "damaged"),
    ],
)
def test_what_is_no_backup_and_what_is_a_damaged_one_are_told_apart(
    store: CaseStore, tmp_path: Path, data: bytes, cause: Cause, words: str
) -> None:
    file = tmp_path / "given"
    file.write_bytes(data)
    with pytest.raises(StoreError, match=words) as caught:
        restore(tmp_path / "other", file, None)
    assert caught.value.cause is cause
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    with pytest.raises(StoreError, match="no backup of LeukoScope") as caught:
        restore(tmp_path / "other", file, None)
    assert caught.value.cause is Cause.UNKNOWN_KIND


def test_a_backup_of_a_newer_version_is_refused_kindly(store: CaseStore, tmp_path: Path) -> None:
    copy = back_up_daily(store)
    assert copy is not None
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    store.close()
    with pytest.raises(StoreError, match="newer version"):
        restore(tmp_path / "cases", copy)


def test_check_sees_each_kind_of_damage(store: CaseStore, tmp_path: Path) -> None:
    assert [check.passed for check in check_store(store)] == [True, True, True]
    (image,) = all_files(tmp_path / "cases" / "images")
    image.write_bytes(b"y")
    with closing(sqlite3.connect(tmp_path / "cases" / DATABASE_FILE)) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit")
        connection.commit()
    assert [check.passed for check in check_store(store)] == [True, False, False]


def test_a_backup_takes_no_other_files_place(store: CaseStore, tmp_path: Path) -> None:
    """A case that was exported as a zip has the same ending."""
    target = tmp_path / "2026-0417.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("report.pdf", b"of a patient")
        archive.writestr("sha256.json", json.dumps({"report.pdf": "0" * 64}))
    before = target.read_bytes()
    with pytest.raises(StoreError, match="no backup"):
        back_up(store, target)
    assert target.read_bytes() == before
    for _ in range(2):
        back_up(store, tmp_path / "backup.zip")
