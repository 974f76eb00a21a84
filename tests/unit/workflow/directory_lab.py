"""A laboratory whose people are in a real directory, but for its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leukoscope.domain.people import Presence
from leukoscope.workflow import directory_settings
from leukoscope.workflow.operator_session import OperatorSession
from tests.unit.exchange.ldap_server import BASE, PASSWORD, Slapd, slapd
from tests.unit.workflow.scene import Scene


@pytest.fixture
def server() -> Iterator[Slapd]:
    with slapd() as one:
        yield one


@pytest.fixture
def lab(one: Scene, server: Slapd) -> Scene:
    """A laboratory whose people are in the directory, but for its own."""
    directory_settings.keep(one.store, server.directory())
    return one


def place(lab: Scene) -> OperatorSession:
    """Somewhere to sign in."""
    return OperatorSession(lab.store, Presence, lambda _: None)


def signed_in(lab: Scene, name: str, password: str = PASSWORD) -> OperatorSession:
    here = place(lab)
    here.sign_in(name, password)
    return here


def member(server: Slapd, group: str, uid: str, how: str) -> None:
    """Put somebody into a group, or take them out."""
    with server.changing() as line:
        line.modify(f"cn={group},ou=groups,{BASE}", {"member": [(how, [f"uid={uid},ou=people,{BASE}"])]})


def told(lab: Scene, count: int) -> list[tuple[str, str, str, str]]:
    entries = reversed(lab.store.trail.entries(limit=lab.store.trail.head().count - count))
    return [(one.what, one.subject, one.old, one.new) for one in entries]
