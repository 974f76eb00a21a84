"""The program with a window."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow

PROBE_VARIABLE = "LEUKOSCOPE_STARTUP_PROBE"


def run(argv_paths: Sequence[Path] = ()) -> int:
    """Open the window, with images in a new case when there are paths; returns the exit code."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from leukoscope.gui import theme
    from leukoscope.gui.bridge import Bridge
    from leukoscope.gui.icons import window_icon
    from leukoscope.workflow.home import Home
    from leukoscope.workflow.settings import load_settings

    home = Home.of_user()
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("LeukoScope")
    app.setApplicationDisplayName("LeukoScope")
    theme.install(app, load_settings(home.config).theme)
    app.setWindowIcon(window_icon())

    # The window's parts are imported while the workbench opens in its own thread.
    bridge = Bridge(home)
    bridge.open()
    from leukoscope.gui.main_window import MainWindow

    window = MainWindow(bridge, tuple(path.resolve() for path in argv_paths))
    # Python sees signals only while it runs: a beat a few times a second lets Ctrl+C close the window.
    signal.signal(signal.SIGINT, lambda *_: window.close())
    beat = QTimer()
    beat.start(250)
    beat.timeout.connect(lambda: None)
    if os.environ.get(PROBE_VARIABLE):
        window.usable.connect(lambda: _probe(window))
    window.show()
    code = app.exec()
    bridge.close()
    return int(code)


def _probe(window: MainWindow) -> None:
    """Print how long the start took since the process began, and quit."""
    from PySide6.QtCore import QTimer

    window.repaint()
    import psutil

    print(f"usable {time.time() - psutil.Process().create_time():.3f}", flush=True)  # noqa: T201 - read by the benchmark
    QTimer.singleShot(0, window.close)
