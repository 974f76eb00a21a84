"""Other systems call: with and without papers, slowly, too much, too many, and not at all."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import trustme
from hl7.client import MLLPClient

from leukoscope.domain.errors import SettingsError
from leukoscope.exchange.mllp_frames import TooLarge
from leukoscope.exchange.mllp_server import Limits, MllpServer
from leukoscope.exchange.tls import server_context

HERE = "127.0.0.1"


class Taken:
    """What a server was given; each message is answered with its own end."""

    def __init__(self) -> None:
        self.bodies: list[bytes | TooLarge] = []

    def __call__(self, body: bytes | TooLarge) -> Future[bytes]:
        self.bodies.append(body)
        said: Future[bytes] = Future()
        end = b"too large" if isinstance(body, TooLarge) else body[-5:]
        said.set_result(b"\x0bMSH|^~\\&|\rMSA|AA|" + end + b"\r\x1c\r")
        return said


@contextmanager
def serving(tls: ssl.SSLContext | None = None, **limits: float) -> Iterator[tuple[MllpServer, Taken]]:
    taken = Taken()
    server = MllpServer(HERE, 0, taken, tls, Limits(**limits))  # type: ignore[arg-type]
    server.start()
    try:
        yield server, taken
    finally:
        server.close()


def call(server: MllpServer) -> socket.socket:
    return socket.create_connection((HERE, server.port), timeout=20)


def answer(line: socket.socket) -> bytes:
    """What is said until the end of a message, or until the line is closed."""
    said = b""
    while not said.endswith(b"\x1c\r"):
        chunk = line.recv(4096)
        if not chunk:
            break
        said += chunk
    return said


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    for name in ("ours", "theirs"):
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / f"{name}.pem"))
        made = authority.issue_cert(HERE)
        made.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{name}-paper.pem"))
    return folder


def test_messages_of_one_line_are_answered_in_their_order() -> None:
    with serving() as (server, taken), MLLPClient(HERE, server.port) as client:
        for number in range(20):
            assert f"|{number:05}".encode() in client.send(f"\x0bMSH|{number:05}\x1c\r".encode())
        many = b"".join(b"\x0bMSH|%05d\x1c\r" % number for number in range(20, 400))
        client.socket.sendall(many)
        said = b""
        while said.count(b"\x1c\r") < 380:
            said += client.socket.recv(1 << 16)
        assert [said.find(b"|%05d" % number) for number in range(20, 400)] == sorted(
            said.find(b"|%05d" % number) for number in range(20, 400)
        )
        assert b"-1" not in said and len(taken.bodies) == 400


def test_a_half_message_is_nobodys_and_its_line_is_closed_in_time() -> None:
    with serving(message_s=0.2) as (server, taken), call(server) as line:
        line.sendall(b"\x0bMSH|half")
        assert answer(line) == b"" and taken.bodies == []


def test_a_byte_now_and_then_does_not_keep_a_line_alive() -> None:
    with serving(message_s=0.3) as (server, taken), call(server) as line:
        line.settimeout(0.02)
        line.sendall(b"\x0b")
        for _ in range(1000):
            try:
                line.sendall(b"x")
                if line.recv(10) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            pytest.fail("the line was never closed")
        assert taken.bodies == []


def test_a_message_that_is_too_large_is_answered_and_the_line_goes_on() -> None:
    with serving(largest=10_000) as (server, taken), call(server) as line:
        line.sendall(b"\x0bMSH|" + b"x" * 3_000_000 + b"\x1c\r")
        assert b"too large" in answer(line)
        line.sendall(b"\x0bMSH|00001\x1c\r")
        assert b"|00001" in answer(line) and len(taken.bodies) == 2


def test_all_lines_together_hold_no_more_than_is_allowed() -> None:
    with serving(largest=100_000, together=250_000) as (server, taken):
        lines = [call(server) for _ in range(4)]
        for line in lines:
            line.sendall(b"\x0bMSH|" + b"x" * 90_000)
        closed = 0
        for line in lines:
            try:
                line.sendall(b"\x1c\r")
                closed += answer(line) == b""
            except OSError:
                closed += 1
            line.close()
        assert 1 <= closed <= 2 and len(taken.bodies) == 4 - closed


def test_a_new_line_takes_the_place_of_the_one_that_is_silent_longest() -> None:
    with serving(lines=3, spare_s=0.0) as (server, _):
        first, *others = [call(server) for _ in range(3)]
        for line in others:
            line.sendall(b"\x0bMSH|00001\x1c\r")
            assert answer(line)
        with call(server) as late:
            late.sendall(b"\x0bMSH|00002\x1c\r")
            assert b"|00002" in answer(late) and answer(first) == b""
        for line in (first, *others):
            line.close()


def test_many_idle_lines_cost_little_and_the_next_caller_is_heard() -> None:
    with serving(lines=150) as (server, _):
        before = psutil.Process().memory_info().rss
        idle = [call(server) for _ in range(149)]
        with call(server) as line:
            line.sendall(b"\x0bMSH|00001\x1c\r")
            assert b"|00001" in answer(line)
            with call(server) as refused:
                assert answer(refused) == b"", "one too many"
        assert psutil.Process().memory_info().rss - before < 60_000_000
        for one in idle:
            one.close()


def test_only_who_shows_a_certificate_that_is_trusted_is_heard(papers: Path) -> None:
    tls = server_context(str(papers / "ours-paper.pem"), str(papers / "ours.pem"))
    with serving(tls) as (server, taken):
        for paper in (None, "theirs-paper.pem"):
            context = ssl.create_default_context(cafile=str(papers / "ours.pem"))
            if paper:
                context.load_cert_chain(str(papers / paper))
            with pytest.raises(OSError), call(server) as raw, context.wrap_socket(raw, server_hostname=HERE) as line:
                line.sendall(b"\x0bMSH|00001\x1c\r")
                if not line.recv(100):
                    raise ConnectionResetError
        with call(server) as raw:
            raw.sendall(b"\x0bMSH|00001\x1c\r")
            assert b"MSA" not in raw.recv(1000), "in the clear"
        assert taken.bodies == []
        context = ssl.create_default_context(cafile=str(papers / "ours.pem"))
        context.load_cert_chain(str(papers / "ours-paper.pem"))
        with call(server) as raw, context.wrap_socket(raw, server_hostname=HERE) as line:
            line.sendall(b"\x0bMSH|00001\x1c\r")
            assert b"|00001" in line.recv(1000)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server((HERE, 0)) as other, pytest.raises(SettingsError, match="Nothing can listen"):
        MllpServer(HERE, other.getsockname()[1], Taken()).start()


def test_papers_that_are_none_are_said(tmp_path: Path, papers: Path) -> None:
    (tmp_path / "no.pem").write_text("no")
    for own, clients in ((tmp_path / "no.pem", ""), (tmp_path / "gone.pem", ""), (papers / "ours-paper.pem", "gone")):
        with pytest.raises(SettingsError, match="choose a PEM file"):
            server_context(str(own), clients)
