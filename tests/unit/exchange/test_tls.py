"""Encrypted lines: real servers with certificates made for the test."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from leukoscope.domain.errors import ExchangeError, SettingsError
from leukoscope.exchange.dicom_files import write_dicom
from leukoscope.exchange.dicom_send import send_files
from leukoscope.exchange.hl7_message import oru_message
from leukoscope.exchange.mllp import send_message
from leukoscope.exchange.tls import client_context
from tests.unit.exchange import builders
from tests.unit.exchange.receivers import mllp_listener, storescp

MESSAGE = oru_message(builders.exported(), "id-1")


@dataclass(frozen=True)
class Papers:
    """Files of an authority and of two computers that it vouches for."""

    authority: str
    hospital: str
    workstation: str
    elsewhere: str

    def server(self, name: str = "") -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(name or self.hospital)
        return context


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    for name, host in (("hospital", "127.0.0.1"), ("workstation", "workstation"), ("elsewhere", "elsewhere.test")):
        made = authority.issue_cert(host)
        made.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{name}.pem"))
    return Papers(*(str(folder / f"{name}.pem") for name in ("authority", "hospital", "workstation", "elsewhere")))


def test_a_message_arrives_over_an_encrypted_line(papers: Papers) -> None:
    with mllp_listener(tls=papers.server()) as mailbox:
        send_message("127.0.0.1", mailbox.port, MESSAGE, tls=client_context(papers.authority))
    assert mailbox.messages == [MESSAGE]


def test_a_certificate_that_nobody_vouches_for_or_of_another_computer_gets_nothing(papers: Papers) -> None:
    for server, trusted in ((papers.server(), ""), (papers.server(papers.elsewhere), papers.authority)):
        with (
            mllp_listener(tls=server) as mailbox,
            pytest.raises(ExchangeError, match="not trusted or names another computer") as caught,
        ):
            send_message("127.0.0.1", mailbox.port, MESSAGE, tls=client_context(trusted))
        assert caught.value.again and mailbox.messages == []


def test_a_system_that_asks_who_calls_gets_our_certificate(papers: Papers) -> None:
    asking = papers.server()
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(papers.authority)
    with mllp_listener(tls=asking) as mailbox:
        with pytest.raises(ExchangeError) as caught:
            send_message("127.0.0.1", mailbox.port, MESSAGE, tls=client_context(papers.authority))
        assert caught.value.again and mailbox.messages == []
        send_message("127.0.0.1", mailbox.port, MESSAGE, tls=client_context(papers.authority, papers.workstation))
    assert mailbox.messages == [MESSAGE]


def test_a_port_without_encryption_is_said(papers: Papers) -> None:
    with mllp_listener() as mailbox, pytest.raises(ExchangeError, match=r"No encrypted line|does not answer") as caught:
        send_message("127.0.0.1", mailbox.port, MESSAGE, timeout_s=2, tls=client_context(papers.authority))
    assert caught.value.again


def test_storescp_takes_files_over_an_encrypted_line_from_whom_it_knows(papers: Papers, tmp_path: Path) -> None:
    for name in ("out", "in"):
        (tmp_path / name).mkdir()
    files = write_dicom(builders.exported(), builders.read_frame, builders.read_file, tmp_path / "out")
    options = ["+tls", papers.hospital, papers.hospital, "+cf", papers.authority]
    with storescp(tmp_path / "in", tls=options) as port:
        context = client_context(papers.authority, papers.workstation)
        send_files("127.0.0.1", port, "ARCHIVE", "LEUKOSCOPE", files, tls=context)
        with pytest.raises(ExchangeError, match="not trusted") as caught:
            send_files("127.0.0.1", port, "ARCHIVE", "LEUKOSCOPE", files, tls=client_context())
        assert caught.value.again
    assert len(list((tmp_path / "in").iterdir())) == len(files)


def test_files_that_are_no_certificates_are_named(papers: Papers, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("no certificate")
    for arguments in ((str(wrong), ""), (str(tmp_path / "gone.pem"), ""), ("", str(wrong)), ("", papers.authority)):
        with pytest.raises(SettingsError, match="choose a PEM file"):
            client_context(*arguments)
