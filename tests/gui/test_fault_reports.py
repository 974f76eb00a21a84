"""After a fault the window offers a report, and what it saves can be sent away."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from leukoscope import __version__
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.main_window import MainWindow
from leukoscope.system.crashes import CRASH_FILE, CrashLog
from leukoscope.workflow.app_dirs import AppDirs
from tests.gui.opened import opened_window

PATIENCE_MS = 120_000


def test_a_crash_of_the_last_run_is_told_and_its_report_saved(home: AppDirs, qtbot: QtBot, tmp_path: Path) -> None:
    place = (
        'Current thread 0x0 (most recent call first):\n  File "/home/doe.jane/app/leukoscope/gui/x.py", line 3 in f\n'
    )
    (home.logs / CRASH_FILE).write_text(f"Fatal Python error: Segmentation fault\n\n{place}", encoding="utf-8")
    crashes = CrashLog(home.logs)
    bridge = Bridge(home)
    window = opened_window(bridge)
    window.fault_reports.watch(crashes)
    with qtbot.waitSignal(window.usable, timeout=PATIENCE_MS):
        bridge.open()
        window.show()
    assert "ended unexpectedly" in window.message.text
    target = tmp_path / "report ü.txt"
    window.fault_reports.save(target)
    report = target.read_text(encoding="utf-8")
    assert __version__ in report
    assert "Segmentation fault" in report
    assert "leukoscope/gui/x.py" in report
    assert "doe.jane" not in report
    assert "saved" in window.message.text
    window.close()
    crashes.close()
    window.deleteLater()


def test_a_folder_that_cannot_be_written_is_said(window: MainWindow, tmp_path: Path) -> None:
    window.fault_reports.save(tmp_path / "missing" / "report.txt")
    assert "another folder" in window.message.text
