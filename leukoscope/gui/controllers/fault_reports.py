"""Offers a report without patient data after a fault, and saves it where a person wants it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal, qVersion
from PySide6.QtWidgets import QFileDialog

from leukoscope import __version__
from leukoscope.crashes import CrashLog, fault_report
from leukoscope.durable import write_private
from leukoscope.workflow.home import Home

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow


class FaultReports(QObject):
    """Tells of faults in the window's message bar.

    Signals
    -------
    fault()
        An error that nobody caught was kept; may come from any thread.
    """

    fault = Signal()

    def __init__(self, window: MainWindow, home: Home) -> None:
        super().__init__(window)
        self._window, self._home = window, home
        self.fault.connect(self._tell)

    def watch(self, crashes: CrashLog) -> None:
        """Tell of the last run's crash once the window is usable, and of faults from now on."""
        crashes.watch(self.fault.emit)
        if crashes.crashed_before:
            self._window.usable.connect(self._tell_of_last_run)

    def _tell_of_last_run(self) -> None:
        sentence = self.tr("LeukoScope ended unexpectedly last time; what was saved is there.")
        self._window.message.warn(sentence, self.tr("Save report…"), self.ask_and_save)

    def _tell(self) -> None:
        sentence = self.tr("Something unexpected happened. Save a report without patient data for your support.")
        self._window.message.warn(sentence, self.tr("Save report…"), self.ask_and_save)

    def ask_and_save(self) -> None:
        """Ask where to, then save."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = str(Path(folder) / f"leukoscope-report-{date.today():%Y-%m-%d}.txt")
        chosen, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save report"), name, self.tr("Text (*.txt)"))
        if chosen:
            self.save(Path(chosen))

    def save(self, path: Path) -> None:
        """Write the report."""
        try:
            write_private(path, fault_report(self._home.logs, self._facts()).encode("utf-8"))
        except OSError:
            self._window.message.warn(self.tr("The report cannot be written there; choose another folder."))
            return
        self._window.message.tell(self.tr("The report is saved; read it, then send it to your support."))

    def _facts(self) -> dict[str, str]:
        screen = self._window.screen()
        models = self._window.bridge.bench.model_desk.installed() if self._window.bridge.is_open else ()
        return {
            "LeukoScope": __version__,
            "Qt": qVersion(),
            "Screen": f"{screen.size().width()} x {screen.size().height()} at {screen.devicePixelRatio():.2f}",
            "Models": ", ".join(f"{one.manifest.name} {one.manifest.version}" for one in models if one.shipped),
        }
