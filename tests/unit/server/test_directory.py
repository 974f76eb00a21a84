"""People of the hospital's directory call the server and its pages by their own password."""

from __future__ import annotations

import socket

import httpx

from leukoscope.domain.directory import Directory
from leukoscope.server.browser import cookies
from leukoscope.workflow import directory_settings
from tests.unit.exchange.ldap_server import PASSWORD, slapd
from tests.unit.server.running import Running

WAYS = ("/api/v1/session", "/review/session")


def sent(client: httpx.Client, path: str, name: str, password: str) -> httpx.Response:
    headers = {cookies.PAGE_HEADER: "review"}
    return client.post(path, json={"name": name, "password": password}, headers=headers)


def test_people_of_the_directory_sign_in(server: Running) -> None:
    store = server.store()
    try:
        with slapd() as there, server.client() as one, socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            away = there.directory(address=f"ldaps://localhost:{nobody.getsockname()[1]}")
            for path in WAYS:
                directory_settings.keep(store, there.directory())
                taken = sent(one, path, "renel", PASSWORD)
                assert taken.status_code == 201, taken.text
                assert (taken.json()["name"], taken.json()["role"]) == ("René Laennec", "reviewer")
                assert "sign" in taken.json()["may"]
                assert sent(one, path, "renel", "wrong").status_code == 401
                assert sent(one, path, "*", PASSWORD).status_code == 401
                assert "locked your account" in sent(one, path, "closed", PASSWORD).json()["error"]["sentence"]
                directory_settings.keep(store, away)
                refused = sent(one, path, "renel", PASSWORD)
                assert refused.status_code == 503
                assert "does not answer" in refused.json()["error"]["sentence"]
                assert sent(one, path, "Rene", "a short sentence").status_code == 201
    finally:
        directory_settings.keep(store, Directory())
        store.close()
