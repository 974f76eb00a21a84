"""One PostgreSQL server for all unit tests of a worker; each test takes a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.cases.postgres import server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The start of the server's addresses, without the database's name."""
    with server() as address:
        yield address
