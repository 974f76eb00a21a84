"""Putting a backup back: checked first, refused while the cases are open, shown before, all or nothing."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE
from leukoscope.cases.store import CaseStore
from leukoscope.cli.main import main
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.backup import back_up, back_up_daily
from leukoscope.workflow.restore import prepared_restore, restore
from leukoscope.workflow.store_check import check_store
from tests.unit.cases.builders import all_files, analysis


def made(folder: Path, *numbers: str) -> CaseStore:
    store = CaseStore(folder)
    for number in numbers:
        store.frames.add(store.create(CaseHeader(number, "Doe")), analysis(number.encode()), number.encode())
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A list of three cases."""
    made(tmp_path / "cases", "1", "2", "3").close()
    return tmp_path / "cases"


@pytest.fixture
def backup(folder: Path, tmp_path: Path) -> Path:
    """A whole backup of another list, of two cases."""
    with closing(made(tmp_path / "earlier", "7", "8")) as store:
        back_up(store, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in all_files(folder)}


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], None], *, listed: bool = True) -> Path:
    """The backup with other files in it; its list fits them unless told otherwise."""
    with zipfile.ZipFile(backup) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != "sha256.json"}
        contents = json.loads(archive.read("sha256.json"))
    change(files)
    if listed:
        contents["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    target = backup.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            kind = zipfile.ZIP_DEFLATED if name == DATABASE_FILE else zipfile.ZIP_STORED
            archive.writestr(name, data, kind)
        archive.writestr("sha256.json", json.dumps(contents))
    return target


def with_database(backup: Path, work: Callable[[sqlite3.Connection], object]) -> Path:
    """The backup with an edited database, and a list that fits."""

    def change(files: dict[str, bytes]) -> None:
        file = backup.with_name("edited.db")
        file.write_bytes(files[DATABASE_FILE])
        with closing(sqlite3.connect(file)) as connection:
            work(connection)
            connection.commit()
        files[DATABASE_FILE] = file.read_bytes()

    return rewritten(backup, change)


def refused(folder: Path, source: Path, match: str) -> None:
    before = contents(folder)
    with pytest.raises(StoreError, match=match):
        restore(folder, source)
    assert contents(folder) == before


def test_a_whole_backup_comes_back_and_what_was_there_is_kept(folder: Path, backup: Path) -> None:
    assert restore(folder, backup) == 2
    with closing(CaseStore(folder)) as store:
        assert sorted(one.header.number for one in store.list()) == ["7", "8"]
        assert all(check.passed for check in check_store(store)), check_store(store)
        assert store.trail.entries()[0].what == "backup restored"
        store.create(CaseHeader("9"))
    (aside,) = (folder / BACKUP_FOLDER).glob("before-restore-*.db")
    assert restore(folder, aside) == 0
    with closing(CaseStore(folder)) as store:
        assert sorted(one.header.number for one in store.list()) == ["1", "2", "3"]
        assert all(check.passed for check in check_store(store)), check_store(store)


def test_what_is_no_list_of_ours_is_refused(folder: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("nothing.db", "empty.db", "foreign.db", "half.db", "text.db")}
    files["nothing.db"].touch()
    with closing(sqlite3.connect(files["empty.db"])) as connection:
        connection.execute("VACUUM")
    with closing(sqlite3.connect(files["foreign.db"])) as connection:
        connection.executescript("CREATE TABLE visits (a); INSERT INTO visits VALUES (1); CREATE TABLE cases (b);")
    with closing(sqlite3.connect(files["half.db"])) as connection:
        connection.executescript("CREATE TABLE alembic_version (version_num); CREATE TABLE cases (b);")
    files["text.db"].write_text("no database " * 90)
    for file in files.values():
        refused(folder, file, "no backup of LeukoScope")
    refused(folder, tmp_path / "not there.zip", "no file")


def test_an_empty_list_does_not_take_the_place_of_cases(folder: Path, tmp_path: Path) -> None:
    with closing(CaseStore(tmp_path / "new")) as store:
        back_up(store, tmp_path / "new.zip")
    refused(folder, tmp_path / "new.zip", "no case, and there are 3")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER planted AFTER INSERT ON cases BEGIN UPDATE cases SET patient = 'x'; END",
        "CREATE VIEW planted AS SELECT * FROM people",
        "CREATE TABLE planted (a)",
        "DROP TRIGGER audit_no_delete",
        "DROP TABLE rules",
        "ALTER TABLE people DROP COLUMN failures",
    ],
)
def test_a_planted_or_lacking_part_of_the_schema_is_refused(folder: Path, backup: Path, statement: str) -> None:
    refused(folder, with_database(backup, lambda connection: connection.execute(statement)), "not as LeukoScope")


def test_a_trail_that_was_edited_is_refused_and_said_when_it_is_wanted_all_the_same(folder: Path, backup: Path) -> None:
    def edit(connection: sqlite3.Connection) -> None:
        trigger = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'audit_no_update'").fetchone()[0]
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET who = 'Eve' WHERE number = 2")
        connection.execute(trigger)

    changed = with_database(backup, edit)
    refused(folder, changed, "Entry 2 was changed")
    restore(folder, changed, despite_faults=True)
    with closing(CaseStore(folder)) as store:
        assert "Entry 2 was changed" in store.trail.entries()[0].reason


def test_a_missing_or_changed_image_is_named(folder: Path, backup: Path) -> None:
    sha256 = hashlib.sha256(b"7").hexdigest()
    name = f"images/{sha256}"
    refused(folder, rewritten(backup, lambda files: files.pop(name) and None), sha256)
    # Its name says what it must hold, the list what it holds.
    refused(folder, rewritten(backup, lambda files: files.update({name: b"other"})), "damaged")
    refused(folder, rewritten(backup, lambda files: files.update({name: b"other"}), listed=False), sha256)


def test_a_copy_of_a_day_needs_its_images(folder: Path) -> None:
    with closing(CaseStore(folder)) as store:
        copy = back_up_daily(store)
        assert copy is not None
    sha256 = hashlib.sha256(b"2").hexdigest()
    (folder / "images" / sha256[:2] / sha256).write_bytes(b"other")
    refused(folder, copy, sha256)


@pytest.mark.parametrize("name", ["../../out", "/tmp/out", "images/../cases.db", "images/x", "C:\\out", "extra"])
def test_a_name_that_leads_elsewhere_is_refused(folder: Path, backup: Path, name: str) -> None:
    refused(folder, rewritten(backup, lambda files: files.update({name: b"x"})), "damaged")
    refused(folder, rewritten(backup, lambda files: files.update({name: b"x"}), listed=False), "damaged")


def test_a_name_that_stands_there_twice_is_refused(folder: Path, backup: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(backup, "a") as archive:
        archive.writestr(DATABASE_FILE, b"other")
    refused(folder, backup, "damaged")


@pytest.mark.parametrize("name", [DATABASE_FILE, "sha256.json"])
def test_a_bomb_is_refused_before_it_is_unpacked(folder: Path, tmp_path: Path, name: str) -> None:
    bomb = tmp_path / "bomb.zip"
    size = 300 << 20
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(name, "w") as stream:
            for _ in range(size >> 20):
                stream.write(bytes(1 << 20))
        if name == DATABASE_FILE:
            archive.writestr("sha256.json", json.dumps({"files": {DATABASE_FILE: "0" * 64}}))
    before = contents(folder)
    with pytest.raises(StoreError, match=r"unpack to 300 MB|damaged"):
        restore(folder, bomb)
    assert contents(folder) == before


def test_a_backup_that_does_not_fit_is_refused(folder: Path, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from leukoscope.workflow import backup_check

    monkeypatch.setattr(backup_check, "ROOM_LEFT", 1 << 60)
    refused(folder, backup, "no room")


HOLD = """
import sys
from pathlib import Path
from leukoscope.cases.store import CaseStore
store = CaseStore(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def test_refused_while_another_program_has_the_cases_open_and_after_a_kill_not(folder: Path, backup: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        before = (folder / DATABASE_FILE).read_bytes()
        with pytest.raises(StoreError, match="open in a window"):
            restore(folder, backup)
        assert (folder / DATABASE_FILE).read_bytes() == before
        with prepared_restore(folder, backup, only_look=True) as ready:
            assert ready.plan.after.cases == 2
        other.kill()
        other.wait()
    restore(folder, backup)


def test_refused_while_this_program_has_the_cases_open(folder: Path, backup: Path) -> None:
    with closing(CaseStore(folder)), pytest.raises(StoreError, match="open in a window"):
        restore(folder, backup)


def test_refused_while_a_program_that_knows_no_lock_has_the_cases_open(folder: Path, backup: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE_FILE)) as older:
        older.execute("SELECT count(*) FROM cases").fetchone()
        with pytest.raises(StoreError, match="Another program has the case database open"):
            restore(folder, backup)
        older.execute("UPDATE cases SET notes = 'kept' WHERE id = 1")
        older.commit()
    with closing(CaseStore(folder)) as store:
        assert store.load(1).header.notes == "kept"


def test_nobody_opens_the_cases_while_they_are_put_back(folder: Path, backup: Path) -> None:
    with prepared_restore(folder, backup) as ready:
        with pytest.raises(StoreError, match="just being put back"):
            CaseStore(folder)
        ready.put_back()
    CaseStore(folder).close()


def test_a_damaged_list_can_be_replaced(folder: Path, backup: Path) -> None:
    data = bytearray((folder / DATABASE_FILE).read_bytes())
    data[:4000] = bytes(4000)
    (folder / DATABASE_FILE).write_bytes(data)
    with prepared_restore(folder, backup) as ready:
        assert ready.plan.before is None
        ready.put_back()
    with closing(CaseStore(folder)) as store:
        assert all(check.passed for check in check_store(store))
    (aside,) = (folder / BACKUP_FOLDER).glob("before-restore-*.db")
    assert aside.read_bytes() == data


def test_a_disk_that_fills_up_leaves_what_was_there(
    folder: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leukoscope.cases import images

    calls: list[Path] = []

    def write(path: Path, data: bytes) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        path.write_bytes(data)

    monkeypatch.setattr(images, "_write_through", write)
    refused(folder, backup, "free some disk space")


def test_the_command_shows_first_and_asks(
    folder: Path, backup: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    home = AppDirs.of_user()
    folder.rename(home.cases)
    before = contents(home.cases)
    assert main(["restore", "--dry-run", str(backup)]) == 0
    told = capsys.readouterr().out
    assert "now:    3 cases, 3 images" in told
    assert "backup: 2 cases, 2 images" in told
    assert "last changed 20" in told
    assert contents(home.cases) == before
    # Nobody is there to ask.
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert main(["restore", str(backup)]) == 1
    assert "--yes" in capsys.readouterr().err
    assert contents(home.cases) == before
    assert main(["restore", "--yes", str(backup)]) == 0
    assert "Restored 2 cases; 2 images were added" in capsys.readouterr().out
    assert main(["check"]) == 0
