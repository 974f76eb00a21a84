"""A worklist that is asked by itself and by hand: dcmtk's, and ones that fail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_lock import StoreLock
from leukoscope.domain.errors import CancelledError, ExchangeError, SettingsError
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.orders_in.asker import LOCK_FOLDER, pause_of
from leukoscope.workflow.orders_in.inbox import FOLDER
from leukoscope.workflow.orders_in.kept_message import Source, Standing
from leukoscope.workflow.settings import Settings
from tests.lines import silent_server
from tests.unit.exchange.test_dicom_worklist import TITLE, schedule, worklist
from tests.unit.workflow.orders_in.test_service import Ward


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ward]:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    home = AppDirs.of_user()
    store = CaseStore(home.cases)
    ward = Ward(home, store)
    ward.settings = Settings()
    yield ward
    ward.orders.close()
    store.close()


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    (tmp_path / "lists" / TITLE).mkdir(parents=True)
    (tmp_path / "lists" / TITLE / "lockfile").touch()
    return tmp_path / "lists"


def node(port: int) -> str:
    return f"{TITLE}@127.0.0.1:{port}"


def test_it_is_asked_by_itself_and_what_is_not_taken_is_shown_once(ward: Ward, lists: Path) -> None:
    schedule(lists, "A1")
    schedule(lists, "A2", RequestedProcedurePriority="WHENEVER")
    with worklist(lists) as port:
        ward.settings = Settings(worklist_node=node(port), worklist_minutes=60)
        ward.orders.start()
        with ward.changed:
            assert ward.changed.wait_for(lambda: ward.orders.state().asked.at is not None, 30)
        asked = ward.orders.state().asked
        assert (asked.trouble, asked.begun, asked.present, asked.left) == ("", 1, 0, 1)
        assert ward.orders.state().asking
        (one,) = ward.orders.messages()
        assert (one.source, one.sender, one.standing) == (Source.WORKLIST, TITLE, Standing.REFUSED)
        assert one.told[0].number == "A2" and "WHENEVER" in one.told[0].sentence
        with pytest.raises(ExchangeError, match="by hand"):
            ward.orders.begin_case(one.id, "A2")
        ward.orders.dismiss(one.id, "The ward puts it right")
        again = ward.orders.ask_worklist()
    assert (again.begun, again.present, again.left) == (0, 1, 1) and ward.orders.messages() == ()
    assert [entry.who for entry in ward.store.trail.entries_of({"ordered"})] == ["orders in"]


def test_by_hand_only_it_is_not_asked_by_itself(ward: Ward, lists: Path) -> None:
    schedule(lists, "A1")
    with worklist(lists) as port:
        ward.settings = Settings(worklist_node=node(port), worklist_minutes=0)
        ward.orders.start()
        assert not ward.orders.state().asking and ward.orders.state().asked.at is None
        assert not (ward.home.cases / FOLDER).exists()
        assert ward.orders.ask_worklist().begun == 1
    assert pause_of(replace(ward.settings, worklist_minutes=-5)) == 0
    assert pause_of(replace(ward.settings, worklist_minutes=10)) == 600


def test_what_goes_wrong_is_said_once_in_the_log_and_stands_in_the_state(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SettingsError, match="address of the worklist"):
        ward.orders.ask_worklist()
    with silent_server() as port:
        free = port
    ward.settings = Settings(worklist_node=node(free), worklist_minutes=0)
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        with pytest.raises(ExchangeError, match="cannot be reached"):
            ward.orders.ask_worklist()
    assert "cannot be reached" in ward.orders.state().asked.trouble
    assert len([one for one in caplog.records if "the worklist" in one.getMessage()]) == 1


def test_one_program_of_a_user_asks_at_a_time(ward: Ward, lists: Path) -> None:
    other = ward.home.cases / FOLDER / LOCK_FOLDER
    other.mkdir(parents=True)
    lock = StoreLock(other)
    lock.alone()
    schedule(lists, "A1")
    with worklist(lists) as port:
        ward.settings = Settings(worklist_node=node(port), worklist_minutes=0)
        with pytest.raises(ExchangeError, match="asked already"):
            ward.orders.ask_worklist()
        lock.let_go()
        assert ward.orders.ask_worklist().begun == 1


@contextmanager
def answering_late() -> Iterator[tuple[int, threading.Event, threading.Event]]:
    """A worklist that takes the line and answers nothing until it is let: its port, what tells, what lets."""
    from pynetdicom import AE, evt
    from pynetdicom.sop_class import ModalityWorklistInformationFind  # type: ignore[attr-defined]

    asked, released = threading.Event(), threading.Event()

    def late(_event: evt.Event) -> Iterator[tuple[int, None]]:
        asked.set()
        released.wait(30)
        yield 0x0000, None

    entity = AE(TITLE)
    entity.add_supported_context(ModalityWorklistInformationFind)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, late)])
    assert server is not None
    try:
        yield server.server_address[1], asked, released
    finally:
        released.set()
        server.shutdown()


def test_a_person_stops_it_while_the_worklist_says_nothing(ward: Ward) -> None:
    """The line is taken, the question is never answered."""
    cancel, caught = CancelToken(), threading.Event()

    def ask() -> None:
        with pytest.raises(CancelledError):
            ward.orders.ask_worklist(cancel)
        caught.set()

    with answering_late() as (port, asked, released):
        ward.settings = Settings(worklist_node=node(port), worklist_minutes=0)
        thread = threading.Thread(target=ask)
        thread.start()
        try:
            assert asked.wait(20)
            cancel.cancel()
            assert caught.wait(10), "it waited for the answer"
        finally:
            released.set()
            thread.join(40)
    assert ward.orders.state().asked.at is None and not ward.store.list()


def test_a_question_of_a_person_goes_on_while_what_takes_orders_in_begins_anew(ward: Ward) -> None:
    """As it does after each change of a setting: the question would be lost without a word."""
    with answering_late() as (port, asked, released), ThreadPoolExecutor() as pool:
        ward.settings = Settings(worklist_node=node(port), worklist_minutes=0)
        answer = pool.submit(ward.orders.ask_worklist)
        try:
            assert asked.wait(20)
            ward.orders.stop()
            with pytest.raises(TimeoutError):
                answer.result(3)
        finally:
            released.set()
        assert answer.result(40).at is not None


def test_the_end_of_the_program_cuts_a_question_off(ward: Ward) -> None:
    with answering_late() as (port, asked, _), ThreadPoolExecutor() as pool:
        ward.settings = Settings(worklist_node=node(port), worklist_minutes=0)
        answer = pool.submit(ward.orders.ask_worklist)
        assert asked.wait(20)
        ward.orders.close()
        with pytest.raises(CancelledError):
            answer.result(20)
