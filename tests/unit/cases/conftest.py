"""The same tests on both databases: a file, and a real PostgreSQL server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.cases.database import Database
from leukoscope.cases.store import CaseStore

from .postgres import copy_database, fresh_database


@pytest.fixture(scope="session")
def migrated(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a database with all tables and nothing in them: copying it takes less than making the tables again."""
    address = fresh_database(postgres)
    Database(tmp_path_factory.mktemp("migrated"), address).close()
    return address.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Address of a database without cases; empty for a file."""
    if request.param == "sqlite":
        return ""
    server, template = request.getfixturevalue("postgres"), request.getfixturevalue("migrated")
    return copy_database(server, f"t{secrets.token_hex(6)}", template)


@pytest.fixture
def both(tmp_path: Path, url: str) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases", url)
    yield store
    store.close()
