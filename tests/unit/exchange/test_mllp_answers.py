"""Acknowledgements as other systems write them: what was taken is never sent again, what was refused says why."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leukoscope.domain.errors import AnswerError, Cause, ExchangeError
from leukoscope.exchange.hl7_ack import acknowledgements
from leukoscope.exchange.hl7_message import oru_message
from leukoscope.exchange.mllp import send_message
from leukoscope.workflow.delivery.message import Channel, MessageState
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.delivery.sender import Sender
from leukoscope.workflow.settings import Settings
from tests.unit.exchange import builders

MESSAGE = oru_message(builders.exported(), "id-1")
HEAD = b"MSH|^~\\&|LIS|H|LeukoScope||20261128||ACK^R01|7|P|2.5.1"
TIMEOUT_S = 20.0


@contextmanager
def raw_listener(answer: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[bytes]]]:
    """Takes one message a connection, byte by byte as it comes, then lets ``answer`` write whatever it likes."""
    taken: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                data = b""
                while not data.endswith(b"\x1c\r") and (chunk := line.recv(65536)):
                    data += chunk
                taken.append(data)
                answer(line)
                # Stays open: nothing but the answer itself may end the waiting.
                line.settimeout(TIMEOUT_S)
                try:
                    line.recv(1)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], taken
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def say(*pieces: bytes) -> Callable[[socket.socket], None]:
    def write(line: socket.socket) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            line.sendall(piece)

    return write


def send(answer: Callable[[socket.socket], None], timeout_s: float = TIMEOUT_S) -> list[bytes]:
    with raw_listener(answer) as (port, taken):
        send_message("127.0.0.1", port, MESSAGE, timeout_s)
    return taken


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"\x1c\r", b"\x1c", b"\x1c\n", b"\x1c\r\n"])
@pytest.mark.parametrize("code", [b"AA", b"CA"])
def test_any_line_end_and_both_end_marks(end: bytes, mark: bytes, code: bytes) -> None:
    (taken,) = send(say(b"\x0b" + HEAD + end + b"MSA|" + code + b"|id-1" + end + mark))
    assert taken == b"\x0b" + MESSAGE.encode() + b"\x1c\r"


@pytest.mark.parametrize(
    "pieces",
    [
        (b"\x0b" + HEAD + b"\rMSA|AA|id-1\x1c\r",),
        tuple(bytes([one]) for one in b"\x0b" + HEAD + b"\rMSA|AA|id-1\r\x1c\r"),
        (b"\xef\xbb\xbf\x0b" + HEAD + b"\rMSA|AA|id-1\r\x1c\r",),
        (b"\r\n\x00garbage\r\n\x0b" + HEAD + b"\rMSA|AA|id-1\r\x1c\r",),
        (b"\x0bgarbage\x1c\r", b"\x0b" + HEAD + b"\rMSA|AA|id-1\r\x1c\r"),
        (b"\x0bMSH|^~\\&|LIS\rMSA|AA|id-0\r\x1c\r", b"\x0b" + HEAD + b"\rMSA|AA|id-1\r\x1c\r"),
        (b"\x0b" + HEAD.replace(b"|", b"$") + b"\rMSA$AA$id-1\r\x1c\r",),
        (b"\x0b" + HEAD + b"\rSFT|x\rMSA|AA|id-1 |ok\rERR|0\r\x1c\r",),
        (b"\x0b" + HEAD + b"\rMSA|aa|id-1\r\x1c\r",),
        (b"\x0b" + HEAD + b"\rMSA|CA|id-1\r\x1c\r\x0b" + HEAD + b"\rMSA|AA|id-1\r\x1c\r",),
        (HEAD + b"\rMSA|AA|id-1\r",),
        (("\x0b" + HEAD.decode() + "\rMSA|AA|id-1\r\x1c\r").encode("utf-16-le"),),
        (b"\x0b" + HEAD.replace(b"LIS", b"L\xefS") + b"\rMSA|AA|id-1\r\x1c\r",),
    ],
)
def test_what_was_taken_is_heard(pieces: tuple[bytes, ...]) -> None:
    assert len(send(say(*pieces))) == 1


def test_what_was_taken_before_the_line_ended_is_heard() -> None:
    def answer(line: socket.socket) -> None:
        line.sendall(b"\x0b" + HEAD + b"\rMSA|AA|id-1")
        line.shutdown(socket.SHUT_RDWR)

    assert len(send(answer)) == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"MSA|AE|id-1|Unknown patient 4711", "Unknown patient 4711"),
        (b"MSA|AR|id-1|Queue is full", "Queue is full"),
        (
            b"MSA|CE|id-1\rERR|||207^Application internal error^HL70357|E|||Disk full|Call the help operator",
            "Call the help operator",
        ),
        (b"MSA|CR|id-1\rERR||PID^1^3|204^Unknown key identifier^HL70357|E", "Unknown key identifier"),
        (b"MSA|AE|id-1\rERR|PID^1^5^101&Required field missing&HL70357", "Required field missing"),
        (b"MSA|AE|id-1|a\\F\\b", "a|b"),
    ],
)
def test_what_was_refused_says_why_and_is_not_tried_again(answer: bytes, says: str) -> None:
    with pytest.raises(AnswerError) as caught:
        send(say(b"\x0b" + HEAD + b"\r" + answer + b"\r\x1c\r"))
    assert says in caught.value.message
    assert says not in caught.value.detail
    assert not caught.value.again


@pytest.mark.parametrize("code", [b"AE", b"AR", b"CE", b"CR", b"??", b""])
def test_a_refusal_without_a_reason_is_one(code: bytes) -> None:
    with pytest.raises(ExchangeError) as caught:
        send(say(b"\x0b" + HEAD + b"\rMSA|" + code + b"|id-1\r\x1c\r"))
    assert not caught.value.again


def test_an_answer_about_another_message_is_no_answer_to_this() -> None:
    with pytest.raises(ExchangeError, match="another message") as caught:
        send(say(b"\x0b" + HEAD + b"\rMSA|AA|id-9\r\x1c\r"), timeout_s=0.5)
    assert caught.value.again


def test_an_answer_that_names_no_message_waits_for_a_person() -> None:
    with pytest.raises(ExchangeError, match="without saying which") as caught:
        send(say(b"\x0b" + HEAD + b"\rMSA|AA|\r\x1c\r"), timeout_s=0.5)
    assert not caught.value.again


def test_half_an_answer_is_worth_trying_again() -> None:
    with pytest.raises(ExchangeError) as caught:
        send(say(b"\x0b" + HEAD + b"\rMS"), timeout_s=0.5)
    assert caught.value.again


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_somebody_who_speaks_something_else_is_told_from_nobody(answer: bytes) -> None:
    with pytest.raises(ExchangeError, match="no HL7 acknowledgement") as caught:
        send(say(answer), timeout_s=0.5)
    assert caught.value.cause is Cause.NOT_UNDERSTOOD


@pytest.mark.parametrize("data", [b"", b"\x1c\r", b"MSA", b"MSA|", b"\xff\xfe", b"MSH|^~\\&\rMSA"])
def test_nothing_in_an_answer_breaks_the_reading(data: bytes) -> None:
    assert all(one.control_id == "" for one in acknowledgements(data))


def test_what_is_taken_leaves_the_outbox_and_a_reason_stays_out_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [b"MSA|AE|id-1|Patient Geheim is unknown", b"MSA|AA|id-1"]

    def answer(line: socket.socket) -> None:
        line.sendall(b"\x0b" + HEAD + b"\n" + answers.pop(0) + b"\n\x1c")

    settled = threading.Event()
    outbox = Outbox(tmp_path / "outbox")
    with raw_listener(answer) as (port, taken), caplog.at_level(logging.DEBUG):
        sender = Sender(outbox, lambda: Settings(hl7_node=f"127.0.0.1:{port}"), settled.set)
        for state in (MessageState.FAILED, MessageState.SENT):
            with outbox.putting(Channel.HL7, len(taken), "A-1") as put:
                put("message.hl7", MESSAGE.encode())
            if state is MessageState.FAILED:
                sender.start()
            sender.wake()
            assert settled.wait(TIMEOUT_S)
            settled.clear()
            assert outbox.messages()[0].state is state
        sender.close()
    assert len(taken) == 2
    assert "Geheim" in outbox.messages()[1].sentence
    assert "Geheim" not in caplog.text
