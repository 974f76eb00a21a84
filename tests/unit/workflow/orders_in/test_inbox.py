"""Messages are on the disk before anybody is told, and each is there once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.cipher import Cipher
from leukoscope.cases.unlocked_keys import lock_all, unlock
from leukoscope.workflow.orders_in.inbox import FILE, Inbox
from leukoscope.workflow.orders_in.kept_message import Standing, Told
from leukoscope.workflow.orders_in.receiver import Receipt, Receiver
from tests.unit.workflow.orders_in.messages import code, message, order


class Clock:
    """The time, set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 12, 1, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(tmp_path: Path, clock: Clock) -> Iterator[Inbox]:
    inbox = Inbox(tmp_path / "orders", now=clock)
    yield inbox
    inbox.close()


@pytest.fixture
def receiver(inbox: Inbox) -> Iterator[Receiver]:
    receiver = Receiver(inbox, lambda: None)
    receiver.start()
    yield receiver
    receiver.close()


def take(receiver: Receiver, body: bytes) -> Receipt:
    return receiver.take(body).result(20)


def test_a_repetition_is_answered_word_for_word_and_kept_once(inbox: Inbox, receiver: Receiver, clock: Clock) -> None:
    for body in (order("F1"), order("F2", act="ZZ")):
        first = take(receiver, body)
        clock.at += timedelta(hours=3)
        assert take(receiver, body.replace(b"20261201101500", b"20261201110000")).said == first.said
    assert inbox.counts().waiting == 1 and inbox.counts().refused == 1


def test_another_message_under_the_same_number_is_refused_and_kept(
    inbox: Inbox, receiver: Receiver, clock: Clock
) -> None:
    assert code(take(receiver, order("F1", control="1")).said.decode()) == "AA"
    other = take(receiver, order("F2", control="1"))
    assert code(other.said.decode()) == "AR" and b"|205^" in other.said
    assert take(receiver, order("F2", control="1")).said == other.said
    assert [one.standing for one in inbox.listed()] == [Standing.REFUSED]
    clock.at += timedelta(days=2)
    assert code(take(receiver, order("F3", control="1")).said.decode()) == "AA", "a sender that counts anew each day"


def test_the_same_number_of_another_sender_is_another_message(inbox: Inbox, receiver: Receiver) -> None:
    take(receiver, order("F1", control="1"))
    assert code(take(receiver, order("F2", control="1").replace(b"|HIS|", b"|LIS|", 1)).said.decode()) == "AA"
    assert inbox.counts().waiting == 2


def test_an_answer_of_another_system_is_not_kept(inbox: Inbox, receiver: Receiver) -> None:
    assert take(receiver, message("ACK", "5", "MSA|AA|1")).said == b"" and inbox.counts().last is None


def test_where_the_disk_takes_nothing_the_sender_is_told_to_try_again(inbox: Inbox, receiver: Receiver) -> None:
    inbox.close()
    receipt = take(receiver, order("F1"))
    assert code(receipt.said.decode()) == "AE" and b"|207^" in receipt.said and not receipt.is_kept


def test_content_goes_when_a_message_is_done_and_stays_while_a_person_is_needed(
    inbox: Inbox, receiver: Receiver, tmp_path: Path
) -> None:
    for number in ("F1", "F2"):
        take(receiver, order(number))
    (first, body), (second, _) = inbox.waiting()
    assert body == order("F1")
    inbox.done(first.id, ())
    inbox.done(second.id, (Told("F2", "Do it.", "kept"),))
    assert [(one.id, one.told) for one in inbox.listed()] == [(second.id, (Told("F2", "Do it.", "kept"),))]
    assert inbox.body(first.id) == b"" and inbox.body(second.id) == order("F2")
    assert inbox.settle(second.id) and not inbox.settle(second.id) and inbox.body(second.id) == b""
    inbox.erase((b"nobody",))
    assert b"Muster" not in b"".join(path.read_bytes() for path in (tmp_path / "orders").iterdir())


def test_what_is_erased_is_forgotten_in_whatever_letters_it_came(
    inbox: Inbox, receiver: Receiver, tmp_path: Path
) -> None:
    latin = order("F1", act="ZZ", patient="Müller^Anna").decode().replace("UNICODE UTF-8", "8859/1").encode("latin-1")
    take(receiver, latin)
    take(receiver, order("F11", act="ZZ"))
    inbox.erase(("Müller".encode(), b"F1"))
    assert [one.sender for one in inbox.listed()] == ["HIS|KH"] and inbox.body(2) == order("F11", act="ZZ")
    assert "Müller".encode("latin-1") not in b"".join(path.read_bytes() for path in (tmp_path / "orders").iterdir())


def test_with_a_key_nothing_of_a_message_stands_on_the_disk(tmp_path: Path) -> None:
    cipher = Cipher.new()
    unlock(cipher)
    try:
        inbox = Inbox(tmp_path / "sealed", cipher)
        receiver = Receiver(inbox, lambda: None)
        receiver.start()
        take(receiver, order("F1"))
        written = b"".join(path.read_bytes() for path in (tmp_path / "sealed").iterdir())
        assert (
            b"Muster" not in written
            and b"4711" not in written
            and (tmp_path / "sealed" / FILE).stat().st_mode & 0o77 == 0
        )
        receiver.close()
        inbox.close()
        again = Inbox(tmp_path / "sealed", cipher)
        assert [body for _, body in again.waiting()] == [order("F1")]
        again.close()
    finally:
        lock_all()
