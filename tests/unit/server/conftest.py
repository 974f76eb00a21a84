"""One server for all tests of a worker: each test begins cases of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.server.running import Running, running
from tests.unit.workflow.conftest import one

__all__ = ["one", "server"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, small_bundles: Path, small_graphs: Path) -> Iterator[Running]:
    """A running server with two small models."""
    with running(tmp_path_factory.mktemp("served"), small_bundles, small_graphs, "--largest-upload", "8") as one:
        yield one
