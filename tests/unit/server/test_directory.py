"""People of the hospital's directory call the server and its pages by their own password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from leukoscope.server.browser import cookies
from leukoscope.workflow import directory_settings
from tests.unit.exchange.ldap_server import PASSWORD, slapd
from tests.unit.server.running import Running, running

WAYS = ("/api/v1/session", "/review/session")


def sent(client: httpx.Client, path: str, name: str, password: str) -> httpx.Response:
    headers = {cookies.PAGE_HEADER: "review"}
    return client.post(path, json={"name": name, "password": password}, headers=headers)


@pytest.fixture
def server(tmp_path: Path, small_bundles: Path, small_graphs: Path) -> Iterator[Running]:
    """One of its own: the guesses of an address are counted over all tests of the other."""
    with running(tmp_path, small_bundles, small_graphs) as one:
        yield one


def test_people_of_the_directory_sign_in(server: Running) -> None:
    store = server.store()
    try:
        with slapd() as there, server.client() as one, socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            away = there.directory(address=f"ldaps://localhost:{nobody.getsockname()[1]}")
            directory_settings.keep(store, there.directory())
            for path in WAYS:
                taken = sent(one, path, "renel", PASSWORD)
                assert taken.status_code == 201, taken.text
                assert (taken.json()["name"], taken.json()["role"]) == ("René Laennec", "reviewer")
                assert "sign" in taken.json()["may"]
            assert sent(one, WAYS[0], "renel", "wrong").status_code == 401
            assert "locked your account" in sent(one, WAYS[1], "closed", PASSWORD).json()["error"]["sentence"]
            directory_settings.keep(store, away)
            refused = sent(one, WAYS[1], "renel", PASSWORD)
            assert refused.status_code == 503
            assert "does not answer" in refused.json()["error"]["sentence"]
            assert sent(one, WAYS[1], "Rene", "a short sentence").status_code == 201
    finally:
        store.close()
