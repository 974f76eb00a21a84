"""Orders from the line into cases and back with the result, and what a person does about the rest."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.cli.main import main
from leukoscope.domain.errors import AccessError, ExchangeError, NumberTakenError, SettingsError, StoreError
from leukoscope.domain.people import Presence
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.export.messages import hl7_text
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.orders_in import inbox
from leukoscope.workflow.orders_in.folder import WatchedFolder
from leukoscope.workflow.orders_in.service import LISTENING, SETTLED, OrdersIn
from leukoscope.workflow.settings import Settings
from tests.unit.exchange.test_dicom_worklist import TITLE, schedule, worklist
from tests.unit.workflow.orders_in.messages import ask, case, code, order
from tests.unit.workflow.scene import Scene


class Ward:
    """A program that takes orders in, and what it tells."""

    def __init__(self, home: AppDirs, store: CaseStore) -> None:
        self.home, self.store, self.settings = home, store, Settings(orders_node="0")
        self.changed = threading.Condition()
        operator = OperatorSession(store, lambda: Presence("Tess", "2026-12-01"), lambda _: None)
        self.orders = OrdersIn(home, store, operator, lambda: self.settings, self._told)

    def _told(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def line(self) -> socket.socket:
        host, _, port = self.orders.state().listening.partition(":")
        return socket.create_connection((host, int(port)), timeout=20)

    def wait_until_done(self) -> None:
        """Until nothing waits."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.orders.state().counts.waiting == 0, 20)

    def send(self, *bodies: bytes) -> list[str]:
        with self.line() as line:
            codes = [code(ask(line, body)) for body in bodies]
        self.wait_until_done()
        return codes


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ward]:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    home = AppDirs.of_user()
    store = CaseStore(home.cases)
    ward = Ward(home, store)
    yield ward
    ward.orders.close()
    store.close()


def test_an_order_comes_by_itself_and_its_number_goes_back_with_the_result(ward: Ward) -> None:
    ward.orders.start()
    assert ward.send(order("F1")) == ["AA"]
    export = CaseExport(CaseRepository(ward.home.cases), (), ward.settings)
    try:
        text = hl7_text(export.job(case(ward.store, "F1").id).package, ward.settings, CancelToken())
    finally:
        export.repository.close()
    assert "\rORC|RE|PF1^HIS|F1^LEUKOSCOPE\r" in text and "\rOBR|1|PF1^HIS|F1^LEUKOSCOPE|" in text


def test_off_by_default_nothing_listens_and_nothing_is_written(ward: Ward) -> None:
    ward.settings = Settings()
    ward.orders.start()
    state = ward.orders.state()
    assert (state.listening, state.folder, state.counts.last) == ("", "", None) and ward.orders.messages() == ()
    assert not (ward.home.cases / "orders").exists()


def test_in_the_clear_only_from_this_computer_unless_somebody_says_so(ward: Ward) -> None:
    for node, word in (("0.0.0.0:0", "tls://"), ("tls://127.0.0.1:0", "certificate and key"), ("nonsense", "listen")):
        ward.settings = Settings(orders_node=node)
        with pytest.raises(SettingsError, match=word):
            ward.orders.start()
        assert word in ward.orders.state().trouble and not ward.orders.state().listening
    ward.settings = Settings(orders_node="plain://0.0.0.0:0")
    ward.orders.start()
    assert ward.orders.state().listening.startswith("0.0.0.0:")
    (entry,) = ward.store.trail.entries_of({LISTENING})
    assert entry.new == f"plain {ward.orders.state().listening}"


def test_only_one_program_takes_the_orders_in(ward: Ward) -> None:
    ward.orders.start()
    other = Ward(ward.home, ward.store)
    with pytest.raises(StoreError, match="Another program of this user"):
        other.orders.start()
    # What came can be seen by both.
    ward.send(order("F1", act="ZZ"))
    assert len(other.orders.messages()) == 1
    other.orders.close()
    ward.orders.stop()


def test_a_person_dismisses_a_message_with_a_reason(ward: Ward) -> None:
    ward.orders.start()
    assert ward.send(order("F1", act="ZZ")) == ["AE"]
    (one,) = ward.orders.messages()
    with pytest.raises(ExchangeError, match="Write why"):
        ward.orders.dismiss(one.id, "  ")
    ward.orders.dismiss(one.id, "Called the ward")
    assert ward.orders.messages() == ()
    assert [entry.reason for entry in ward.store.trail.entries_of({SETTLED})] == ["Called the ward"]
    with pytest.raises(ExchangeError, match="already"):
        ward.orders.dismiss(one.id, "again")


def test_a_message_for_the_number_of_another_patient_gets_a_case_of_its_own(ward: Ward) -> None:
    ward.orders.start()
    ward.send(order("F1"), order("F1", control="2", known="9", patient="Else^Somebody"))
    (one,) = ward.orders.messages()
    assert one.told[0].number == "F1" == ward.orders.proposed_number(one.id)
    with pytest.raises(NumberTakenError):
        ward.orders.begin_case(one.id, "F1")
    assert len(ward.orders.messages()) == 1
    ward.orders.begin_case(one.id, "F1-B")
    assert case(ward.store, "F1-B").header.patient == "Else, Somebody" and ward.orders.messages() == ()


def test_of_a_message_without_a_readable_order_no_case_is_begun(ward: Ward) -> None:
    ward.orders.start()
    ward.send(order("F1", act="ZZ"))
    with pytest.raises(ExchangeError, match="by hand"):
        ward.orders.begin_case(ward.orders.messages()[0].id, "F1")


def test_who_may_not_sees_and_does_nothing(one: Scene) -> None:
    operator = OperatorSession(one.store, lambda: Presence("", ""), lambda _: None)
    orders = OrdersIn(one.home, one.store, operator, lambda: Settings(orders_node="0"), lambda: None)
    # Orders come while nobody is signed in: they are the hospital's act, not a person's.
    orders.start()
    for act in (orders.state, orders.messages, lambda: orders.dismiss(1, "x"), lambda: orders.begin_case(1, "x")):
        with pytest.raises(AccessError):
            act()
    orders.close()


def test_no_log_tells_of_a_patient(ward: Ward, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ward.orders.start()
    ward.send(order("F77"), order("F78", act="ZZ"), order("F77", control="3", known="9", patient="Else^Somebody"))
    ward.orders.stop()
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("leukoscope"))
    assert said and not any(word in said for word in ("Muster", "Else", "4711", "F77", "F78"))


def test_orders_are_seen_to_from_the_command_line(
    ward: Ward, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ward.orders.start()
    ward.send(order("F1"), order("F1", control="2", known="9"), order("F2", act="ZZ"))
    ward.orders.close()
    assert main(["orders", "list"]) == 0
    said = capsys.readouterr().out
    assert "another patient" in said and "ORC-1 is “ZZ”" in said
    assert (
        main(["orders", "begin", "2", "--case", "F9"]) == 0 and main(["orders", "dismiss", "3", "--reason", "no"]) == 0
    )
    assert main(["orders", "list"]) == 0 and "Nothing was refused" in capsys.readouterr().out
    assert case(ward.store, "F9").header.patient_id == "9"
    assert main(["orders", "listen"]) == 1


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_a_watched_folder_takes_files_and_moves_them_with_the_reason(ward: Ward, tmp_path: Path, ending: bytes) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    good, bad = order("F1").replace(b"\r", ending), order("F2", act="ZZ")
    (folder / "good.hl7").write_bytes(good + order("F3").replace(b"\r", ending))
    (folder / "bad.hl7").write_bytes(bad)
    (folder / "table.csv").write_text("number,patient\n77,Zoe\n", encoding="utf-8")
    (folder / "nonsense.csv").write_bytes(b"\0\1\2")
    (folder / "coming.hl7.part").write_bytes(b"MSH")
    ward.orders.start()
    assert ward.orders._receiver is not None
    watched = WatchedFolder(folder, ward.orders._receiver, ward.orders._take_table)
    watched.look()
    assert not (folder / "done").exists(), "it may be on its way still"
    watched.look()
    ward.wait_until_done()
    ward.orders.stop()
    assert {path.name for path in (folder / "done").iterdir()} == {"good.hl7", "table.csv"}
    assert {path.name for path in (folder / "refused").iterdir()} == {
        "bad.hl7", "bad.hl7.txt", "nonsense.csv", "nonsense.csv.txt"
    }  # fmt: skip
    assert "Line 1: ORC-1 is “ZZ”" in (folder / "refused" / "bad.hl7.txt").read_text(encoding="utf-8")
    assert (folder / "coming.hl7.part").exists()
    assert {one.header.number for one in ward.store.list()} == {"F1", "F3", "77"}
    assert {one.sender for one in ward.orders.messages()} == {"HIS|KH", "nonsense.csv"}


def test_a_folder_that_is_not_there_is_said(ward: Ward, tmp_path: Path) -> None:
    ward.settings = replace(Settings(), orders_folder=str(tmp_path / "gone"))
    with pytest.raises(SettingsError, match="not there"):
        ward.orders.start()


def test_what_a_worklist_has_scheduled_is_begun_once(
    ward: Ward, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lists" / TITLE).mkdir(parents=True)
    (tmp_path / "lists" / TITLE / "lockfile").touch()
    schedule(tmp_path / "lists", "A1")
    schedule(tmp_path / "lists", "A2", RequestedProcedurePriority="WHENEVER")
    with worklist(tmp_path / "lists") as port:
        words = ["orders", "fetch", "--from", f"{TITLE}@127.0.0.1:{port}"]
        assert main(words) == 2
        said = capsys.readouterr().out
        assert said.startswith("1 new, 0 there already") and "WHENEVER" in said
        assert main(words) == 2 and capsys.readouterr().out.startswith("0 new, 1 there already")
    begun = case(ward.store, "A1")
    assert begun.header.patient == "Müller, Anna" and ward.store.case_orders.placer(begun.id) == "PA1"


def test_a_worklist_of_another_computer_is_asked_in_the_clear_only_where_somebody_says_so(ward: Ward) -> None:
    with pytest.raises(SettingsError, match="tls://"):
        ward.orders.fetch("WORKLIST@ris.hospital:104", date(2026, 12, 1))


def test_refused_messages_cannot_fill_the_disk_and_orders_go_on(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(inbox, "OPEN_MOST", 3, raising=False)
    ward.orders.start()
    wrong = [order(f"F{number}", act="ZZ", control=f"c{number}") for number in range(5)]
    with ward.line() as line:
        answers = [ask(line, body) for body in wrong]
        assert all("207" not in one for one in answers[:3]) and all("207" in one for one in answers[3:])
        assert ward.orders.state().counts.refused == 3 and "wait for a person" in ward.orders.state().trouble
        assert code(ask(line, order("F9", control="c9"))) == "AA", "an order is taken all the same"
        assert code(ask(line, wrong[0])) == "AE" and "207" not in ask(line, wrong[0]), "known already"
    ward.wait_until_done()
    assert "wait for a person" in ward.orders.state().trouble
    ward.orders.dismiss(ward.orders.messages()[0].id, "seen")
    assert ward.orders.state().trouble == "" and ward.send(wrong[3]) == ["AE"]
    assert ward.orders.state().counts.refused == 3
    assert main(["orders", "dismiss", "all", "--reason", "The interface was wrong"]) == 0
    assert "Dismissed: 3." in capsys.readouterr().out and ward.orders.messages() == ()
    assert ward.send(wrong[4]) == ["AE"] and ward.orders.state().counts.refused == 1


def test_messages_that_fill_their_place_in_bytes_are_to_be_sent_again(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "BYTES_MOST", len(order("F1", act="ZZ")) + 10, raising=False)
    ward.orders.start()
    with ward.line() as line:
        assert code(ask(line, order("F1", act="ZZ"))) == "AE" and "207" in ask(line, order("F2", control="2"))
        ward.orders.dismiss(ward.orders.messages()[0].id, "seen")
        assert code(ask(line, order("F2", control="2"))) == "AA"
