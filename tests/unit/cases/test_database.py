from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import leukoscope.cases.migrations
from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE, Database
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.tables import HEAD, Base
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import Cause, StoreError
from tests.forked_programs import run_program

from .builders import all_files, analysis

posix_only = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and permissions")


def pragma(file: Path, name: str) -> object:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def set_revision(file: Path, revision: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()


def test_the_newest_migration_is_the_one_the_program_expects() -> None:
    scripts = ScriptDirectory(str(Path(leukoscope.cases.migrations.__file__).parent))
    assert scripts.get_heads() == [HEAD]


def test_migrating_gives_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    Database(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / DATABASE_FILE}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_it_survives_power_cuts_by_its_settings(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with database.reading() as session:
        connection = session.connection()
        values = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in
                  ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
    database.close()
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@posix_only
def test_only_this_user_can_read_the_files(tmp_path: Path) -> None:
    store = CaseStore(tmp_path / "cases")
    store.frames.add(store.create(CaseHeader("1", "Doe")), analysis(b"x"), b"x")
    files = all_files(tmp_path / "cases")
    assert len(files) >= 2
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for folder in (path for path in [tmp_path / "cases", *(tmp_path / "cases").rglob("*")] if path.is_dir()):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    store.close()


def test_a_database_that_is_new_or_up_to_date_needs_no_backup(tmp_path: Path) -> None:
    CaseStore(tmp_path).close()
    CaseStore(tmp_path).close()
    assert not (tmp_path / BACKUP_FOLDER).exists()


def test_a_migration_is_preceded_by_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database at a known older revision: the real migrations plus one that a later version adds."""
    store = CaseStore(tmp_path / "cases")
    store.create(CaseHeader("2026-0001", "Doe, Jane"))
    store.close()
    later = tmp_path / "program" / "migrations"
    shutil.copytree(Path(leukoscope.cases.migrations.__file__).parent, later)
    (later / "versions" / "9000_room.py").write_text(
        textwrap.dedent(
            f"""
            import sqlalchemy as sa
            from alembic import op
            revision, down_revision, branch_labels, depends_on = "9000", "{HEAD}", None, None
            def upgrade():
                op.add_column("cases", sa.Column("room", sa.Integer(), server_default="7", nullable=False))
            """
        ),
        encoding="utf-8",
    )
    monkeypatch.setattr("leukoscope.cases.database.HEAD", "9000")
    monkeypatch.setattr("leukoscope.cases.database.__file__", str(later.parent / "database.py"))
    Database(tmp_path / "cases").close()
    (backup,) = (tmp_path / "cases" / BACKUP_FOLDER).iterdir()
    with closing(sqlite3.connect(backup)) as old, closing(sqlite3.connect(tmp_path / "cases" / DATABASE_FILE)) as new:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        assert old.execute("SELECT patient FROM cases").fetchone() == ("Doe, Jane",)
        assert new.execute("SELECT version_num FROM alembic_version").fetchone() == ("9000",)
        assert new.execute("SELECT patient, room FROM cases").fetchone() == ("Doe, Jane", 7)
    if os.name != "nt":
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_migration_that_fails_leaves_the_old_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CaseStore(tmp_path / "cases")
    store.create(CaseHeader("2026-0001", "Doe, Jane"))
    store.close()
    later = tmp_path / "program" / "migrations"
    shutil.copytree(Path(leukoscope.cases.migrations.__file__).parent, later)
    (later / "versions" / "9000_broken.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision, branch_labels, depends_on = '9000', '{HEAD}', None, None\n"
        "def upgrade():\n"
        "    op.add_column('cases', sa.Column('room', sa.Integer()))\n"
        "    op.execute('INSERT INTO nowhere VALUES (1)')\n",
        encoding="utf-8",
    )
    with monkeypatch.context() as patch:
        patch.setattr("leukoscope.cases.database.HEAD", "9000")
        patch.setattr("leukoscope.cases.database.__file__", str(later.parent / "database.py"))
        with pytest.raises(StoreError):
            Database(tmp_path / "cases")
    store = CaseStore(tmp_path / "cases")
    assert store.list()[0].header.patient == "Doe, Jane"
    store.close()


def test_a_database_of_a_newer_version_is_refused_kindly_and_left_alone(tmp_path: Path) -> None:
    CaseStore(tmp_path).close()
    set_revision(tmp_path / DATABASE_FILE, "9999")
    with pytest.raises(StoreError, match="newer version"):
        CaseStore(tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    assert not (tmp_path / BACKUP_FOLDER).exists()


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"no database at all " * 100)
    with pytest.raises(StoreError, match="of another kind"):
        CaseStore(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="folder"):
        CaseStore(tmp_path / "file" / "cases")


def test_the_log_never_hears_what_was_typed(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as connection:
        connection.execute("DROP TABLE cases")
    with pytest.raises(StoreError) as caught:
        store.create(CaseHeader("2026-0001", "Secret Patient"))
    assert "Secret" not in caught.value.detail + caught.value.message
    assert "no such table" in caught.value.detail
    store.close()


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """SQLite reports the same error when its file may not grow as when the disk is full."""
    store = CaseStore(tmp_path)
    case_id = store.create(CaseHeader("1"))
    store.frames.add(case_id, analysis(b"first", cells=2), b"first")
    with store._database.reading() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    images = all_files(tmp_path / "images")
    with pytest.raises(StoreError, match="disk is full"):
        store.frames.add(case_id, analysis(b"second", cells=200), b"second")
    assert all_files(tmp_path / "images") == images
    assert len(store.load(case_id).frames) == 1
    assert store.list()[0].cells == 2
    store.close()


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from tests.unit.cases.builders import analysis
store = CaseStore(Path(sys.argv[1]))
case_id = store.create(CaseHeader("1"))
print("ready", flush=True)
for turn in range(100_000):
    data = str(turn).encode() * 5000
    store.frames.add(case_id, analysis(data, cells=20), data)
    print(turn, flush=True)
"""


@posix_only
@pytest.mark.parametrize("saved_before", [0, 1, 4])
def test_a_killed_writer_leaves_a_sound_database(tmp_path: Path, repository: Path, saved_before: int) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path), str(repository)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(saved_before + 1)]
        # It is in the middle of the next save now.
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().splitlines()
    reported = sum(line.strip().isdigit() for line in lines)
    assert reported >= saved_before
    assert pragma(tmp_path / DATABASE_FILE, "integrity_check") == "ok"
    store = CaseStore(tmp_path)
    (line,) = store.list()
    case = store.load(line.id)
    # What was reported as saved is there; one more may have been saved without having been reported.
    assert len(case.frames) in {reported, reported + 1}
    assert line.frames == len(case.frames)
    assert line.cells == sum(len(frame.cells) for frame in case.frames) == 20 * len(case.frames)
    for frame in case.frames:
        assert store.read_image(frame.sha256)
    store.frames.add(line.id, analysis(b"after"), b"after")
    store.close()


@posix_only
def test_a_disk_without_room_for_the_image_leaves_nothing(tmp_path: Path, repository: Path) -> None:
    """The operating system refuses to let any file grow past 300 kB, as a quota does."""
    program = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
from tests.unit.cases.builders import analysis
store = CaseStore(Path(sys.argv[1]))
case_id = store.create(CaseHeader("1"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
data = b"x" * 400_000
try:
    store.frames.add(case_id, analysis(data), data)
except StoreError as error:
    print(error.message)
print(len(store.load(case_id).frames))
"""
    result = run_program(program, str(tmp_path), str(repository))
    assert result.returncode == 0, result.stderr
    message, frames = result.stdout.splitlines()
    assert "disk space" in message
    assert frames == "0"
    assert all_files(tmp_path / "images") == []


@pytest.mark.parametrize(
    ("said", "cause", "words"),
    [
        (
            'connection failed: connection to server at "10.0.0.5", port 5432 failed: FATAL:  password authentication '
            'failed for user "lab"',
            Cause.NOT_UNDERSTOOD,
            "answered, but does not take this name and password",
        ),
        (
            'connection to server at "db" failed: FATAL:  database "leuko" does not exist',
            Cause.NOT_UNDERSTOOD,
            "answered, but has no database or user of this name",
        ),
        (
            'connection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "lab"',
            Cause.NOT_UNDERSTOOD,
            "does not let this computer in",
        ),
        ("connection failed: FATAL:  sorry, too many clients already", Cause.NOT_UNDERSTOOD, "serves too many others"),
        ("connection failed: Connection refused", Cause.UNREACHABLE, "does not answer"),
        ("file is not a database", Cause.UNKNOWN_KIND, "of another kind"),
        ("database disk image is malformed", Cause.BROKEN, "is damaged"),
        ("too many SQL variables", None, "could not be saved or read"),
    ],
)
def test_what_a_database_says_is_told_apart(said: str, cause: Cause | None, words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught, store_errors():
        raise sqlite3.DatabaseError(said)
    assert caught.value.cause is cause
