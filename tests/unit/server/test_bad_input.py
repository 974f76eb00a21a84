"""Half messages, messages of two lengths, origins that look alike, tokens of people who left: nothing comes of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from leukoscope.domain.people import Role
from leukoscope.server import guard
from tests.unit.server.images import begin, cell_png, send
from tests.unit.server.running import Running, guarded, listening


@pytest.fixture
def tess(server: Running) -> Iterator[httpx.Client]:
    with server.of(Role.TECHNICIAN) as one:
        yield one


def _line(server: Running) -> socket.socket:
    where = urlsplit(server.address)
    assert where.hostname is not None and where.port is not None
    return socket.create_connection((where.hostname, where.port), 30)


def _answer(line: socket.socket) -> bytes:
    """Everything until the server closes the line."""
    told = b""
    while piece := line.recv(65536):
        told += piece
    return told


@pytest.mark.parametrize("part", [0.0, 0.5, 0.999], ids=["head only", "half", "all but the end"])
def test_of_half_an_image_nothing_is_kept(server: Running, tess: httpx.Client, part: float) -> None:
    case, data = begin(tess), cell_png(41)
    head = (
        f"POST /api/v1/cases/{case}/images?name=half.png HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n"
        f"Authorization: Bearer {server.tokens[Role.TECHNICIAN]}\r\n\r\n"
    )
    version = tess.get(f"/api/v1/cases/{case}").json()["version"]
    with _line(server) as line:
        line.sendall(head.encode() + data[: int(len(data) * part)])
    whole = tess.get(f"/api/v1/cases/{case}").json()
    assert (whole["version"], whole["images"], whole["waiting"]) == (version, [], [])
    # The same image whole is new: nothing of the half one is there.
    assert [one["state"] for one in send(tess, case, data)["images"]] == ["judged"]


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET",
        b"GET /health HTTP/1.1\r\n",
        b"GET /health HTTP/1.1\r\nHost",
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_half_a_head_breaks_nothing(server: Running, half: bytes) -> None:
    with _line(server) as line:
        line.sendall(half)
        line.shutdown(socket.SHUT_WR)
        told = _answer(line)
    assert told == b"" or told.startswith(b"HTTP/1.1 4"), told
    with server.client() as nobody:
        assert nobody.get("/health").status_code == 200


def test_half_a_text_changes_nothing(server: Running, tess: httpx.Client) -> None:
    case = begin(tess, notes="as it was")
    etag = tess.get(f"/api/v1/cases/{case}").headers["etag"]
    torn = tess.patch(
        f"/api/v1/cases/{case}",
        content=b'{"notes": "half',
        headers={"If-Match": etag, "Content-Type": "application/json"},
    )
    assert torn.status_code == 422 and "half" not in torn.text
    assert tess.get(f"/api/v1/cases/{case}").json()["header"]["notes"] == "as it was"


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 4\r\nContent-Length: 40\r\n", "Content-Length: -1\r\n", "Content-Length: 0x10\r\n",
        "Content-Length: 4, 40\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n", "Content-Length : 4\r\n",
    ],
)  # fmt: skip
def test_a_message_of_two_lengths_hides_none_in_another(server: Running, tess: httpx.Client, lengths: str) -> None:
    """What a proxy takes for one message and the server for two would be a call in somebody else's name."""
    hidden = f"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.tokens[Role.TECHNICIAN]}\r\n"
    hidden += 'Content-Length: 27\r\n\r\n{"number": "Smuggled-case"}'
    head = f"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lengths}\r\n"
    with _line(server) as line:
        line.sendall(head.encode() + b"0\r\n\r\n" + hidden.encode())
        line.shutdown(socket.SHUT_WR)
        told = _answer(line)
    assert told.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413", b"HTTP/1.1 422", b"HTTP/1.1 501")), told
    assert tess.get("/api/v1/cases", params={"search": "Smuggled-case"}).json()["cases"] == []


def test_other_origins_are_others_however_alike(server: Running, tess: httpx.Client) -> None:
    own = server.address
    port = urlsplit(own).port or 0
    alike = ["null", own.replace("http", "https"), own.replace(str(port), str(port + 1)), f"{own}.evil.example",
             f"{own}@evil.example", own.replace("127.0.0.1", "127.0.0.01"), "file://", ""]  # fmt: skip
    for one in alike:
        for method in ("GET", "POST", "PATCH", "DELETE"):
            answer = tess.request(method, "/api/v1/cases", headers={"Origin": one}, json={"number": "B-origin"})
            assert answer.status_code == 403, (one, method, answer.status_code)
    assert tess.get("/api/v1/cases", params={"search": "B-origin"}).json()["cases"] == []


def test_a_token_of_somebody_who_has_left_opens_nothing(server: Running) -> None:
    store = server.store()
    try:
        person = store.people.add("Lena", Role.TECHNICIAN, "a short sentence")
        text, _ = store.tokens.issue(person.id, 1)
        with server.client(text) as lena:
            assert lena.get("/api/v1/cases").status_code == 200
            store.people.change(person.id, active=False)
            # A read goes by what was known of an account a second ago; a write asks anew.
            made = lena.post("/api/v1/cases", json={"number": "B-left"})
            assert made.status_code in {401, 403}, made.text
        assert store.find("B-left") == ()
    finally:
        store.close()


def test_who_sends_a_byte_now_and_then_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never silent for as long as the patience, and yet far too slow."""
    monkeypatch.setattr(guard, "PATIENCE_S", 0.4)
    app = guarded()
    told, over = b"", threading.Event()
    with listening(app) as port, socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")

        def drip() -> None:
            # The line is closed while we send on.
            with suppress(OSError):
                while not over.wait(0.05):
                    line.sendall(b"x")

        sender = threading.Thread(target=drip)
        sender.start()
        with suppress(ConnectionResetError):
            while piece := line.recv(4096):
                told += piece
        over.set()
        sender.join(30)
    assert told.startswith(b"HTTP/1.1 408") and b"too slowly" in told
