"""Fixtures that every room's tests share."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

# Before TensorFlow, which brings symbols of another OpenSSL: an encrypted line of libpq ends the process where libpq is
# loaded after it. The program never has both in one process; tests do.
import psutil
import psycopg  # noqa: F401
import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from leukoscope.inference.library import BundleLibrary
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from leukoscope.workflow.model_runtime import choose
from tests import drawn_once, quick_disk
from tests.compiled_graphs import compile_missing
from tests.small_models import small_models as small_models_kept
from tests.warm_engine import WarmEngine

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# With it jsonschema compiles 38 grammars of web addresses when it is imported: seconds, for formats that none checks.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

drawn_once.install()
quick_disk.take_memory()

# Rows, cells and documents hold no circles: looking for some at every 700 new objects took a sixth of an export's time.
gc.set_threshold(10_000)

# Where a run decides what lands, a property is tried on the same examples each time; at the operator on new ones.
settings.register_profile("decides", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("decides")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("LEUKOSCOPE_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))

WORKER_BYTES = 3 << 30
"""Memory that a worker and the engines that it starts take, TensorFlow in both."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than cores, where memory is enough: tests wait for servers, engines, killed programs and clocks."""
    return max(2, min((os.cpu_count() or 1) + 1, psutil.virtual_memory().available // WORKER_BYTES))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real images; where it is missing, tests that ask for it are not collected, and the report says so."""
    return SHARED_DATA


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the real images where there are none: no set-up may fetch them. Begin with what is slow."""
    if not SHARED_DATA.is_dir():
        without = {one for one in items if "shared_data" in getattr(one, "fixturenames", ())}
        config.hook.pytest_deselected(items=list(without))
        items[:] = [one for one in items if one not in without]
    # One worker that comes to a slow test last keeps the other waiting. Modules stay whole: they share what they made.
    slow = {one.path for one in items if one.get_closest_marker("slow") is not None}
    items.sort(key=lambda one: one.path not in slow)


def pytest_collection_finish() -> None:
    """What all modules brought with them stays to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """A log that a test has begun lies in a folder that goes with it: the next test must not write there."""
    log = logging.getLogger("leukoscope")
    for handler in [one for one in log.handlers if isinstance(one, logging.StreamHandler)]:
        log.removeHandler(handler)
        handler.close()


def pytest_report_header() -> str:
    """Whether the tests of real images run."""
    there = "are there" if SHARED_DATA.is_dir() else "are not there: tests that need them are left out"
    return f"real images: {SHARED_DATA} {there}"


@pytest.fixture(scope="session", autouse=True)
def full_hasher() -> Iterator[Callable[[], PasswordHasher]]:
    """Stores are made and passwords are hashed quickly in all tests; this is how the program hashes them."""
    # SQLAlchemy is not there before a test needs it.
    from tests.quick_stores import quick_stores

    with quick_stores() as hasher:
        yield hasher


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
def _small_models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Copies for this run: what is kept for the next ones cannot be harmed."""
    own = tmp_path_factory.mktemp("small-models")
    for kept in small_models_kept():
        shutil.copytree(kept, own / kept.name)
    return own / "bundles", own / "graphs"


@pytest.fixture(scope="session")
def small_bundles(_small_models: tuple[Path, Path]) -> Path:
    """Folder with two small real bundles, ``ensemble`` and ``hybrid``."""
    return _small_models[0]


@pytest.fixture(scope="session")
def small_graphs(_small_models: tuple[Path, Path]) -> Path:
    """A cache in which the small bundles are compiled already: copy it, do not write to it."""
    return _small_models[1]


SHIPPED_GRAPHS = REPOSITORY / "build" / "graphs-of-tests"


@pytest.fixture(scope="session")
def shipped_panel() -> Iterator[ModelPanel]:
    """The bundles that ship, as they judge; their graphs are compiled once (a minute) and kept in ``build/``."""
    models, graphs = REPOSITORY / "models", SHIPPED_GRAPHS
    compile_missing(models, graphs)
    panel = make_panel(choose(BundleLibrary(models, models / "none"), ()), graphs)
    assert panel.engine is not None
    try:
        panel.engine.wait_ready(timeout=600)
        yield panel
    finally:
        panel.close()


@pytest.fixture
def small_models(small_bundles: Path, small_graphs: Path, data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the program take the small bundles, compiled already, for the shipped ones."""
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(small_bundles))
    shutil.copytree(small_graphs, data_home / "cache" / "graphs")
    return small_bundles


@pytest.fixture(scope="session")
def kept_engine(small_bundles: Path) -> Iterator[WarmEngine]:
    """The process that one test hands on to the next."""
    kept = WarmEngine(small_bundles)
    yield kept
    kept.close()


@pytest.fixture
def warm_engine(kept_engine: WarmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows and workbenches of this test take the engine of the one before."""
    kept_engine.install(monkeypatch)
