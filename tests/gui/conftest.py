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
from leukoscope.domain.frames import Pixels
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
    # What is tried on one cell goes on with the same cell.
    window={"demo": "made", "advance": "0"},
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
def window(warm_engine: None, open_window: OpenWindow) -> MainWindow:
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


def as_png(pixels: Pixels) -> bytes:
    """A PNG file of RGB pixels; what is drawn for many tests is drawn and packed once."""
    import cv2

    done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()


@pytest.fixture(scope="session")
def field_png() -> bytes:
    """A drawn field of eight cells as a PNG file."""
    from leukoscope.sources.demo import demo_field

    return as_png(demo_field().pixels)


@pytest.fixture(scope="session")
def cell_pngs() -> tuple[bytes, ...]:
    """Three drawn cells as PNG files."""
    from leukoscope.sources.demo import demo_cells

    return tuple(as_png(frame.pixels) for frame in demo_cells(3))


@pytest.fixture
def cell_files(tmp_path: Path, cell_pngs: tuple[bytes, ...]) -> list[Path]:
    """Three drawn cells as PNG files."""
    paths = [tmp_path / f"cell-{number}.png" for number in range(len(cell_pngs))]
    for path, data in zip(paths, cell_pngs, strict=True):
        path.write_bytes(data)
    return paths


@pytest.fixture
def judged(window: MainWindow, cell_files: list[Path], qtbot: QtBot) -> MainWindow:
    """A window with one case of three judged cells."""
    window.importing.add_paths(tuple(cell_files))
    qtbot.waitUntil(lambda: window.review.gallery.model.rowCount() == 3, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.status.queue_text == "", timeout=PATIENCE_MS)
    return window
