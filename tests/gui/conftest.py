"""The real window on a real workbench in a home of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.gui import theme
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.settings import Settings, save_settings
from tests.gui.opened import opened_window

PATIENCE_MS = 240_000
SOMEBODY_HERE = Settings(
    tour_seen=True,
    operator="A. Weber",
    person="A. Weber",
    person_day=date.today().isoformat(),
    people=("A. Weber",),
    window={"demo": "made"},
)
OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def home(data_home: Path, small_models: Path) -> AppDirs:
    """A home with compiled models, in which the first start is over, and somebody has said their name today."""
    made = AppDirs.of_user()
    save_settings(SOMEBODY_HERE, made.config)
    return made


@pytest.fixture(scope="session")
def look(qapp: QApplication) -> QApplication:
    """The program with its fonts and its style: as in the program, they are given to it once."""
    theme.install(qapp, "dark")
    return qapp


@pytest.fixture
def dark(look: QApplication) -> QApplication:
    """The program in its dark theme, whatever a test before has chosen."""
    theme.appearance().choose("dark")
    return look


def close_for_good(windows: Sequence[MainWindow]) -> None:
    """Close windows and let them go at once: the next test's would be built while these still watch every event."""
    for window in windows:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def open_window(qtbot: QtBot, home: AppDirs, dark: QApplication) -> Iterator[OpenWindow]:
    """Opens windows; closes them after the test."""
    opened: list[MainWindow] = []

    def make(*paths: Path) -> MainWindow:
        bridge = Bridge(home)
        window = opened_window(bridge, paths)
        opened.append(window)
        with qtbot.waitSignal(window.usable, timeout=PATIENCE_MS):
            bridge.open()
            window.show()
        return window

    yield make
    close_for_good(opened)


@pytest.fixture
def window(open_window: OpenWindow) -> MainWindow:
    """A usable window without cases."""
    return open_window()


@pytest.fixture
def quiet_home(data_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppDirs:
    """A home in which the first start is over and no engine is started: for what needs no judgement."""
    monkeypatch.setattr("leukoscope.workflow.workbench.Workbench.start", lambda _self: None)
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(tmp_path / "no-models"))
    made = AppDirs.of_user()
    save_settings(SOMEBODY_HERE, made.config)
    return made


@pytest.fixture
def kept(quiet_home: AppDirs) -> Iterator[CaseStore]:
    """The store of a quiet home beside the window's own: for filling it, and for looking what is really kept."""
    store = CaseStore(quiet_home.cases)
    yield store
    store.close()


@pytest.fixture
def open_quiet(qtbot: QtBot, quiet_home: AppDirs, dark: QApplication) -> Iterator[OpenWindow]:
    """Opens windows without an engine; closes them after the test, with or without their writes."""
    opened: list[MainWindow] = []

    def make(*paths: Path) -> MainWindow:
        bridge = Bridge(quiet_home)
        window = opened_window(bridge, paths)
        opened.append(window)
        with qtbot.waitSignal(window.usable, timeout=PATIENCE_MS):
            bridge.open()
            window.show()
        return window

    yield make
    for window in opened:
        window.bridge.close(abandon=True)
    close_for_good(opened)


@pytest.fixture
def cell_files(tmp_path: Path) -> list[Path]:
    """Three drawn cells as PNG files."""
    from PIL import Image

    from leukoscope.sources.demo import demo_cells

    paths = []
    for number, frame in enumerate(demo_cells(3)):
        path = tmp_path / f"cell-{number}.png"
        Image.fromarray(frame.pixels).save(path)
        paths.append(path)
    return paths


@pytest.fixture
def judged(window: MainWindow, cell_files: list[Path], qtbot: QtBot) -> MainWindow:
    """A window with one case of three judged cells."""
    window.importing.add_paths(tuple(cell_files))
    qtbot.waitUntil(lambda: window.review.gallery.model.rowCount() == 3, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.status.queue_text == "", timeout=PATIENCE_MS)
    return window
