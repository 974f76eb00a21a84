"""Nobody comes in who may not, nothing is taken that is too much, and every refusal is one sentence in one shape."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leukoscope.cases.tables import TokenRow
from leukoscope.domain.people import Role
from tests.unit.server.images import begin
from tests.unit.server.running import Running

MEGABYTE = 1_000_000


def refused(answer: httpx.Response, status: int) -> str:
    """The sentence of a refusal."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] and error["sentence"].endswith("."), error
    return str(error["sentence"])


@pytest.fixture(scope="module")
def tess(server: Running) -> Iterator[httpx.Client]:
    with server.of(Role.TECHNICIAN) as one:
        yield one


@pytest.mark.parametrize("path", ["/api/v1/cases", "/api/v1/session", "/metrics", "/api/v1/jobs/1-1", "/fhir/Patient"])
def test_nobody_reads_without_a_token(server: Running, path: str) -> None:
    with server.client() as nobody:
        answer = nobody.get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "Sign in first." in answer.text


def test_a_stolen_token_opens_nothing_once_it_is_revoked_or_over(server: Running) -> None:
    store = server.store()
    person = next(one for one in store.people.list() if one.name == "Tess")
    text, token = store.tokens.issue(person.id, 1)
    late, over = store.tokens.issue(person.id, 1)
    with server.client(text) as thief:
        assert thief.get("/api/v1/cases").status_code == 200
        store.tokens.revoke(token.id)
        # Within a second at most: so long a read goes by what is known of an account.
        ends = datetime.now(UTC) + timedelta(seconds=5)
        while (answer := thief.get("/api/v1/cases")).status_code == 200:
            assert datetime.now(UTC) < ends
        assert "revoked" in refused(answer, 401)
        assert thief.post("/api/v1/cases", json={}).status_code == 401
    with store.database.writing() as session:
        row = session.get(TokenRow, over.id)
        assert row is not None
        row.expires_at = datetime.now(UTC) - timedelta(minutes=1)
    store.close()
    with server.client(late) as thief:
        assert "expired" in refused(thief.get("/api/v1/cases"), 401)


@pytest.mark.parametrize(
    "path", ["/api/v1/../cases", "/api/%2e%2e/x", "/api/v1/cases/%2Fetc", "/a%00b", "//api", "/a\\b", "/api/./v1"]
)
def test_path_tricks_are_refused(server: Running, path: str) -> None:
    assert _raw(server, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).startswith(b"HTTP/1.1 400")


def test_pages_of_other_servers_may_not_call(server: Running, tess: httpx.Client) -> None:
    refused(tess.get("/api/v1/cases", headers={"Origin": "https://elsewhere.example"}), 403)
    asked = tess.options("/api/v1/cases", headers={"Access-Control-Request-Method": "GET", "Origin": server.address})
    allowed = tess.get("/api/v1/cases", headers={"Origin": server.address})
    assert allowed.status_code == 200
    assert not [name for one in (asked, allowed) for name in one.headers if name.startswith("access-control")]


def test_ten_gigabytes_are_refused_before_they_come(server: Running) -> None:
    head = (
        f"POST /api/v1/cases/1/images HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.tokens[Role.TECHNICIAN]}\r\n"
    )
    said = _raw(server, f"{head}Content-Length: 10000000000\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 413") and b"at most 8 MB" in said


def test_ten_gigabytes_that_nobody_announced_end_where_the_limit_is(server: Running, tess: httpx.Client) -> None:
    case, sent = begin(tess), 0
    before = psutil.Process(server.process.pid).memory_info().rss

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 10_000 * MEGABYTE:
            sent += MEGABYTE
            yield b"\0" * MEGABYTE

    # The line is closed while we send on: the answer may be lost in that.
    with suppress(httpx.WriteError, httpx.ReadError):
        refused(tess.post(f"/api/v1/cases/{case}/images", content=endless()), 413)
    assert sent < 100 * MEGABYTE
    assert psutil.Process(server.process.pid).memory_info().rss - before < 60 * MEGABYTE


def test_a_large_text_is_refused(tess: httpx.Client) -> None:
    refused(tess.post("/api/v1/cases", content=b'{"notes": "' + b"x" * 2 * MEGABYTE + b'"}'), 413)


def test_a_field_that_is_not_known_is_refused_and_its_value_is_not_repeated(tess: httpx.Client) -> None:
    answer = tess.post("/api/v1/cases", json={"patiente": "Secret, Jane"})
    refused(answer, 422)
    assert "body.patiente: extra_forbidden" in answer.json()["error"]["places"]
    assert "Secret" not in answer.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    path=st.sampled_from(
        [
            "/api/v1/cases", "/api/v1/cases/0", "/api/v1/cases/99999999999999999999", "/api/v1/cases/1/cells/-1",
            "/api/v1/cases/x/review", "/api/v1/session", "/api/v1/jobs/1-1/events", "/fhir/Observation",
            "/fhir/Patient/x", "/fhir/ServiceRequest", "/api/v1/cases/987654/signatures",
            "/api/v1/cases/987654/report.pdf",
        ]
    ),
    content=st.one_of(st.binary(max_size=200), st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=12,
    ).map(lambda one: json.dumps(one).encode())),
    query=st.dictionaries(st.sampled_from(["search", "count", "start", "_count", "_lastUpdated", "_page", "name"]),
                          st.text(alphabet=st.characters(codec="utf-8"), max_size=30), max_size=2),
)  # fmt: skip
def test_nonsense_is_answered_and_breaks_nothing(
    tess: httpx.Client, method: str, path: str, content: bytes, query: dict[str, str]
) -> None:
    answer = tess.request(method, path, content=content, params=query, headers={"Content-Type": "application/json"})
    assert answer.status_code != 500, (method, path, content, query, answer.text)
    if answer.status_code >= 400 and not path.startswith("/fhir"):
        refused(answer, answer.status_code)
    elif answer.status_code >= 400:
        assert answer.json()["resourceType"] == "OperationOutcome"


def test_the_description_needs_nothing_from_elsewhere(server: Running) -> None:
    with server.client() as nobody:
        document, page = nobody.get("/api/openapi.json"), nobody.get("/api")
    assert document.json()["openapi"].startswith("3.")
    assert {"/api/v1/cases/{case_id}/images", "/fhir/{kind}"} <= set(document.json()["paths"])
    assert not re.search(r"(src|href)=['\"](https?:)?//", page.text) and "<script" not in page.text
    assert "/api/v1/cases/{case_id}/signatures" in page.text.replace("<wbr>", "")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_health_readiness_and_figures(server: Running, tess: httpx.Client) -> None:
    with server.client() as nobody:
        assert nobody.get("/health").json()["status"] == "alive"
        assert nobody.get("/ready").status_code in {200, 503}
    text = tess.get("/metrics").text
    assert re.search(r'leukoscope_calls_total\{method="GET",route="/health",status="200"\} [1-9]', text)
    assert "leukoscope_engine_ready" in text and "Tess" not in text


def test_who_guesses_waits(server: Running) -> None:
    # From another address of this computer, so that nobody else waits too.
    transport = httpx.HTTPTransport(local_address="127.0.0.9")
    with httpx.Client(base_url=server.address, transport=transport) as thief:
        answers = [thief.get("/api/v1/cases", headers={"Authorization": f"Bearer no-{n}"}) for n in range(14)]
        assert [one.status_code for one in answers[:10]] == [401] * 10
        assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
        assert thief.post("/api/v1/session", json={"name": "Adam", "password": "x"}).status_code == 429


def _raw(server: Running, data: bytes) -> bytes:
    """What the server answers to these bytes before it closes the line."""
    where = urlsplit(server.address)
    assert where.hostname is not None and where.port is not None
    with socket.create_connection((where.hostname, where.port), 30) as line:
        line.sendall(data)
        told = b""
        while piece := line.recv(65536):
            told += piece
        return told
