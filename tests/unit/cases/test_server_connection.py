"""The line to a shared database when it is encrypted, silent, cut, or its workstation is frozen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import trustme

from leukoscope.cases import impatient_connection, lease, server_connection
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.workflow.backup import back_up
from leukoscope.workflow.restore import restore
from tests.lines import silent_server, wire

from .postgres import fresh_database, server


@pytest.fixture
def address(postgres: str) -> str:
    return fresh_database(postgres)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, authority = tmp_path_factory.mktemp("papers"), trustme.CA()
    files = {name: folder / f"{name}.pem" for name in ("authority", "server", "stranger")}
    authority.cert_pem.write_to_path(str(files["authority"]))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(files["server"]))
    trustme.CA().cert_pem.write_to_path(str(files["stranger"]))
    return files


@pytest.fixture(scope="module")
def encrypting(papers: dict[str, Path]) -> Iterator[str]:
    with server(papers["server"]) as address:
        yield address


def test_a_verified_line_is_encrypted(encrypting: str, papers: dict[str, Path], tmp_path: Path) -> None:
    url = f"{fresh_database(encrypting)}?sslmode=verify-full&sslrootcert={papers['authority']}"
    store = CaseStore(tmp_path, url)
    with store.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").scalar() is True
    store.create(CaseHeader("1"))
    store.close()


def test_a_server_that_nobody_vouches_for_or_without_encryption_gets_nothing(
    encrypting: str, address: str, papers: dict[str, Path], tmp_path: Path
) -> None:
    encrypted = fresh_database(encrypting)
    for url in (
        f"{encrypted}?sslmode=verify-full&sslrootcert={papers['stranger']}",
        f"{encrypted}?sslmode=verify-full",
        f"{address}?sslmode=verify-full&sslrootcert={papers['authority']}",
    ):
        with pytest.raises(StoreError, match="No encrypted line"):
            CaseStore(tmp_path, url)


def test_every_connection_has_its_limits(address: str, tmp_path: Path) -> None:
    store = CaseStore(tmp_path, address)
    with store.database.engine.connect() as connection:
        said = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("statement_timeout", "lock_timeout", "idle_session_timeout")
        }
        assert said == {"statement_timeout": "30s", "lock_timeout": "10s", "idle_session_timeout": "45s"}
        known = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert {name: known[name] for name in ("connect_timeout", "keepalives_idle", "tcp_user_timeout")} == {
        "connect_timeout": "10",
        "keepalives_idle": "15",
        "tcp_user_timeout": "30000",
    }
    # Who lives renews in time, and who waits for somebody who stands still waits longer than that one may.
    assert 2 * lease.PULSE_S < server_connection.LEASE_S
    assert server_connection.WRITE_PAUSE_S < server_connection.LOCK_S
    store.close()


def test_what_the_address_says_counts(address: str, tmp_path: Path) -> None:
    store = CaseStore(tmp_path, f"{address}?connect_timeout=3")
    with store.database.engine.connect() as connection:
        assert connection.connection.driver_connection.info.get_parameters()["connect_timeout"] == "3"  # type: ignore[union-attr]
    store.close()


def test_a_server_that_takes_the_call_and_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(server_connection.LIMITS, "connect_timeout", 2)
    with silent_server() as port, pytest.raises(StoreError, match="does not answer"):
        CaseStore(tmp_path, f"postgresql://leuko@127.0.0.1:{port}/leuko")


def test_a_line_that_is_cut_while_an_answer_is_due_is_given_up(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ends of the wire stay open: no keepalive would ever notice."""
    port = int(address.rpartition(":")[2].partition("/")[0])
    with wire(port) as line:
        store = CaseStore(tmp_path, address.replace(f":{port}/", f":{line.port}/"))
        store.create(CaseHeader("1"))
        monkeypatch.setattr(impatient_connection, "PING_S", 1.0)
        monkeypatch.setitem(server_connection.LIMITS, "connect_timeout", 2)
        line.cut()
        begun = time.monotonic()
        with pytest.raises(StoreError, match="does not answer"):
            store.create(CaseHeader("2"))
        assert time.monotonic() - begun < 30
    store.close()
    whole = CaseStore(tmp_path / "other", address)
    assert [one.header.number for one in whole.list()] == ["1"]
    whole.close()


def test_a_line_that_is_cut_in_the_middle_of_a_transaction_is_given_up(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(address.rpartition(":")[2].partition("/")[0])
    monkeypatch.setattr(server_connection, "SILENCE_S", 1.0)
    with wire(port) as line:
        store = CaseStore(tmp_path, address.replace(f":{port}/", f":{line.port}/"))
        with pytest.raises(StoreError, match="does not answer"), store.database.reading() as session:
            line_stands = session.connection().exec_driver_sql("SELECT 1").scalar()
            line.cut()
            session.connection().exec_driver_sql("SELECT 2")
        assert line_stands == 1
    store.close()


PULSE_S, LEASE_S, WRITE_PAUSE_S = 3, 12, 2
"""Of the workstation that is frozen: in the order of the program's own, and shorter."""
WORKSTATION = """
import sys
from pathlib import Path
from leukoscope.cases import lease, server_connection
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
lease.PULSE_S, server_connection.LEASE_S, server_connection.WRITE_PAUSE_S = map(int, sys.argv[4:])
store = CaseStore(Path(sys.argv[1]), sys.argv[2])
case_id = store.the_one("1")
store.open_case_lock.hold(case_id)
def late():
    try:
        with store.database.writing() as session:
            from leukoscope.cases.tables import CaseRow
            session.get(CaseRow, case_id).notes = "late"
            if sys.argv[3] == "saving":
                print("there", flush=True)
                sys.stdin.readline()
        print("saved", flush=True)
    except StoreError as error:
        print(error.message, flush=True)
if sys.argv[3] == "idle":
    print("there", flush=True)
    sys.stdin.readline()
late()
"""


@pytest.fixture
def workstation(address: str, tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts another program on the same database; gives it when it is at the point to be frozen."""
    started: list[subprocess.Popen[str]] = []

    def start(what: str) -> subprocess.Popen[str]:
        limits = map(str, (PULSE_S, LEASE_S, WRITE_PAUSE_S))
        command = [sys.executable, "-c", WORKSTATION, str(tmp_path / "frozen"), address, what, *limits]
        one = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(one)
        assert one.stdout is not None and one.stdout.readline() == "there\n"
        os.kill(one.pid, signal.SIGSTOP)
        return one

    yield start
    for one in started:
        os.kill(one.pid, signal.SIGCONT)
        one.kill()
        one.communicate(timeout=10)


def _thawed(one: subprocess.Popen[str]) -> str:
    os.kill(one.pid, signal.SIGCONT)
    assert one.stdout is not None and one.stdin is not None
    one.stdin.write("\n")
    one.stdin.flush()
    return one.stdout.readline()


def test_a_workstation_frozen_while_it_saves_keeps_nobody_waiting_and_saves_nothing(
    address: str, tmp_path: Path, workstation: Callable[[str], subprocess.Popen[str]]
) -> None:
    store = CaseStore(tmp_path / "mine", address)
    case_id = store.create(CaseHeader("1"))
    frozen = workstation("saving")
    store.update_header(case_id, CaseHeader("1", notes="mine"))
    assert "stood still" in _thawed(frozen)
    assert store.load(case_id).header.notes == "mine"
    store.close()


@pytest.mark.slow
def test_a_frozen_workstation_loses_the_cases_and_writes_into_no_others(
    address: str, tmp_path: Path, workstation: Callable[[str], subprocess.Popen[str]]
) -> None:
    store = CaseStore(tmp_path / "mine", address)
    store.create(CaseHeader("1", "Before"))
    back_up(store, tmp_path / "backup.zip")
    store.close()
    frozen = workstation("idle")
    with pytest.raises(StoreError, match="are open in a window"):
        restore(tmp_path / "mine", tmp_path / "backup.zip", address)
    _wait_until_alone(address)
    restore(tmp_path / "mine", tmp_path / "backup.zip", address)
    assert "a backup took the place" in _thawed(frozen)
    again = CaseStore(tmp_path / "mine", address)
    assert [one.header.notes for one in again.list()] == [""]
    again.close()


def _wait_until_alone(address: str) -> None:
    """Until the server has ended every other session on this database, by its own clock."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    end = time.monotonic() + 2 * server_connection.LEASE_S
    with psycopg.connect(address, autocommit=True) as connection:
        while connection.execute(others).fetchone() != (0,):
            assert time.monotonic() < end, "the frozen workstation still holds the cases"
            connection.execute("SELECT pg_sleep(0.5)")
