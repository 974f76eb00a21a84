"""The same tests on both databases: a file, and a real PostgreSQL server."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.cases.database import Database
from leukoscope.cases.store import CaseStore

from .postgres import copy_database, fresh_database
from .tampered_store import Store, a_store_in_use


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


@pytest.fixture(scope="session")
def used_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a store in use: copy it, do not open it."""
    folder = tmp_path_factory.mktemp("used") / "cases"
    a_store_in_use(folder, "")
    return folder


@pytest.fixture(scope="session")
def used_shared(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Path:
    """The same beside a database on the server, which is kept there as ``used_as_made``."""
    folder = tmp_path_factory.mktemp("shared") / "cases"
    a_store_in_use(folder, copy_database(postgres, "used", "template1"))
    copy_database(postgres, "used_as_made", "used")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def used(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store in use: made once for all tests, and copied for each under the same name."""
    shared = request.param == "postgresql"
    made: Path = request.getfixturevalue("used_shared" if shared else "used_file")
    shutil.copytree(made, tmp_path / "cases")
    if not shared:
        return Store(tmp_path / "cases", "")
    return Store(tmp_path / "cases", copy_database(request.getfixturevalue("postgres"), "used", "used_as_made"))
