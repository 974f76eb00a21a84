"""The program with a window."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.system.console import make_output_safe
from leukoscope.system.crashes import CrashLog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from leukoscope.gui.main_window import MainWindow
    from leukoscope.gui.single_instance import SingleInstance
    from leukoscope.workflow.app_dirs import AppDirs

PROBE_VARIABLE = "LEUKOSCOPE_STARTUP_PROBE"


def run(argv_paths: Sequence[Path] = ()) -> int:
    """Open the window, with images in a new case when there are paths; returns the exit code.

    Where a window of this home is open already, that one comes forward and opens them.
    """
    # A start makes many objects and drops hardly any: looking for dropped ones took 0.18 s of 1.34 s.
    gc.disable()
    from PySide6.QtWidgets import QApplication

    from leukoscope.gui.single_instance import SingleInstance
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.begin import begin_stages

    home = AppDirs.of_user()
    paths = tuple(path.resolve() for path in argv_paths)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    single = SingleInstance(home.data)
    if not single.is_first and single.hand_over(paths):
        return 0
    if not single.is_first:
        from leukoscope.domain.errors import SettingsError

        raise SettingsError("LeukoScope is open already but does not answer; close it, then start it again.")
    begin_stages(home)
    crashes = CrashLog(home.logs)
    try:
        return _show(app, home, paths, single, crashes)
    finally:
        gc.enable()
        crashes.close()
        single.close()


def _show(app: QApplication, home: AppDirs, paths: tuple[Path, ...], single: SingleInstance, crashes: CrashLog) -> int:
    from PySide6.QtCore import QTimer

    from leukoscope.gui import fallback_fonts, language, theme
    from leukoscope.gui.bridge import Bridge
    from leukoscope.gui.icons import window_icon
    from leukoscope.gui.screen_room import fill_small_screen
    from leukoscope.workflow.settings import load_settings

    app.setApplicationName("LeukoScope")
    app.setApplicationDisplayName("LeukoScope")
    app.setDesktopFileName("leukoscope")
    settings = load_settings(home.config)
    language.install(app, settings.language)
    language.adopt_locale(settings.language)
    theme.install(app, settings.theme)
    app.setWindowIcon(window_icon())

    # The window's parts are imported while the workbench opens in its own thread.
    bridge = Bridge(home)
    bridge.open()
    from leukoscope.gui.program import Program

    program = Program(home, bridge, paths)
    parts = program.parts
    assert parts is not None
    window, usable = parts.window, parts.session.usable
    parts.controllers.fault_reports.watch(crashes)
    program.opened.connect(lambda another: another.controllers.fault_reports.watch(crashes))
    single.asked.connect(program.come_forward)
    single.listen()
    # Python sees signals only while it runs: a beat a few times a second lets Ctrl+C close the window.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        # The end of a session is told by the last two: the window closes as by hand, so that everything is written.
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, lambda *_: program.close())
    beat = QTimer()
    beat.start(250)
    beat.timeout.connect(lambda: None)
    usable.connect(_tidy_from_now_on)
    bridge.failed.connect(lambda _sentence: _tidy_from_now_on())
    usable.connect(fallback_fonts.add_missing)
    if os.environ.get(PROBE_VARIABLE):
        usable.connect(lambda: _probe(window))
    fill_small_screen(window)
    window.show()
    code = app.exec()
    (program.parts.session.bridge if program.parts is not None else bridge).close()
    return int(code)


def _tidy_from_now_on() -> None:
    """Look for dropped objects again, among those made from now on: what the start made stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def main(argv: Sequence[str]) -> int:
    """The installed program with a window: as ``run``, and a fault before the window is there is shown in a box."""
    from leukoscope.domain.errors import LeukoScopeError
    from leukoscope.gui.language import said
    from leukoscope.system.logs import start_logging
    from leukoscope.workflow.app_dirs import AppDirs

    make_output_safe()
    # As the command line does: what a library writes, logs, models and recordings too, is for this user only.
    os.umask(0o077)
    try:
        start_logging(AppDirs.of_user().logs)
        return run(tuple(Path(word) for word in argv if not word.startswith("-")))
    except LeukoScopeError as error:
        from PySide6.QtWidgets import QApplication, QMessageBox

        _app = QApplication.instance() or QApplication(["leukoscope"])
        QMessageBox.critical(None, "LeukoScope", said(error.message))
        return 1


def _probe(window: MainWindow) -> None:
    """Print how long the start took since the process began, and quit."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    window.repaint()
    import psutil

    print(f"usable {time.time() - psutil.Process().create_time():.3f}", flush=True)  # noqa: T201 - read by the benchmark

    def quit_all() -> None:
        window.close()
        # Off the screen a window under Wine gets no word that it was closed, and the program would run on.
        QApplication.exit(0)

    QTimer.singleShot(0, quit_all)
