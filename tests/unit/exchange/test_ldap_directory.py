"""A real directory is asked: over encrypted lines, by people and by a search account, whatever they write."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from leukoscope.domain.directory import (
    NO_GROUP,
    Directory,
    DirectoryRefusedError,
    NoLongerError,
    WrongPasswordError,
)
from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.people import Role
from leukoscope.exchange import ldap_line
from leukoscope.exchange.ldap_directory import LdapDirectory, SearchAccount
from tests.unit.exchange.ldap_server import BASE, HOSTILE, PASSWORD, SEARCH_PASSWORD, SEARCHER, Slapd, slapd

SEARCH = SearchAccount(SEARCHER, SEARCH_PASSWORD)


@pytest.fixture(scope="module")
def server() -> Iterator[Slapd]:
    with slapd() as one:
        yield one


def ways(server: Slapd) -> Iterator[LdapDirectory]:
    """Every way of asking it."""
    yield LdapDirectory(server.directory(), SEARCH)
    yield LdapDirectory(server.directory(address=f"ldap://localhost:{server.plain}"), SEARCH)
    yield LdapDirectory(server.directory(address=f"plain://127.0.0.1:{server.plain}"), SEARCH)
    yield LdapDirectory(server.directory(login="", template=f"uid={{}},ou=people,{BASE}"), None)


def test_roles_come_from_groups_and_from_groups_in_groups(server: Slapd) -> None:
    for asked in ways(server):
        found = {login: asked.sign_in(login, PASSWORD) for login in ("ada", "renel", "tturner")}
        assert [one.role for one in found.values()] == [Role.ADMINISTRATOR, Role.REVIEWER, Role.TECHNICIAN]
        assert [one.name for one in found.values()] == ["Ada Lovelace", "René Laennec", "Tess Turner"]
        with pytest.raises(NoLongerError, match=NO_GROUP[:40]):
            asked.sign_in("nobody", PASSWORD)


@pytest.mark.parametrize("password", ["", "wrong", "*", "\u00ad", "their own passwor"])
def test_a_wrong_or_empty_password_lets_nobody_in(server: Slapd, password: str) -> None:
    # A soft hyphen is nothing after the preparation of RFC 4013; an empty one would be taken for nobody.
    for asked in ways(server):
        with pytest.raises(WrongPasswordError):
            asked.sign_in("ada", password)
        asked.sign_in("ada", PASSWORD)


@pytest.mark.parametrize("login", ["*", "ada)(uid=*", "a*", "ada,ou=people", "\0", "ada\0", ")", "\\2a", "uid=ada"])
def test_no_name_is_a_filter_or_a_path(server: Slapd, login: str) -> None:
    for asked in ways(server):
        with pytest.raises(WrongPasswordError):
            asked.sign_in(login, PASSWORD)


def test_a_person_may_be_called_like_a_filter(server: Slapd) -> None:
    for asked in ways(server):
        assert asked.sign_in(HOSTILE, PASSWORD).role is Role.TECHNICIAN


def test_a_locked_account_is_told_so(server: Slapd) -> None:
    for asked in ways(server):
        with pytest.raises(DirectoryRefusedError, match="locked your account"):
            asked.sign_in("closed", PASSWORD)
    asked = LdapDirectory(server.directory(), SEARCH)
    for _ in range(3):
        with pytest.raises(WrongPasswordError):
            asked.sign_in("tryer", "wrong")
    with pytest.raises(DirectoryRefusedError, match="locked your account"):
        asked.sign_in("tryer", PASSWORD)


def test_who_is_looked_up_later_is_the_same_person_by_another_name(server: Slapd) -> None:
    asked = LdapDirectory(server.directory(), SEARCH)
    before = asked.sign_in("renel", PASSWORD)
    with server.changing() as line:
        line.modify_dn(f"uid=renel,ou=people,{BASE}", "uid=laennec")
        line.modify(
            f"cn=haematologists,ou=groups,{BASE}",
            {"member": [("MODIFY_REPLACE", [before.dn.replace("renel", "laennec")])]},
        )
    try:
        now = asked.look(before.subject, before.login)
        assert (now.subject, now.login, now.role) == (before.subject, "laennec", Role.REVIEWER)
        assert asked.sign_in("anything", PASSWORD, before.subject).login == "laennec"
        with pytest.raises(WrongPasswordError):
            asked.sign_in("renel", PASSWORD)
    finally:
        with server.changing() as line:
            line.modify_dn(f"uid=laennec,ou=people,{BASE}", "uid=renel")
            line.modify(f"cn=haematologists,ou=groups,{BASE}", {"member": [("MODIFY_REPLACE", [before.dn])]})


def test_who_is_closed_gone_or_in_no_group_is_no_longer_one(server: Slapd) -> None:
    asked = LdapDirectory(server.directory(), SEARCH)
    for login in ("nobody", "closed"):
        with pytest.raises(NoLongerError):
            asked.look(asked.find(login).subject, login)
    with pytest.raises(NoLongerError):
        asked.look("entryUUID:00000000-0000-0000-0000-000000000000", "ada")


def test_a_name_that_is_given_to_somebody_else_opens_nothing(server: Slapd) -> None:
    asked = LdapDirectory(server.directory(login="", template=f"uid={{}},ou=people,{BASE}"), None)
    other = asked.sign_in("tturner", PASSWORD)
    with pytest.raises(WrongPasswordError):
        asked.sign_in("ada", PASSWORD, other.subject)


def test_groups_that_are_not_there_are_named(server: Slapd) -> None:
    absent = f"cn=absent,ou=groups,{BASE}"
    asked = LdapDirectory(server.directory(technicians=absent), SEARCH)
    assert asked.missing() == (absent,)
    assert asked.sign_in("renel", PASSWORD).role is Role.REVIEWER


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_nobody_is_asked_whose_certificate_is_not_trusted_or_of_another_name(
    server: Slapd, scheme: str, tmp_path: Path
) -> None:
    port = server.encrypted if scheme == "ldaps" else server.plain
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    for directory in (
        server.directory(address=f"{scheme}://localhost:{port}", trusted=str(stranger)),
        server.directory(address=f"{scheme}://127.0.0.1:{port}"),
    ):
        with pytest.raises(ExchangeError, match="not trusted or names another computer"):
            LdapDirectory(directory, SEARCH).sign_in("ada", PASSWORD)


def test_the_next_server_is_asked_where_one_is_away(server: Slapd) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = f"ldaps://localhost:{nobody.getsockname()[1]}"
        both = server.directory(address=f"{away} ldaps://localhost:{server.encrypted}")
        assert LdapDirectory(both, SEARCH).sign_in("ada", PASSWORD).role is Role.ADMINISTRATOR
        with pytest.raises(ExchangeError, match="does not answer") as caught:
            LdapDirectory(server.directory(address=away), SEARCH).sign_in("ada", PASSWORD)
        assert caught.value.again


def test_a_search_account_that_is_not_let_in_is_no_wrong_password(server: Slapd) -> None:
    with pytest.raises(ExchangeError, match="search account"):
        LdapDirectory(server.directory(), SearchAccount(SEARCHER, "wrong")).sign_in("ada", PASSWORD)


@pytest.mark.parametrize(
    "said", [b"", b"\x30\x84\x7f\xff\xff\xff", b"\x30\x05\x02\x01\x01\x61\xff", b"HTTP/1.1 400\r\n\r\n"]
)
def test_who_answers_with_something_else_is_away(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ldap_line, "ANSWER_S", 2)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(4096)
                line.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        one = Directory(
            f"plain://127.0.0.1:{listening.getsockname()[1]}", base=BASE, login="x", technicians="cn=t,dc=x"
        )
        with pytest.raises(ExchangeError, match="does not answer"):
            LdapDirectory(one, SEARCH).sign_in("ada", PASSWORD)
        thread.join()
