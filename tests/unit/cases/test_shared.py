"""Several workstations on one PostgreSQL server."""

from __future__ import annotations

import shutil
import signal
import threading
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import Base
from leukoscope.cli.main import main
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import ConflictError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.inference.library import BundleLibrary
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs, shipped_models
from leukoscope.workflow.backup import BackedUp, back_up, back_up_daily
from leukoscope.workflow.restore import prepared_restore, restore
from leukoscope.workflow.settings import Settings, save_settings
from leukoscope.workflow.store_check import check_store
from tests.forked_programs import run_program

from .builders import analysis
from .postgres import fresh_database


@pytest.fixture
def address(postgres: str) -> str:
    return fresh_database(postgres)


def test_migrating_gives_exactly_the_tables_of_the_code(address: str, tmp_path: Path) -> None:
    store = CaseStore(tmp_path, address)
    with store.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    store.close()


def test_two_workstations_see_each_other_and_lose_nothing(address: str, tmp_path: Path) -> None:
    one, other = CaseStore(tmp_path / "one", address), CaseStore(tmp_path / "other", address)
    case_id = one.create(CaseHeader("1", "Doe"))
    cell = one.frames.add(case_id, analysis(b"x"), b"x").cells[0]
    assert other.read_image(other.load(case_id).frames[0].sha256) == b"x"
    one.decide(cell.id, Label.HEALTHY, "Ana", seen=(None,))
    with pytest.raises(ConflictError, match="Ana has labeled"):
        other.decide(cell.id, Label.LEUKEMIC, "Ben", seen=(None,))
    failures: list[BaseException] = []

    def work(store: CaseStore, name: str) -> None:
        try:
            for turn in range(10):
                store.create(CaseHeader(f"{name} {turn}"))
        except BaseException as error:  # noqa: BLE001  carried to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(store, str(index))) for index, store in enumerate((one, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(one.list()) == 21
    for store in (one, other):
        assert store.trail.verify().sound
        assert store.trail.verify().count == 23
        store.close()


def test_the_server_refuses_changes_of_the_trail_and_a_forced_one_is_found(address: str, tmp_path: Path) -> None:
    store = CaseStore(tmp_path, address)
    for number in range(4):
        store.create(CaseHeader(str(number)))
    for statement in ("UPDATE audit SET who = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with psycopg.connect(address) as connection, pytest.raises(psycopg.Error, match="only grow"):
            connection.execute(statement)
    with psycopg.connect(address) as connection:
        connection.execute("ALTER TABLE audit DISABLE TRIGGER audit_only_grows")
        connection.execute("DELETE FROM audit WHERE number = 4")
    assert not store.trail.verify().sound
    store.close()


@pytest.mark.parametrize("kind", ["zip", "daily"])
def test_a_backup_of_the_server_comes_back(address: str, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "cases"
    store = CaseStore(folder, address)
    case_id = store.create(CaseHeader("1", "Ольга <b> \0"))
    store.frames.add(case_id, analysis(b"x"), b"x")
    target = tmp_path / "backup.zip"
    if kind == "zip":
        shutil.copytree(shipped_models() / "morphology", tmp_path / "models" / "morphology")
        library = BundleLibrary(tmp_path / "none", tmp_path / "models")
        assert back_up(store, target, library=library) == BackedUp(1, 1)
    else:
        target = back_up_daily(store) or target
    store.create(CaseHeader("2"))
    store.close()
    here = BundleLibrary(tmp_path / "none", tmp_path / "here")
    restore(folder, target, address, library=here)
    assert [one.manifest.name for one in here.list()] == (["morphology"] if kind == "zip" else [])
    again = CaseStore(folder, address)
    assert [one.header.patient for one in again.list()] == ["Ольга <b> \ufffd"]
    assert all(check.passed for check in check_store(again)), check_store(again)
    assert again.create(CaseHeader("3")) > case_id
    again.close()


def test_a_server_that_is_not_there_is_said_and_no_password_told(tmp_path: Path) -> None:
    for wrong in ("postgresql://leuko:secret@127.0.0.1:9/none", "no address secret"):
        with pytest.raises(StoreError) as caught:
            CaseStore(tmp_path, wrong)
        assert "secret" not in caught.value.message + caught.value.detail


def test_a_server_of_a_newer_version_is_refused_kindly(address: str, tmp_path: Path) -> None:
    CaseStore(tmp_path, address).close()
    with psycopg.connect(address) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        CaseStore(tmp_path, address)


def test_a_backup_is_not_put_back_while_another_workstation_works(address: str, tmp_path: Path) -> None:
    one = CaseStore(tmp_path / "one", address)
    one.create(CaseHeader("1"))
    back_up(one, tmp_path / "backup.zip")
    one.create(CaseHeader("2"))
    with pytest.raises(StoreError, match="open in a window"):
        restore(tmp_path / "other", tmp_path / "backup.zip", address)
    assert len(one.list()) == 2
    one.close()
    with prepared_restore(tmp_path / "other", tmp_path / "backup.zip", address) as ready:
        assert (ready.plan.before, ready.plan.after) != (None, None)
        assert ready.plan.before is not None
        assert (ready.plan.before.cases, ready.plan.after.cases) == (2, 1)
        with pytest.raises(StoreError, match="just being put back"):
            CaseStore(tmp_path / "one", address)
        ready.put_back()
    again = CaseStore(tmp_path / "one", address)
    assert len(again.list()) == 1
    again.close()


def test_a_backup_of_the_server_names_an_image_that_is_lost(address: str, tmp_path: Path) -> None:
    store = CaseStore(tmp_path / "cases", address)
    frame = store.frames.add(store.create(CaseHeader("1")), analysis(b"x"), b"x")
    with psycopg.connect(address) as connection:
        connection.execute("UPDATE blobs SET data = 'other'")
    with pytest.raises(StoreError, match=frame.sha256):
        back_up(store, tmp_path / "backup.zip")
    store.close()


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_kill_around_the_commit_leaves_a_trail_that_is_sound(address: str, tmp_path: Path, step: str) -> None:
    folder = tmp_path / "cases"
    store = CaseStore(folder, address)
    store.create(CaseHeader("1"))
    back_up(store, tmp_path / "backup.zip")
    for number in ("2", "3", "4"):
        store.create(CaseHeader(number))
    store.close()
    done = run_program(KILLED, str(folder), str(tmp_path / "backup.zip"), address, step)
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = CaseStore(folder, address)
    assert len(again.list()) == (4 if step == "before" else 1)
    assert all(check.passed for check in check_store(again)), check_store(again)
    again.create(CaseHeader("5"))
    assert again.trail.verify().sound
    again.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from leukoscope.workflow import restore_targets
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.restore import prepared_restore, restore
from leukoscope.workflow.settings import Settings, save_settings
real = restore_targets.copy_in
def dying(*args):
    if sys.argv[4] == "after":
        real(*args)
    os.kill(os.getpid(), signal.SIGKILL)
restore_targets.copy_in = dying
restore(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
"""


def test_export_takes_the_case_of_the_shared_database(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    home = AppDirs.of_user()
    for url, patient in (("", "Other patient"), (address, "Right patient")):
        store = CaseStore(home.cases, url)
        store.create(CaseHeader("1", patient))
        store.close()
    save_settings(Settings(database=address), home.config)
    assert main(["export", "1", "--as", "fhir", "--out", str(tmp_path / "out")]) == 0
    written = Path(capsys.readouterr().out.strip()).read_text(encoding="utf-8")
    assert "Right patient" in written
    assert "Other patient" not in written
