"""Lines to the hospital that go wrong: every wait ends, and the message is kept for later."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.lines import Line, database_line, node_line, place, with_database_line, with_node_line
from leukoscope.exchange import dicom_send
from leukoscope.exchange.dicom_files import write_dicom
from leukoscope.exchange.dicom_send import send_files
from leukoscope.exchange.hl7_message import oru_message
from leukoscope.exchange.mllp import send_message
from leukoscope.exchange.nodes import dicom_node, hl7_node
from leukoscope.exchange.sockets import keep_watch
from tests.lines import silent_server, wire
from tests.unit.exchange import builders
from tests.unit.exchange.receivers import mllp_listener, refusing_node

MESSAGE = oru_message(builders.exported(), "id-1")
PATIENCE_S = 1.0
ENDED_S = 15.0
"""A wait that ends by itself is long over by then, one that does not would never be."""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "out").mkdir()
    return write_dicom(builders.exported(), builders.read_frame, builders.read_file, tmp_path / "out")


@pytest.mark.parametrize("kind", ["hl7", "dicom"])
def test_a_system_that_takes_the_call_and_says_nothing_is_given_up(kind: str, files: list[Path]) -> None:
    begun = time.monotonic()
    with silent_server() as port, pytest.raises(ExchangeError) as caught:
        if kind == "hl7":
            send_message("127.0.0.1", port, MESSAGE, timeout_s=PATIENCE_S)
        else:
            send_files("127.0.0.1", port, "ARCHIVE", "LEUKOSCOPE", files, timeout_s=PATIENCE_S)
    assert caught.value.again
    assert time.monotonic() - begun < ENDED_S


def test_an_hl7_line_that_is_cut_is_given_up() -> None:
    with (
        mllp_listener() as mailbox,
        wire(mailbox.port, cut_after=1000) as line,
        pytest.raises(ExchangeError, match="does not answer") as caught,
    ):
        send_message("127.0.0.1", line.port, MESSAGE, timeout_s=PATIENCE_S)
    assert caught.value.again
    assert mailbox.messages == []


def test_a_dicom_line_that_is_cut_in_the_middle_of_a_file_is_given_up(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Larger than every buffer between: who sends waits for room that never comes."""
    large = tmp_path / "large.dcm"
    data = dicom_send.pydicom.dcmread(files[-1])
    data.add_new(0x00420011 if "EncapsulatedDocument" in data else 0x7FE00010, "OB", bytes(64 << 20))
    data.save_as(large)
    begun = time.monotonic()
    with (
        refusing_node(0) as port,
        wire(port, cut_after=1 << 20) as line,
        pytest.raises(ExchangeError) as caught,
    ):
        send_files("127.0.0.1", line.port, "ARCHIVE", "LEUKOSCOPE", [large], timeout_s=PATIENCE_S)
    assert caught.value.again
    assert time.monotonic() - begun < ENDED_S


def test_the_system_watches_every_line() -> None:
    with silent_server() as port, socket.create_connection(("127.0.0.1", port)) as line:
        keep_watch(line, 30)
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000


def test_an_address_says_how_its_line_is() -> None:
    assert [node_line(one) for one in ("", "tls://a:1", "plain://a:1", "a:1")] == [
        Line.NONE,
        Line.ENCRYPTED,
        Line.PLAIN,
        Line.UNCONFIRMED,
    ]
    assert with_node_line("a:1", True) == "tls://a:1"
    assert with_node_line("TLS://A@a:1", False) == "plain://A@a:1"
    assert (hl7_node("plain://a:1").encrypted, hl7_node("plain://a:1").host) == (False, "a")
    assert (dicom_node("tls://A@a:1").encrypted, dicom_node("plain://A@a:1").title) == (True, "A")


def test_the_address_of_a_database_says_how_its_line_is() -> None:
    url = "postgresql://ana:secret@db.hospital:5432/leuko"
    assert database_line("") is Line.NONE
    assert database_line(url) is Line.UNCONFIRMED
    for words, line in (
        ("sslmode=verify-full", Line.ENCRYPTED),
        ("sslmode=require", Line.ENCRYPTED),
        ("sslmode=prefer", Line.PLAIN),
        ("sslmode=disable", Line.PLAIN),
        ("application_name=x", Line.UNCONFIRMED),
    ):
        assert database_line(f"{url}?{words}") is line
    for here in ("127.0.0.1", "localhost", "[::1]"):
        assert database_line(f"postgresql://ana@{here}/leuko") is Line.LOCAL
    assert database_line("postgresql:///leuko?host=/run/postgresql") is Line.LOCAL
    encrypted = with_database_line(url + "?application_name=x", True, "/etc/ca.pem")
    assert encrypted == url + "?application_name=x&sslmode=verify-full&sslrootcert=/etc/ca.pem"
    assert with_database_line(encrypted, False) == url + "?application_name=x&sslmode=disable"


def test_a_place_tells_no_name_and_no_password() -> None:
    assert place("postgresql://ana:secret@db.hospital:5432/leuko?sslmode=disable") == "db.hospital:5432/leuko"
    assert place("tls://ARCHIVE@pacs:104") == "pacs:104"
    assert place("plain://lis:2575") == "lis:2575"
    assert place("") == ""
