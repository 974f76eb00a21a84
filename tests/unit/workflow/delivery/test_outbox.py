from __future__ import annotations

import json
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.domain.errors import ExchangeError, SettingsError, StoreError
from leukoscope.exchange.fhir import fhir_bundle
from leukoscope.exchange.fhir_send import transaction_of
from leukoscope.exchange.hl7_message import oru_message
from leukoscope.workflow.delivery.message import Channel, Message, MessageState
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.delivery.retries import DELAYS_S, MOST_TRIES
from leukoscope.workflow.delivery.sender import Sender, place_of
from leukoscope.workflow.settings import Settings
from tests.forked_programs import run_program
from tests.unit.exchange import builders
from tests.unit.exchange.receivers import acknowledge, mllp_listener
from tests.unit.exchange.test_fhir_send import fhir_server

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TEXT = oru_message(builders.exported(), "id-1")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock) -> Outbox:
    return Outbox(tmp_path / "outbox", clock)


def put(outbox: Outbox, case_id: int = 1, channel: Channel = Channel.HL7) -> Message:
    with outbox.putting(channel, case_id, f"2026-{case_id:04d}") as put:
        put("message.hl7", TEXT.encode())
    return next(
        one
        for one in outbox.messages()
        if (one.case_id, one.channel, one.state) == (case_id, channel, MessageState.WAITING)
    )


def test_a_message_survives_a_restart(outbox: Outbox, tmp_path: Path) -> None:
    message = put(outbox)
    again = Outbox(tmp_path / "outbox")
    assert again.messages() == (message,)
    assert again.payload(message)[0].read_bytes() == TEXT.encode()


def test_a_moment_of_no_time_zone_is_damage_and_the_other_messages_go_on(outbox: Outbox, tmp_path: Path) -> None:
    """Found by the campaign: one such message kept all others from leaving."""
    put(outbox)
    item = next((tmp_path / "outbox").glob("*/item.json"))
    raw = json.loads(item.read_text(encoding="utf-8"))
    broken = tmp_path / "outbox" / "broken"
    broken.mkdir()
    (broken / "item.json").write_text(json.dumps({**raw, "id": "broken", "next_at": "2026-11-20T00:00"}))
    again = Outbox(tmp_path / "outbox")
    again.next_at()
    assert [one.id for one in again.messages()] == [raw["id"]]


def test_a_message_that_was_not_written_whole_never_was(outbox: Outbox, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), outbox.putting(Channel.HL7, 1, "1") as put:
        put("message.hl7", b"half")
        raise RuntimeError("power")
    (tmp_path / "outbox" / ".20261123-x.part").mkdir()
    (tmp_path / "outbox" / "damaged").mkdir()
    (tmp_path / "outbox" / "damaged" / "item.json").write_text("{", encoding="utf-8")
    again = Outbox(tmp_path / "outbox")
    assert again.messages() == outbox.messages() == ()
    assert not (tmp_path / "outbox" / ".20261123-x.part").exists()


def test_tries_grow_rarer_and_end(outbox: Outbox, clock: Clock) -> None:
    message = put(outbox)
    waits = []
    for _ in range(MOST_TRIES - 1):
        outbox.not_sent(message, "Not there.", again=True)
        assert outbox.due() is None
        due = outbox.next_at()
        assert due is not None
        waits.append(round((due - clock.now).total_seconds()))
        clock.now = due
        assert outbox.due() is not None
    assert tuple(waits[: len(DELAYS_S)]) == DELAYS_S
    assert waits[-1] == DELAYS_S[-1]
    outbox.not_sent(message, "Not there.", again=True)
    assert outbox.messages()[0].state is MessageState.FAILED
    assert outbox.messages()[0].sentence == "Not there."


def test_what_failed_can_be_tried_again_and_taken_back(outbox: Outbox, tmp_path: Path) -> None:
    message = put(outbox)
    outbox.not_sent(message, "Refused.", again=False)
    assert outbox.due() is None
    outbox.retry(message.id)
    assert outbox.due() is not None
    outbox.cancel(message.id)
    assert outbox.due() is None
    outbox.retry(message.id)
    assert [one.state for one in Outbox(tmp_path / "outbox").messages()] == [MessageState.CANCELLED]
    assert not (tmp_path / "outbox" / message.id / "payload").exists()


def test_a_newer_message_about_a_case_takes_the_place_of_one_that_waits(outbox: Outbox, clock: Clock) -> None:
    first, other, node = put(outbox), put(outbox, 2), put(outbox, 1, Channel.DICOM)
    outbox.not_sent(first, "Refused.", again=False)
    clock.now += timedelta(seconds=1)
    second = put(outbox)
    clock.now += timedelta(seconds=1)
    newer = put(outbox)
    states = {one.id: one.state for one in outbox.messages()}
    assert {states[one.id] for one in (first, second)} == {MessageState.CANCELLED}
    assert {states[one.id] for one in (other, node, newer)} == {MessageState.WAITING}


def test_a_cancel_during_a_try_holds(outbox: Outbox) -> None:
    message = put(outbox)
    outbox.cancel(message.id)
    outbox.not_sent(message, "Not there.", again=True)
    assert outbox.messages()[0].state is MessageState.CANCELLED


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(ExchangeError, match="outbox"):
        Outbox(tmp_path / "outbox")


# With a real receiver ------------------------------------------------------------------------------------------


class Watched:
    """A sender on an outbox, and what it says."""

    def __init__(self, outbox: Outbox, settings: Settings) -> None:
        self.settings, self.outbox = settings, outbox
        self.changed = threading.Condition()
        self.sender = Sender(outbox, lambda: self.settings, self._heard)

    def _heard(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def until(self, state: MessageState, tries: int = 1) -> Message:
        def reached() -> bool:
            newest = self.outbox.messages()[0]
            return newest.state is state and newest.tries >= tries

        with self.changed:
            assert self.changed.wait_for(reached, 30), self.outbox.messages()
        return self.outbox.messages()[0]


def test_the_sender_delivers_says_what_is_wrong_and_delivers_when_that_is_mended(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    message = put(outbox)
    watched = Watched(outbox, Settings(hl7_node="nowhere"))
    watched.sender.start()
    try:
        assert "computer:port" in watched.until(MessageState.FAILED).sentence
        with mllp_listener(lambda text: acknowledge(text, "AR")) as mailbox:
            watched.settings = replace(watched.settings, hl7_node=f"127.0.0.1:{mailbox.port}")
            outbox.retry(message.id)
            watched.sender.wake()
            assert "refused" in watched.until(MessageState.FAILED).sentence
        outbox.retry(message.id)
        watched.sender.wake()
        assert "cannot be reached" in watched.until(MessageState.WAITING).sentence
        with mllp_listener() as mailbox:
            watched.settings = replace(watched.settings, hl7_node=f"127.0.0.1:{mailbox.port}")
            outbox.retry(message.id)
            watched.sender.wake()
            watched.until(MessageState.SENT)
            assert mailbox.messages == [TEXT]
    finally:
        watched.sender.close()
    assert Outbox(tmp_path / "outbox").messages()[0].state is MessageState.SENT
    assert not (tmp_path / "outbox" / message.id / "payload").exists()


def test_what_is_about_a_case_that_was_put_away_does_not_leave(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    sent, waiting = put(outbox, case_id=1), put(outbox, case_id=2)
    outbox.sent(sent)
    outbox.take_back(2)
    outbox.take_back(1)
    states = {one.case_id: one.state for one in Outbox(tmp_path / "outbox").messages()}
    assert states == {1: MessageState.SENT, 2: MessageState.CANCELLED}
    assert not (tmp_path / "outbox" / waiting.id / "payload").exists(), "nothing of the patient stays"


def test_the_sender_asks_before_it_sends(tmp_path: Path) -> None:
    outbox, changed = Outbox(tmp_path / "outbox"), threading.Event()
    answers: list[bool | StoreError] = [StoreError("The database does not answer."), False]

    def is_there(_case_id: int) -> bool:
        answer = answers.pop(0)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    with mllp_listener() as mailbox:
        put(outbox)
        sender = Sender(outbox, lambda: Settings(hl7_node=f"127.0.0.1:{mailbox.port}"), changed.set, is_there)
        sender.start()
        try:
            assert changed.wait(30)
            assert outbox.messages()[0].state is MessageState.WAITING, "asked again later"
            changed.clear()
            outbox.retry(outbox.messages()[0].id)
            sender.wake()
            assert changed.wait(30)
        finally:
            sender.close()
        assert mailbox.messages == []
    assert outbox.messages()[0].state is MessageState.CANCELLED


KILLED = """
import os, signal, sys
from pathlib import Path
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.delivery.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]))
with outbox.putting(Channel.HL7, 1, "1") as put:
    put("message.hl7", b"whole")
with outbox.putting(Channel.HL7, 2, "2") as put:
    put("message.hl7", b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_a_program_that_is_killed_keeps_what_it_had_taken(tmp_path: Path) -> None:
    result = run_program(KILLED, str(tmp_path / "outbox"))
    assert result.returncode == -signal.SIGKILL, result.stderr
    messages = Outbox(tmp_path / "outbox").messages()
    assert [one.case_id for one in messages] == [1]


def test_a_report_leaves_as_fhir_when_its_server_is_there_again(outbox: Outbox, clock: Clock) -> None:
    body = transaction_of(fhir_bundle(builders.exported()))
    with outbox.putting(Channel.FHIR, 1, "2026-0001") as put:
        put("transaction.json", body)
    told = threading.Condition()

    def heard() -> None:
        with told:
            told.notify_all()

    def state() -> MessageState:
        return outbox.messages()[0].state

    with fhir_server() as server:
        server.status = 503
        sender = Sender(outbox, lambda: Settings(fhir_address=server.base), heard)
        sender.start()
        with told:
            assert told.wait_for(lambda: outbox.messages()[0].tries == 1, 30)
        assert state() is MessageState.WAITING and "busy" in outbox.messages()[0].sentence
        server.status = 200
        clock.now += timedelta(seconds=DELAYS_S[0])
        sender.wake()
        with told:
            assert told.wait_for(lambda: state() is MessageState.SENT, 30)
        sender.close()
        assert any(one.startswith("DiagnosticReport/") for one in server.kept)


def test_where_a_report_would_go_is_looked_at_before_it_is_put_in(tmp_path: Path) -> None:
    (tmp_path / "login").write_text("Ana:secret\n")
    good = Settings(fhir_address="http://localhost:1/fhir", fhir_login=str(tmp_path / "login"))
    assert place_of(good, Channel.FHIR) == "http://localhost:1/fhir"
    for wrong in (replace(good, fhir_address="fhir"), replace(good, fhir_login=str(tmp_path / "gone"))):
        with pytest.raises(SettingsError):
            place_of(wrong, Channel.FHIR)
