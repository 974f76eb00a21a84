"""One server for all tests of a worker: each test begins cases of its own."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.server.running import Running, running
from tests.unit.workflow.conftest import one

__all__ = ["one", "own_address", "server"]

_NUMBERS = itertools.count(2)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, small_bundles: Path, small_graphs: Path) -> Iterator[Running]:
    """A running server with two small models."""
    with running(tmp_path_factory.mktemp("served"), small_bundles, small_graphs, "--largest-upload", "8") as one:
        yield one


@pytest.fixture(autouse=True)
def own_address(request: pytest.FixtureRequest) -> None:
    """Each test calls from an address of its own: the server counts guesses by it."""
    if sys.platform == "linux" and "server" in request.fixturenames:
        number = next(_NUMBERS)
        request.getfixturevalue("server").calls_from = f"127.0.{number // 250}.{number % 250 + 1}"
