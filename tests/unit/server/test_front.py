"""Behind a program that encrypts: what it says of a call is believed where it is named, and of nobody else."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.people import Role
from leukoscope.server.browser.cookies import PAGE_HEADER
from leukoscope.server.front import Front
from leukoscope.server.options import Options
from tests.unit.server.front_proxy import FrontProxy
from tests.unit.server.images import begin
from tests.unit.server.running import NAMES, PASSWORD, Running, running

OURS = {PAGE_HEADER: "review"}


async def _said(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    assert request.client is not None
    told = {"scheme": request.url.scheme, "client": request.client.host, "path": scope["path"]}
    await JSONResponse(told, headers={"Location": "/there"})(scope, receive, send)


def asked(
    headers: dict[str, str], client: str = "10.0.0.5", path: str = "/x", **more: Any
) -> tuple[Any, httpx.Headers]:
    """What the server sees of a call from an address, and how its answer is headed."""
    front = Front(_said, **{"proxies": ("10.0.0.5", "10.1.0.0/16"), **more})

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(front, client=(client, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as one:
            return await one.get(path, headers=headers)

    answer = asyncio.run(call())
    return answer.json(), answer.headers


@pytest.mark.parametrize(
    ("headers", "more", "seen"),
    [
        ({"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}, {}, ("https", "192.0.2.7")),
        # What a caller wrote stands before what the proxy added.
        ({"X-Forwarded-For": "1.1.1.1, 192.0.2.7"}, {}, ("http", "192.0.2.7")),
        ({"X-Forwarded-For": "192.0.2.7, 10.1.2.3"}, {}, ("http", "192.0.2.7")),
        ({"X-Forwarded-For": "[2001:db8::1]:443", "X-Forwarded-Proto": "HTTPS"}, {}, ("https", "2001:db8::1")),
        ({"X-Forwarded-For": "unknown", "X-Forwarded-Proto": "gopher"}, {}, ("http", "10.0.0.5")),
        ({"Forwarded": "for=192.0.2.7;proto=https"}, {}, ("http", "10.0.0.5")),
        ({"Forwarded": 'for="[2001:db8::1]:80";proto=https'}, {"header": "forwarded"}, ("https", "2001:db8::1")),
        ({"Forwarded": 'for=1.1.1.1;by="a,b", for=192.0.2.7;Proto=HTTPS'}, {"header": "forwarded"},
         ("https", "192.0.2.7")),
        ({"X-Forwarded-For": "1.1.1.1", "X-Forwarded-Proto": "https"}, {"header": "forwarded"}, ("http", "10.0.0.5")),
        ({}, {}, ("http", "10.0.0.5")),
    ],
)  # fmt: skip
def test_a_named_proxy_is_believed(headers: dict[str, str], more: dict[str, str], seen: tuple[str, str]) -> None:
    told, _ = asked(headers, **more)
    assert (told["scheme"], told["client"]) == seen


@pytest.mark.parametrize("client", ["192.0.2.1", "10.0.0.6", "::1", "nowhere"])
@pytest.mark.parametrize("header", ["x-forwarded", "forwarded"])
def test_nobody_else_is(client: str, header: str) -> None:
    headers = {
        "X-Forwarded-For": "1.1.1.1", "X-Forwarded-Proto": "https", "Forwarded": "for=1.1.1.1;proto=https",
    }  # fmt: skip
    told, _ = asked(headers, client, header=header)
    assert (told["scheme"], told["client"]) == ("http", client)


@pytest.mark.parametrize(
    ("path", "seen"), [("/leuko/x", "/x"), ("/x", "/x"), ("/leuko", "/"), ("/leukocyte/x", "/leukocyte/x")]
)
def test_a_prefix_may_be_taken_away_or_left(path: str, seen: str) -> None:
    told, headers = asked({}, path=path, prefix="/leuko")
    assert told["path"] == seen
    assert headers["location"] == "/leuko/there"


@pytest.mark.parametrize("wrong", [{"proxies": ("lab.example",)}, {"prefix": "leuko"}, {"prefix": "/a/"}])
def test_what_cannot_be_meant_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Options(**wrong).check()


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The encrypted line of the proxy, and one that trusts it."""
    authority, theirs, ours = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    authority.configure_trust(ours)
    return theirs, ours


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory, small_bundles: Path, small_graphs: Path) -> Iterator[Running]:
    """A server that believes this computer, and lies under a part of its proxy's addresses."""
    home = tmp_path_factory.mktemp("behind")
    with running(home, small_bundles, small_graphs, "--proxy", "127.0.0.1", "--under", "/leuko") as one:
        yield one


def test_through_a_proxy_everything_is_as_without(
    behind: Running, lines: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    theirs, ours = lines
    with FrontProxy(behind.address, theirs, prefix="/leuko").listening() as address:
        origin = {"Origin": address.removesuffix("/leuko")}
        with httpx.Client(base_url=address, verify=ours, follow_redirects=True) as one:
            assert one.get("/").url == f"{address}/review/"
            signed = one.post(
                "/review/session", json={"name": NAMES[Role.REVIEWER], "password": PASSWORD}, headers=OURS | origin
            )
            assert signed.status_code == 201, signed.text
            cookie = signed.headers["set-cookie"]
            assert cookie.startswith("__Host-leukoscope=") and "; Secure" in cookie
            made = one.post("/api/v1/cases", json={"number": "B-proxy"}, headers=OURS | origin)
            assert made.status_code == 201, made.text
            assert made.headers["location"].startswith("/leuko/api/v1/cases/")
            refused = one.post("/api/v1/cases", json={}, headers=OURS | {"Origin": "https://elsewhere.example"})
            assert refused.status_code == 403
            # The scheme of before the proxy is another origin.
            plain = {"Origin": origin["Origin"].replace("https", "http")}
            assert one.post("/api/v1/cases", json={}, headers=OURS | plain).status_code == 403
        with httpx.Client(base_url=address, verify=ours) as one:
            one.headers["Authorization"] = f"Bearer {behind.tokens[Role.TECHNICIAN]}"
            begin(one, number="B-proxy-2")
            bundle = one.get("/fhir/DiagnosticReport", params={"_count": "1"}).json()
            assert all(link["url"].startswith(f"{address}/fhir/DiagnosticReport?") for link in bundle["link"])
            assert one.get("/api/openapi.json").json()["servers"] == [{"url": "/leuko"}]


def test_a_server_that_names_no_proxy_believes_none(
    server: Running, lines: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    theirs, ours = lines
    with (
        FrontProxy(server.address, theirs).listening() as address,
        httpx.Client(base_url=address, verify=ours) as one,
    ):
        sent = {"name": NAMES[Role.REVIEWER], "password": PASSWORD}
        refused = one.post("/review/session", json=sent, headers=OURS | {"Origin": address})
        assert refused.status_code == 403 and "set-cookie" not in refused.headers
