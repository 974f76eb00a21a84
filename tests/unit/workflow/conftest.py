"""A store with people of every role, for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from tests.unit.workflow.scene import Scene


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene for one test, in a file; people sign in."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(tmp_path / "no-models"))
    scene = Scene(AppDirs.of_user(), "")
    scene.accounts(True)
    yield scene
    scene.store.close()
