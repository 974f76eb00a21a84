"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("LEUKOSCOPE_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real images; the test is skipped by name where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the real images in {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user data folder for one test; the program looks nowhere else."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("LEUKOSCOPE_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def small_bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with two small real bundles, ``ensemble`` and ``hybrid``; built once for all workers."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    folder = shared / "small-bundles"
    with FileLock(shared / "small-bundles.lock", timeout=300):
        if not folder.is_dir():
            part = shared / "small-bundles.part"
            command = [sys.executable, str(REPOSITORY / "tests" / "small_bundles.py"), str(part)]
            subprocess.run(command, check=True, cwd=REPOSITORY, capture_output=True)
            part.rename(folder)
    return folder


@pytest.fixture
def small_models(small_bundles: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the program take the small bundles for the shipped ones."""
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(small_bundles))
    return small_bundles
