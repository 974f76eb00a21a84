"""The same tests on both databases: a file, and a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore

from .postgres import fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Address of an empty database; empty for a file."""
    return fresh_database(request.getfixturevalue("postgres")) if request.param == "postgresql" else ""


@pytest.fixture
def both(tmp_path: Path, url: str) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases", url)
    yield store
    store.close()
