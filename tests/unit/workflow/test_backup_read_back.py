"""A backup holds what the database needs, was read back before it counts, and says loudly what it lacks."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE
from leukoscope.cases.store import CaseStore
from leukoscope.cli.main import main
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.domain.retention import Retention
from leukoscope.domain.waiting import Arrival
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.backup import back_up, back_up_daily
from leukoscope.workflow.restore import restore
from leukoscope.workflow.store_check import check_store
from tests.unit.cases.builders import all_files, analysis

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
X, Y, WAITING = (hashlib.sha256(data).hexdigest() for data in (b"x", b"y", b"waiting"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    """A case with two images, and one that waits."""
    store = CaseStore(tmp_path / "cases")
    case_id = store.create(CaseHeader("1"))
    for data in (b"x", b"y"):
        store.frames.add(case_id, analysis(data), data)
    store.queue.accept(case_id, [Arrival("camera", b"waiting")], "program")
    yield store
    store.close()


def image(tmp_path: Path, sha256: str) -> Path:
    return tmp_path / "cases" / "images" / sha256[:2] / sha256


def test_what_the_database_needs_is_in_it_and_nothing_else(store: CaseStore, tmp_path: Path) -> None:
    store.images.put(b"nobody needs this")
    assert back_up(store, tmp_path / "all.zip").images == 3
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        names = {name.removeprefix("images/") for name in archive.namelist()}
    assert names == {DATABASE_FILE, "sha256.json", X, Y, WAITING}
    assert (tmp_path / "all.zip").stat().st_mode & 0o777 == 0o600
    store.close()
    shutil.rmtree(tmp_path / "cases")
    restore(tmp_path / "cases", tmp_path / "all.zip")
    with closing(CaseStore(tmp_path / "cases")) as again:
        assert all(check.passed for check in check_store(again))
        assert [one.sha256 for one in again.queue.of_case(1)] == [WAITING]


@pytest.mark.parametrize("sha256", [X, WAITING])
@pytest.mark.parametrize("damage", ["missing", "wrong"])
def test_an_image_that_is_lost_is_named_and_an_earlier_backup_stays(
    store: CaseStore, tmp_path: Path, sha256: str, damage: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    target = tmp_path / "all.zip"
    back_up(store, target)
    before = target.read_bytes()
    image(tmp_path, sha256).unlink() if damage == "missing" else image(tmp_path, sha256).write_bytes(b"other")
    with pytest.raises(StoreError, match=sha256):
        back_up(store, target)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob("*.part"))
    store.close()
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    shutil.copytree(tmp_path / "cases", AppDirs.of_user().cases)
    assert main(["backup", str(target)]) == 1
    assert sha256 in capsys.readouterr().err
    assert main(["check"]) == 1
    assert sha256 in capsys.readouterr().out
    assert main(["backup", "--despite-faults", str(target)]) == 1
    assert sha256 in capsys.readouterr().err
    with zipfile.ZipFile(target) as archive:
        assert len(archive.namelist()) == 4


def test_a_disk_that_keeps_something_else_is_found_by_reading_back(
    store: CaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        for part in tmp_path.glob("*.part"):
            data = bytearray(part.read_bytes())
            data[data.index(b"waiting")] ^= 1
            part.write_bytes(data)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StoreError, match="cannot be read back"):
        back_up(store, tmp_path / "all.zip")
    assert not list(tmp_path.glob("*.zip*"))


def test_the_daily_copy_is_made_and_names_what_is_missing(store: CaseStore, tmp_path: Path) -> None:
    image(tmp_path, WAITING).unlink()
    with pytest.raises(StoreError, match=WAITING):
        back_up_daily(store, NOON)
    assert (tmp_path / "cases" / BACKUP_FOLDER / "daily-2026-11-23.db").exists()


def test_a_damaged_list_does_not_push_the_last_good_copies_out(store: CaseStore, tmp_path: Path) -> None:
    keep = Retention(2, 0, 0)
    for day in range(3):
        back_up_daily(store, NOON + timedelta(days=day), keep=keep)
    folder = tmp_path / "cases" / BACKUP_FOLDER
    good = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(good) == 2
    store.close()
    file = tmp_path / "cases" / DATABASE_FILE
    data = bytearray(file.read_bytes())
    data[8192:16384] = bytes(8192)
    file.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"), closing(CaseStore(tmp_path / "cases")) as damaged:
        back_up_daily(damaged, NOON + timedelta(days=9), keep=keep)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == good


def test_a_copy_that_was_cut_off_is_written_anew(store: CaseStore, tmp_path: Path) -> None:
    copy = back_up_daily(store, NOON)
    assert copy is not None
    whole = copy.stat().st_size
    copy.write_bytes(copy.read_bytes()[:5000])
    assert back_up_daily(store, NOON) == copy
    assert copy.stat().st_size == whole


def test_which_copies_are_kept() -> None:
    days = {date(2026, 1, 1) + timedelta(days=day) for day in range(400)}
    newest = max(days)
    assert Retention(0, 0, 0).kept(days) == {newest}
    assert Retention(3, 0, 0).kept(days) == {newest - timedelta(days=day) for day in range(3)}
    assert Retention(1, 2, 0).kept(days) == {newest, date(2027, 2, 1), date(2027, 1, 25)}
    assert len(Retention(14, 8, 12).kept(days)) <= 34
    # A clock that once was years ahead takes one place, not all.
    assert len(Retention(3, 0, 0).kept({*days, date(2099, 1, 1)})) == 3


def test_the_second_place_is_enough_to_begin_anew(store: CaseStore, tmp_path: Path) -> None:
    second = tmp_path / "drive"
    second.mkdir()
    back_up_daily(store, NOON, second=str(second))
    (place,) = second.iterdir()
    assert place.stat().st_mode & 0o777 == 0o700
    store.frames.add(1, analysis(b"later"), b"later")
    back_up_daily(store, NOON + timedelta(days=1), second=str(second))
    assert sorted(path.name for path in place.glob("*.db")) == ["daily-2026-11-23.db", "daily-2026-11-24.db"]
    store.close()
    shutil.rmtree(tmp_path / "cases")
    assert restore(tmp_path / "new", place / "daily-2026-11-24.db") == 4
    with closing(CaseStore(tmp_path / "new")) as again:
        assert all(check.passed for check in check_store(again))
        assert len(again.load(1).frames) == 3


def test_a_second_place_that_was_away_is_caught_up(store: CaseStore, tmp_path: Path) -> None:
    second = tmp_path / "drive"
    with pytest.raises(StoreError, match="connect it"):
        back_up_daily(store, NOON, second=str(second))
    assert not second.exists()
    assert (tmp_path / "cases" / BACKUP_FOLDER / "daily-2026-11-23.db").exists()
    second.mkdir()
    back_up_daily(store, NOON, second=str(second))
    assert len(list(second.glob("*/*.db"))) == 1


def test_two_lists_do_not_mix_at_one_second_place_and_old_images_go(store: CaseStore, tmp_path: Path) -> None:
    second = tmp_path / "drive"
    second.mkdir()
    with closing(CaseStore(tmp_path / "other")) as other:
        other.create(CaseHeader("of another lab"))
        back_up_daily(other, NOON, second=str(second))
    keep = Retention(1, 0, 0)
    back_up_daily(store, NOON, second=str(second), keep=keep)
    assert len(list(second.iterdir())) == 2
    (place,) = {path.parents[2] for path in second.glob("*/images/*/*")}
    (place / "images" / "00").mkdir(exist_ok=True)
    unneeded = place / "images" / "00" / ("00" + "a" * 62)
    unneeded.write_bytes(b"of a case that was erased")
    back_up_daily(store, NOON + timedelta(days=1), second=str(second), keep=keep)
    assert [path.name for path in place.glob("*.db")] == ["daily-2026-11-24.db"]
    assert sorted(path.name for path in all_files(place / "images")) == sorted([X, Y, WAITING])


def test_an_image_that_is_lost_on_the_way_to_the_second_place_is_named(store: CaseStore, tmp_path: Path) -> None:
    second = tmp_path / "drive"
    second.mkdir()
    image(tmp_path, X).write_bytes(b"other")
    with pytest.raises(StoreError, match=X):
        back_up_daily(store, NOON, second=str(second))
    (place,) = second.iterdir()
    assert sorted(path.name for path in all_files(place / "images")) == sorted([Y, WAITING])
