"""Erased for good: no file of the home holds a byte of the patient, whatever was done with the case before."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leukoscope.cases.database import BACKUP_FOLDER
from leukoscope.domain.cases import CaseHeader, Signature
from leukoscope.domain.errors import AccessError, NameNeededError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Role
from leukoscope.domain.waiting import Arrival
from leukoscope.system.logs import LOG_FILE
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup import back_up, back_up_daily
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.erasing import star_out
from leukoscope.workflow.events import CaseErased
from leukoscope.workflow.orders_in import inbox as orders
from leukoscope.workflow.orders_in.kept_message import Source, Told
from leukoscope.workflow.workbench import Workbench
from tests.forked_programs import run_program
from tests.unit.cases.builders import all_files, analysis
from tests.unit.workflow.test_workbench import Heard

NAME = "Zyxwv-Quillfeather"
HEADER = CaseHeader("2026-0417", f"{NAME}, Jane", "Blood", "MGG", "Ana", f"{NAME} was here", "PID-998877")
PLANTED = (NAME, "PID-998877", "2026-0417", "pixels of one")
REASON = "Wish of the patient"
PASSWORD = "a short sentence"


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def bench(data_home: Path, heard: Heard) -> Iterator[Workbench]:
    bench = Workbench(AppDirs.of_user(), heard)
    bench.operator.say_name("Root")
    yield bench
    bench.close()


def planted(bench: Workbench) -> int:
    """A case with everything, its traces all over the home."""
    store = bench._repository.store
    case_id = store.create(HEADER)
    data = b"pixels of one"
    frame = store.frames.add(case_id, analysis(data, name=f"{NAME}_1.png"), data)
    for cell in frame.cells:
        bench.judging.decide(cell.id, Label.HEALTHY)
    now = Signature("Dr. Ana", "Reviewed", datetime.now(UTC).replace(microsecond=0))
    store.signing.sign(case_id, now, f"%PDF of {NAME}".encode(), store.load(case_id).version)
    home = bench.home
    outbox = Outbox(home.outbox)
    for channel in Channel:
        with outbox.putting(channel, case_id, HEADER.number) as put:
            put("message", f"PID|1||{HEADER.patient_id}||{HEADER.patient}".encode())
    order = f"MSH|^~\\&|HIS||||||ORM^O01|1|P|2.5.1\rPID|1||{HEADER.patient_id}||{NAME}^Jane\rORC|ZZ|{HEADER.number}\r"
    told = (Told(HEADER.number, f"ORC-1 is wrong for {NAME}.", "control"),)
    with closing(orders.Inbox(home.cases / orders.FOLDER)) as inbox:
        refused = orders.Arrival(order.encode(), Source.LINE, "HIS|", "1", "ORM^O01", b"1", "refused", told)
        inbox.keep([refused], lambda one: one)
    (home.outbox / "torn").mkdir()
    (home.outbox / "torn" / "item.json").write_text(f'{{"case_number": "{HEADER.number}"', encoding="utf-8")
    (home.logs / LOG_FILE).write_text(
        f"ERROR cannot read '/data/{NAME}_1.png' of {NAME}\nnext line\n", encoding="utf-8"
    )
    memory = {"case": str(case_id), "folder-images": f"/scans/{NAME}", "folder-pdf": "/elsewhere", "demo": "made"}
    bench.settings.save(window=memory)
    return case_id


def traces(home: Path) -> list[tuple[Path, str]]:
    return [(path, word) for path in all_files(home) for word in PLANTED if word.encode() in path.read_bytes()]


def test_no_file_of_the_home_holds_anything_of_an_erased_case(bench: Workbench, heard: Heard, data_home: Path) -> None:
    case_id = planted(bench)
    assert {path.name for path, _ in traces(data_home)} >= {
        "cases.db-wal",
        LOG_FILE,
        "settings.json",
        "item.json",
        "message",
        "orders.db",
    }
    bench.cases.erase(case_id, REASON)
    event = heard.wait(lambda event: isinstance(event, CaseErased))
    assert event == CaseErased(case_id, (), False)
    assert traces(data_home) == []
    assert (bench.home.logs / LOG_FILE).read_text(encoding="utf-8").endswith("\nnext line\n")
    assert bench.settings.current.window == {"folder-pdf": "/elsewhere", "demo": "made"}
    assert bench.delivery.messages() == ()
    assert bench.cases.search() == ()
    check = bench.signing.verify_audit()
    assert check.sound, check.faults
    told = bench.signing.audit(case_id)[0]
    assert (told.what, told.who, told.reason) == ("case erased", "Root", REASON)


def test_backups_that_still_hold_it_are_named(bench: Workbench, heard: Heard, tmp_path: Path) -> None:
    store = bench._repository.store
    old = back_up_daily(store, datetime(2026, 1, 1, tzinfo=UTC))
    assert old is not None
    case_id = planted(bench)
    daily = back_up_daily(store)
    assert daily is not None
    back_up(store, tmp_path / "whole.zip")
    back_up(store, tmp_path / "gone.zip")
    (tmp_path / "gone.zip").unlink()
    assert bench.cases.holding_backups(case_id) == (daily.name, str(tmp_path / "whole.zip"))
    bench.cases.erase(case_id, REASON)
    event = heard.wait(lambda event: isinstance(event, CaseErased))
    assert isinstance(event, CaseErased)
    assert event.backups == (daily.name, str(tmp_path / "whole.zip"))
    assert sorted(path.name for path in (bench.home.cases / BACKUP_FOLDER).iterdir()) == sorted([old.name, daily.name])


def test_only_an_administrator_and_nobody_without_a_name(bench: Workbench, data_home: Path) -> None:
    case_id = bench._repository.store.create(HEADER)
    bench.settings.save(person_day="2020-01-01")
    with pytest.raises(NameNeededError):
        bench.cases.erase(case_id, REASON)
    bench.operator.turn_on("Root", PASSWORD)
    bench.operator.add("Ben", Role.REVIEWER, PASSWORD)
    bench.operator.sign_in("Ben", PASSWORD)
    with pytest.raises(AccessError, match="Only an administrator"):
        bench.cases.erase(case_id, REASON)
    assert bench.cases.load(case_id).header == HEADER


def test_a_case_in_use_is_not_erased(bench: Workbench) -> None:
    case_id = bench._repository.store.create(HEADER)
    with bench._claims.using(case_id), pytest.raises(StoreError, match="being exported"):
        bench.cases.erase(case_id, REASON)
    with bench._claims.alone(case_id):
        with pytest.raises(StoreError, match="being erased"), bench._claims.using(case_id):
            pass
        with pytest.raises(StoreError, match="being exported"):
            bench.cases.erase(case_id, REASON)
    assert bench.cases.load(case_id).header == HEADER


def test_a_case_whose_images_are_judged_is_not_erased_and_what_was_stopped_goes_along(
    bench: Workbench, heard: Heard, tmp_path: Path, data_home: Path
) -> None:
    """No engine is there, so nothing is judged; it waits all the same."""
    case_id = bench._repository.store.create(HEADER)
    queue = bench._repository.store.queue
    queue.accept(case_id, [Arrival(f"/scans/{NAME}.png", b"pixels of one")], "another program")
    with pytest.raises(StoreError, match="being judged"):
        bench.cases.erase(case_id, REASON)
    queue.stop("another program")
    bench.cases.erase(case_id, REASON)
    heard.wait(lambda event: isinstance(event, CaseErased))
    assert traces(data_home) == []


def test_who_writes_meanwhile_waits_and_loses_nothing(bench: Workbench, heard: Heard) -> None:
    case_id = planted(bench)
    other = bench._repository.store.create(CaseHeader("2"))
    go = threading.Event()

    def write() -> None:
        go.wait(30)
        for number in range(20):
            bench.cases.update_header(other, CaseHeader("2", f"Roe {number}"))

    writer = threading.Thread(target=write)
    writer.start()
    go.set()
    bench.cases.erase(case_id, REASON)
    heard.wait(lambda event: isinstance(event, CaseErased))
    writer.join(60)
    assert bench.cases.load(other).header.patient == "Roe 19"
    assert bench.signing.verify_audit().sound


KILLED = """
import os, signal, sys
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.workbench import Workbench
bench = Workbench(AppDirs.of_user(), lambda _: None)
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
(case,) = bench.cases.search()
eraser, store = bench._eraser, bench._repository.store
begun = eraser.begin(case.id, "Wish of the patient")
place, name = {
    "messages": (eraser, "_forget_messages"), "images": (store.images, "discard"),
    "paths": (eraser, "_forget_paths"), "rows": (store.erasing, "finish"), "scrub": (store.database, "scrub"),
}[sys.argv[1]]
setattr(place, name, die)
eraser.finish(begun.left)
"""


@pytest.mark.skipif(os.name == "nt", reason="kills a process the Unix way")
@pytest.mark.parametrize("step", ["messages", "images", "paths", "rows", "scrub"])
def test_what_a_kill_left_half_done_is_finished_at_the_next_start(data_home: Path, step: str) -> None:
    bench = Workbench(AppDirs.of_user(), lambda _: None)
    bench.operator.say_name("Root")
    planted(bench)
    bench.close()
    result = run_program(KILLED, step)
    assert result.returncode == -signal.SIGKILL, result.stderr
    bench = Workbench(AppDirs.of_user(), lambda _: None)
    bench._eraser.finish_all()
    assert bench.cases.search() == ()
    assert bench._repository.store.erasing.unfinished() == ()
    assert bench.signing.verify_audit().sound
    bench.close()
    assert traces(data_home) == []


def test_only_whole_words_of_a_log_are_overwritten_in_place(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"1234 says Doe, Does not, 12345 and Zo\xc3\xab.\n")
    star_out([path, tmp_path], [b"Doe", b"1234", "Zoë".encode()])
    assert path.read_bytes() == b"**** says ***, Does not, 12345 and ****.\n"


def test_the_log_goes_on_in_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.emit(logging.makeLogRecord({"msg": "cannot read Doe.png"}))
    star_out([path], [b"Doe.png"])
    handler.emit(logging.makeLogRecord({"msg": "and on"}))
    handler.close()
    assert path.read_text(encoding="utf-8").splitlines() == ["cannot read *******", "and on"]
