"""A case as a transaction to a real HTTP server that validates what it gets."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from fhir.resources.R4B.bundle import Bundle

from leukoscope.domain.errors import AnswerError, ExchangeError, SettingsError
from leukoscope.exchange.fhir import fhir_bundle
from leukoscope.exchange.fhir_send import authorization, fhir_address, post_bundle, transaction_of
from leukoscope.exchange.tls import client_context
from tests.lines import silent_server
from tests.unit.exchange import builders

BODY = transaction_of(fhir_bundle(builders.exported()))


class Server:
    """A FHIR server: validates a transaction, keeps its resources under their names, and says what it was told to."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.headers: list[dict[str, str]] = []
        self.status, self.answer = 200, b""
        self.base = ""

    def take(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        self.headers.append(headers)
        if self.status != 200 or self.answer:
            return self.status, self.answer
        raw = json.loads(body)
        Bundle.model_validate(raw)
        known = {one["fullUrl"] for one in raw["entry"]}
        for word in body.decode().split('"'):
            assert not word.startswith("urn:uuid:") or word in known, "a reference that leads nowhere"
        entries = []
        for one in raw["entry"]:
            url = one["request"]["url"]
            entries.append({"response": {"status": "200 OK" if url in self.kept else "201 Created"}})
            self.kept[url] = one["resource"]
        return 200, json.dumps({"resourceType": "Bundle", "type": "transaction-response", "entry": entries}).encode()


@contextmanager
def fhir_server(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = server.take(body, dict(self.headers))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{server.base}/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        if tls is not None:
            listener.socket = tls.wrap_socket(listener.socket, server_side=True)
        server.base = f"http{'s' if tls else ''}://127.0.0.1:{listener.server_address[1]}/fhir"
        thread = threading.Thread(target=listener.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join(10)


def outcome(text: str) -> bytes:
    issue = {"severity": "error", "code": "invalid", "details": {"text": text}}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()


def test_a_case_is_taken_whole_and_sent_again_replaces_itself() -> None:
    with fhir_server() as server:
        post_bundle(server.base, BODY)
        kept = set(server.kept)
        post_bundle(server.base, BODY)
    assert set(server.kept) == kept and sum(one.startswith("DiagnosticReport/") for one in kept) == 1
    assert server.headers[0]["Content-Type"] == "application/fhir+json" and "Authorization" not in server.headers[0]


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ("abc.def", "Bearer abc.def"),
        ("Bearer abc.def\n", "Bearer abc.def"),
        ("Ana:geheim ß", "Basic " + base64.b64encode("Ana:geheim ß".encode()).decode()),
        ("", ""),
    ],
)
def test_who_sends_signs_in_as_the_file_says(login: str, said: str) -> None:
    assert authorization(login) == said
    with fhir_server() as server:
        post_bundle(server.base, BODY, authorization(login))
    assert server.headers[0].get("Authorization", "") == said


def test_a_file_that_holds_no_sign_in_is_said() -> None:
    for wrong in ("two words", "Bearer ", "tökén"):
        with pytest.raises(SettingsError, match="neither a token"):
            authorization(wrong)


@pytest.mark.parametrize(
    ("status", "answer", "sentence", "again"),
    [
        (422, outcome("Patient.name is missing"), "Patient.name is missing", False),
        (400, b"<html>no</html>", "ask its administrator", False),
        (401, outcome("who?"), "sign-in", False),
        (403, b"", "sign-in", False),
        (404, b"", "no FHIR server", False),
        (307, b"", "moved", False),
        (503, b"", "busy", True),
        (500, outcome("Database is down"), "Database is down", True),
        (429, b"", "busy", True),
        (200, b"<html>login</html>", "no FHIR server", False),
        (200, b'{"resourceType": "Bundle", "type": "searchset", "entry": []}', "no FHIR server", False),
        (200, b"[" * 100_000, "no FHIR server", False),
    ],
)
def test_what_is_refused_is_said_and_tried_again_where_that_can_help(
    status: int, answer: bytes, sentence: str, again: bool
) -> None:
    with fhir_server() as server:
        server.status, server.answer = status, answer
        with pytest.raises(ExchangeError, match=sentence) as caught:
            post_bundle(server.base, BODY)
    assert caught.value.again is again and len(server.headers) == 1
    # What the server says in its own words may be about the patient: it stays out of logs.
    assert isinstance(caught.value, AnswerError) == (b"text" in answer and status not in {401})
    assert sentence not in caught.value.detail


def test_one_entry_that_was_not_taken_is_a_refusal() -> None:
    entries = [
        {"response": {"status": "201"}},
        {"response": {"status": "412", "outcome": json.loads(outcome("twice"))}},
    ]
    with fhir_server() as server:
        server.answer = json.dumps(
            {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
        ).encode()
        with pytest.raises(AnswerError, match="twice"):
            post_bundle(server.base, BODY)


def test_a_server_that_is_not_there_or_says_nothing_is_tried_again() -> None:
    with fhir_server() as server:
        gone = server.base
    with silent_server() as port:
        for address in (gone, f"http://127.0.0.1:{port}"):
            with pytest.raises(ExchangeError, match="cannot be reached") as caught:
                post_bundle(address, BODY, timeout_s=0.3)
            assert caught.value.again


def test_the_line_is_encrypted_and_both_sides_show_who_they_are(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    authority.issue_cert("lab").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "lab.pem"))
    stranger.cert_pem.write_to_path(str(tmp_path / "stranger.pem"))
    asking = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(asking)
    authority.configure_trust(asking)
    asking.verify_mode = ssl.CERT_REQUIRED
    trusted, ours = str(tmp_path / "authority.pem"), str(tmp_path / "lab.pem")
    with fhir_server(asking) as server:
        for context in (client_context(str(tmp_path / "stranger.pem"), ours), client_context(trusted)):
            with pytest.raises(ExchangeError):
                post_bundle(server.base, BODY, tls=context)
        assert not server.kept
        post_bundle(server.base, BODY, tls=client_context(trusted, ours))
    assert server.kept


def test_an_address_in_the_clear_is_of_this_computer_only() -> None:
    assert fhir_address(" https://fhir.hospital:8443/r4/ ") == "https://fhir.hospital:8443/r4"
    assert fhir_address("http://localhost:8080/fhir") == "http://localhost:8080/fhir"
    for wrong in ("http://fhir.hospital/r4", "fhir.hospital", "ftp://x/", "https://a:b@x/", "https://x:99999/", ""):
        with pytest.raises(SettingsError):
            fhir_address(wrong)
