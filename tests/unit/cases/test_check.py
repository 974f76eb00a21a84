"""``check`` reads every row, holds files against rows in both directions, and repairs; on both databases."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import closing
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.workflow.backup import back_up_daily
from leukoscope.workflow.store_check import StoreCheck, check_store
from leukoscope.workflow.store_repair import repair_store

from .builders import all_files
from .tampered_store import REPORT, Store, a_store_in_use


def checked(store: CaseStore) -> dict[str, StoreCheck]:
    return {one.name: one for one in check_store(store)}


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE cases SET state = 'lost' WHERE id = 2", "Row 2 of “cases”"),
        ("UPDATE frames SET quality = '[[1' WHERE id = 1", "Row 1 of “frames”"),
        ("UPDATE frames SET view = 'x' WHERE id = 2", "Row 2 of “frames”"),
        ("UPDATE cells SET label = 'green' WHERE id = 5", "Row 5 of “cells”"),
        ("UPDATE cells SET width = 4000 WHERE id = 4", "Row 4 of “cells”"),
        ("UPDATE opinions SET maps = '' WHERE id = 3", "Row 3 of “opinions”"),
        ("UPDATE opinions SET figures = '{' WHERE id = 4", "Row 4 of “opinions”"),
        ("UPDATE decisions SET label = 'x' WHERE id = 1", "Row 1 of “decisions”"),
        ("UPDATE people SET role = 'king'", "Row 1 of “people”"),
        ("UPDATE rules SET value = 'many' WHERE name = 'lock_minutes'", "Row lock_minutes of “rules”"),
        ("UPDATE audit SET at = 'yesterday' WHERE number = 3", "Row 3 of “audit”"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(used: Store, statement: str, row: str) -> None:
    used.run(statement)
    with closing(CaseStore(used.folder, used.url)) as store:
        found = checked(store)
    assert [one.startswith(f"{row} cannot be read") for one in found["database"].faults] == [True], found["database"]
    assert not found["audit trail"].passed


@pytest.mark.parametrize(
    ("column", "value", "row"),
    [
        ("created_at", "'never'", "Row 1 of “cases”"),
        ("frame_count", "'some'", "Row 1 of “cases”"),
        ("number", "x'00ff'", "Row 1 of “cases”"),
    ],
)
def test_a_value_of_another_kind_is_named(tmp_path: Path, column: str, value: str, row: str) -> None:
    """SQLite keeps any value in any column; a server refuses it."""
    a_store_in_use(tmp_path / "cases", "")
    Store(tmp_path / "cases", "").run(f"UPDATE cases SET {column} = {value} WHERE id = 1")
    with closing(CaseStore(tmp_path / "cases")) as store:
        assert [one.startswith(row) for one in checked(store)["database"].faults] == [True]


def drop_image(store: Store, sha256: str) -> None:
    if store.url:
        store.run(f"DELETE FROM blobs WHERE sha256 = '{sha256}'")
    else:
        (store.folder / "images" / sha256[:2] / sha256).unlink()


def damage_image(store: Store, sha256: str) -> None:
    if store.url:
        store.run(f"UPDATE blobs SET data = 'damaged'::bytea WHERE sha256 = '{sha256}'")
    else:
        (store.folder / "images" / sha256[:2] / sha256).write_bytes(b"damaged")


def test_missing_damaged_and_orphaned_images_are_each_named(used: Store) -> None:
    gone, damaged = hashlib.sha256(b"image 1").hexdigest(), hashlib.sha256(REPORT).hexdigest()
    with closing(CaseStore(used.folder, used.url)) as store:
        orphan, _ = store.images.put(b"nobody's")
    drop_image(used, gone)
    damage_image(used, damaged)
    with closing(CaseStore(used.folder, used.url)) as store:
        images = checked(store)["images"]
    assert set(images.faults) == {
        f"The image or report {gone} is missing; restore a backup, or add it again.",
        f"The image or report {damaged} is not what was saved; restore a backup, or add it again.",
    }
    assert images.notes == (f"The image {orphan} belongs to no case; leukoscope check --repair sets it aside.",)


def test_repair_sets_aside_rebuilds_and_brings_back(used: Store, tmp_path: Path) -> None:
    gone, damaged = hashlib.sha256(b"image 1").hexdigest(), hashlib.sha256(b"image 2").hexdigest()
    (tmp_path / "drive").mkdir()
    with closing(CaseStore(used.folder, used.url)) as store:
        back_up_daily(store, second=str(tmp_path / "drive"))
        orphan, _ = store.images.put(b"nobody's")
    drop_image(used, gone)
    damage_image(used, damaged)
    used.run("UPDATE cases SET leukemic_count = 9, search_text = 'x' WHERE id = 2")
    with closing(CaseStore(used.folder, used.url)) as store:
        assert not checked(store)["database"].passed
        assert len(repair_store(store, str(tmp_path / "drive"))) == 5
        found = checked(store)
        assert found["database"].passed and found["images"].passed and not found["images"].notes
        # Who edited them is not known: that they were stays on record.
        assert [one.startswith("Case 2 was changed") for one in found["audit trail"].faults] == [True]
        assert store.read_image(gone) == b"image 1"
        assert [one.what for one in store.trail.entries(limit=5)] == ["repaired"] * 5
        assert repair_store(store, str(tmp_path / "drive")) == ()
    kept = {path.name: path.read_bytes() for path in all_files(used.folder / "set-aside")}
    assert kept == {orphan: b"nobody's", f"{damaged}.damaged": b"damaged"}
    if os.name != "nt":
        assert {stat.S_IMODE(path.stat().st_mode) for path in all_files(used.folder)} == {0o600}


def test_a_stranger_among_the_images_is_set_aside(tmp_path: Path) -> None:
    a_store_in_use(tmp_path, "")
    (tmp_path / "images" / "notes.txt").write_text("mine")
    with closing(CaseStore(tmp_path)) as store:
        assert checked(store)["images"].notes == (
            "The file “notes.txt” is none of the images; leukoscope check --repair sets it aside.",
        )
        assert len(repair_store(store)) == 1
        assert checked(store)["images"].notes == ()
    (moved,) = all_files(tmp_path / "set-aside")
    assert moved.read_text() == "mine"
