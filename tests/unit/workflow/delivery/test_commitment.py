"""What was sent is asked about, and what the archive says is kept: real archives, on the loopback."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from leukoscope.exchange.dicom_base import VL_MICROSCOPIC
from leukoscope.exchange.tls import client_context
from leukoscope.workflow.delivery.commitment import (
    ASKED,
    MOST_QUESTIONS,
    NEVER_SAID,
    NO_LONGER,
    NOT_KEPT,
    NOT_KEPT_AGAIN,
    PATIENCE,
)
from leukoscope.workflow.delivery.commitment_answers import CommitmentAnswers
from leukoscope.workflow.delivery.message import Channel, Message, MessageState, Standing
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.delivery.sender import Sender
from leukoscope.workflow.settings import Settings
from tests.unit.exchange.archives import archive
from tests.unit.exchange.receivers import storescp


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Desk:
    """An outbox with two objects in it, and who empties it."""

    def __init__(self, folder: Path, port: int, **more: str) -> None:
        self.clock, self.folder = Clock(), folder
        self.outbox = Outbox(folder, self.clock)
        self.settings = Settings(dicom_node=f"plain://ARCHIVE@127.0.0.1:{port}", commitment="asked", **more)  # type: ignore[arg-type]
        self.changed = threading.Condition()
        self.sent: list[str] = []
        self.sender = self._sender()

    def _sender(self) -> Sender:
        return Sender(self.outbox, lambda: self.settings, self._told, on_sent=lambda one: self.sent.append(one.id))

    def _told(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def put(self, case_id: int = 1) -> None:
        with self.outbox.putting(Channel.DICOM, case_id, f"C{case_id}") as put:
            for name in ("one.dcm", "two.dcm"):
                put(name, picture())

    def restart(self) -> None:
        self.sender.close()
        self.outbox = Outbox(self.folder, self.clock)
        self.sender = self._sender()
        self.sender.start()

    @property
    def message(self) -> Message:
        return self.outbox.messages()[0]

    def wait(self, state: MessageState, sentence: str | None = None) -> Message:
        with self.changed:
            there = self.changed.wait_for(
                lambda: self.message.state is state and sentence in {None, self.message.sentence}, 30
            )
        assert there, self.message
        return self.message

    def answer_port(self) -> int:
        end = time.monotonic() + 20
        while not self.sender.answers.address and time.monotonic() < end:
            self.sender.wake()
            threading.Event().wait(0.02)
        return int(self.sender.answers.address.rpartition(":")[2])


def picture() -> bytes:
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = VL_MICROSCOPIC, generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID, made.PatientID = generate_uid(), generate_uid(), "4711"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    data = io.BytesIO()
    made.save_as(data, enforce_file_format=True)
    return data.getvalue()


@contextmanager
def desk(folder: Path, port: int, **more: str) -> Iterator[Desk]:
    made = Desk(folder, port, **more)
    made.put()
    made.sender.start()
    try:
        yield made
    finally:
        made.sender.close()


def payload(desk: Desk) -> list[Path]:
    return sorted((desk.folder / desk.message.id).glob("payload/*"))


def standings(desk: Desk) -> list[Standing]:
    return [one.standing for one in desk.message.objects]


def test_an_archive_that_answers_on_our_line_keeps_it(tmp_path: Path) -> None:
    with archive() as other, desk(tmp_path, other.port) as one:
        message = one.wait(MessageState.SENT)
        assert other.told.acquire(timeout=20) and other.answers == [0], "our answer has left before the line went"
        assert message.is_kept and [one.uid for one in message.objects] == other.stored
        assert payload(one) == [] and one.sent == [message.id] * 2, "told when it was sent, and when it is kept"
        assert str(other.questions[0].TransactionUID) == message.questions[0]


@pytest.mark.parametrize("says_role", [True, False])
def test_an_archive_calls_back_on_a_line_of_its_own_after_a_restart(tmp_path: Path, says_role: bool) -> None:
    with (
        archive(here=False, says_role=says_role) as other,
        desk(tmp_path, other.port, commitment_node="127.0.0.1:0") as one,
    ):
        assert other.asked.acquire(timeout=20)
        assert one.wait(MessageState.STORED, ASKED).objects[0].standing is Standing.SENT
        one.restart()
        assert len(payload(one)) == 2, "until it is kept, it can be sent again"
        assert other.call_back(one.answer_port()) and other.answers == [0]
        one.wait(MessageState.SENT)
        assert one.message.is_kept and Outbox(tmp_path).messages()[0].is_kept and payload(one) == []
        told = len(one.sent)
        assert other.call_back(one.answer_port()) and other.answers == [0, 0], "a repetition changes nothing"
        assert len(one.sent) == told


def test_who_is_not_the_archive_or_asks_for_nothing_of_ours_is_not_heard(tmp_path: Path) -> None:
    with archive(here=False) as other, desk(tmp_path, other.port, commitment_node="127.0.0.1:0") as one:
        assert other.asked.acquire(timeout=20)
        port = one.answer_port()
        assert not other.call_back(port, own="STRANGER") and not other.call_back(port, title="ELSEWHERE")
        strange = other.report(other.questions[-1])[1]
        strange.TransactionUID = generate_uid()
        nameless = other.report(other.questions[-1])[1]
        del nameless.TransactionUID
        assert other.call_back(port, strange) and other.call_back(port, nameless)
        assert all(other.answers) and one.message.state is MessageState.STORED
        assert standings(one) == [Standing.SENT] * 2


def test_what_the_archive_lost_is_sent_again_and_only_that(tmp_path: Path) -> None:
    with archive(lost={1: 0x0112}) as other, desk(tmp_path, other.port) as one:
        one.wait(MessageState.WAITING, NOT_KEPT_AGAIN[0x0112])
        assert standings(one) == [Standing.KEPT, Standing.NOT_KEPT]
        other.lost = {}
        one.clock.ahead = timedelta(hours=2)
        one.sender.wake()
        one.wait(MessageState.SENT)
        assert other.stored == [other.stored[0], other.stored[1], other.stored[1]] and one.message.is_kept
        assert len(other.questions[-1].ReferencedSOPSequence) == 1


def test_what_another_sending_does_not_help_against_waits_for_a_person(tmp_path: Path) -> None:
    with archive(lost={0: 0x0122, 1: 0x0110}) as other, desk(tmp_path, other.port) as one:
        one.wait(MessageState.FAILED, NOT_KEPT[0x0122])
        assert [(one.standing, one.reason) for one in one.message.objects] == [
            (Standing.NOT_KEPT, 0x0122),
            (Standing.NOT_KEPT, 0x0110),
        ]
        assert len(payload(one)) == 2
        other.lost = {}
        one.outbox.retry(one.message.id)
        one.sender.wake()
        assert one.wait(MessageState.SENT).is_kept


def test_what_the_archive_says_nothing_about_is_not_kept(tmp_path: Path) -> None:
    with archive(here=False) as other, desk(tmp_path, other.port, commitment_node="127.0.0.1:0") as one:
        assert other.asked.acquire(timeout=20)
        report = other.report(other.questions[-1])[1]
        report.ReferencedSOPSequence = report.ReferencedSOPSequence[:1]
        assert other.call_back(one.answer_port(), report)
        one.wait(MessageState.WAITING, NOT_KEPT_AGAIN[0x0112])
        assert standings(one) == [Standing.KEPT, Standing.NOT_KEPT]


@pytest.mark.parametrize(
    ("ways", "state", "word"),
    [
        ({"refused": 0x0213}, MessageState.STORED, "did not take the question"),
        ({"refused": 0x0123}, MessageState.FAILED, "did not take the question"),
        ({"offers": False}, MessageState.FAILED, "offers no storage commitment"),
    ],
)
def test_an_archive_that_refuses_the_question_is_said(
    tmp_path: Path, ways: dict[str, int], state: MessageState, word: str
) -> None:
    with archive(**ways) as other, desk(tmp_path, other.port) as one:  # type: ignore[arg-type]
        with one.changed:
            assert one.changed.wait_for(lambda: one.message.state is state and word in one.message.sentence, 30)
        assert len(other.stored) == 2 and standings(one) == [Standing.SENT] * 2


def test_dcmtk_takes_objects_and_offers_no_commitment(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with storescp(tmp_path / "taken") as port, desk(tmp_path / "outbox", port) as one:
        one.wait(MessageState.FAILED)
        assert "offers no storage commitment" in one.message.sentence
        assert len(list((tmp_path / "taken").iterdir())) == 2
        one.settings = replace(one.settings, commitment="off")
        one.outbox.retry(one.message.id)
        one.sender.wake()
        one.wait(MessageState.SENT)
        assert not one.message.is_kept


def test_an_archive_that_never_says_anything_is_asked_again_and_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leukoscope.workflow.delivery.sender.LONG_S", 0.1)
    with archive(silent=True) as other, desk(tmp_path, other.port) as one:
        for _ in range(MOST_QUESTIONS):
            assert other.asked.acquire(timeout=20)
            one.wait(MessageState.STORED, ASKED)
            one.clock.ahead += PATIENCE
            one.sender.wake()
        one.wait(MessageState.FAILED, NEVER_SAID)
        asked = [str(question.TransactionUID) for question in other.questions]
        assert len(asked) == len(set(asked)) == MOST_QUESTIONS and len(other.stored) == 2
        # It says so at last.
        one.outbox.judged(asked[3], frozenset(other.stored), {})
        assert one.message.state is MessageState.SENT and one.message.is_kept


def test_a_newer_message_or_a_person_ends_the_waiting_and_what_was_sent_stays_sent(tmp_path: Path) -> None:
    with archive(silent=True) as other, desk(tmp_path, other.port) as one:
        assert other.asked.acquire(timeout=20)
        first = one.wait(MessageState.STORED, ASKED)
        one.put()
        ended = next(one for one in one.outbox.messages() if one.id == first.id)
        assert (ended.state, ended.sentence) == (MessageState.SENT, NO_LONGER) and not ended.is_kept
        one.outbox.erase(1)
        assert one.outbox.messages() == ()


def test_off_by_default_nobody_is_asked(tmp_path: Path) -> None:
    assert Settings().commitment == "off" and Settings().commitment_node == ""
    with archive() as other, desk(tmp_path, other.port) as one:
        one.settings = replace(one.settings, commitment="off")
        one.wait(MessageState.SENT)
        assert len(other.stored) == 2


def test_a_port_that_is_taken_is_said_and_objects_leave_all_the_same(tmp_path: Path) -> None:
    with archive() as other, desk(tmp_path, other.port, commitment_node=f"127.0.0.1:{other.port}") as one:
        one.wait(MessageState.SENT)
        assert "Nothing can listen there" in one.sender.answers.trouble and one.message.is_kept


def test_an_archive_calls_back_over_an_encrypted_line_with_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    authority = trustme.CA()
    trusted, own, theirs = (tmp_path / f"{name}.pem" for name in ("trusted", "own", "theirs"))
    authority.cert_pem.write_to_path(str(trusted))
    for file in (own, theirs):
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(file))
    papers = {"tls_trusted": str(trusted), "tls_own": str(own), "commitment_node": "tls://127.0.0.1:0"}
    with archive(here=False) as other, desk(tmp_path / "outbox", other.port, **papers) as one:
        assert other.asked.acquire(timeout=20)
        port = one.answer_port()
        silent = socket.create_connection(("127.0.0.1", port))
        assert not other.call_back(port), "in the clear"
        assert not other.call_back(port, tls=client_context(str(trusted))), "no certificate"
        assert one.message.state is MessageState.STORED
        assert other.call_back(port, tls=client_context(str(trusted), str(theirs))), "who says nothing keeps nobody out"
        silent.close()
        assert one.wait(MessageState.SENT).is_kept


def test_in_the_clear_answers_of_other_computers_are_heard_only_where_somebody_says_so(tmp_path: Path) -> None:
    for node, word in (("0.0.0.0:0", "tls://"), ("tls://127.0.0.1:0", "Our certificate and key")):
        answers = CommitmentAnswers(lambda _: True)
        answers.follow(Settings(commitment="asked", commitment_node=node, dicom_node="plain://ARCHIVE@pacs:104"))
        assert word in answers.trouble and not answers.address
        answers.close()
