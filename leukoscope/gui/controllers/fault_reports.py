"""Offers a report without patient data after a fault, and saves it where a person wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Signal, qVersion

from leukoscope import __version__
from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.session import Session
from leukoscope.system.crashes import CrashLog, fault_report
from leukoscope.system.durable import write_private
from leukoscope.workflow.app_dirs import AppDirs


class FaultReportController(Controller):
    """Tells of faults in the window's message bar.

    Parameters
    ----------
    session
        What it works on.
    home
        Where the log is.
    screen
        Says how large the screen is.

    Signals
    -------
    fault()
        An error that nobody caught was kept; may come from any thread.
    """

    fault = Signal()

    def __init__(self, session: Session, home: AppDirs, screen: Callable[[], str]) -> None:
        super().__init__(session)
        self._home, self._screen = home, screen
        self.fault.connect(self._tell)

    def handlers(self) -> Handlers:
        """Save a report."""
        return {"save_report": self.ask_and_save}

    def watch(self, crashes: CrashLog) -> None:
        """Tell of the last run's crash once the window is usable, and of faults from now on."""
        crashes.watch(self.fault.emit)
        if crashes.crashed_before:
            self._session.usable.connect(self._tell_of_last_run)

    def _tell_of_last_run(self) -> None:
        sentence = self.tr("LeukoScope ended unexpectedly last time; what was saved is there.")
        self._messages.warn(sentence, self.tr("Save report…"), self.ask_and_save)

    def _tell(self) -> None:
        sentence = self.tr("Something unexpected happened. Save a report without patient data for your support.")
        self._messages.warn(sentence, self.tr("Save report…"), self.ask_and_save)

    def ask_and_save(self) -> None:
        """Ask where to, then save."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = str(Path(folder) / f"leukoscope-report-{date.today():%Y-%m-%d}.txt")
        path = self._files.save_file(self.tr("Save report"), name, self.tr("Text (*.txt)"))
        if path is not None:
            self.save(path)

    def save(self, path: Path) -> None:
        """Write the report."""
        try:
            write_private(path, fault_report(self._home.logs, self._facts()).encode("utf-8"))
        except OSError:
            self._messages.warn(self.tr("The report cannot be written there; choose another folder."))
            return
        self._messages.tell(self.tr("The report is saved; read it, then send it to your support."))

    def _facts(self) -> dict[str, str]:
        models = self._bridge.bench.models.installed() if self._session.is_open else ()
        return {
            "LeukoScope": __version__,
            "Qt": qVersion(),
            "Screen": self._screen(),
            "Models": ", ".join(f"{one.manifest.name} {one.manifest.version}" for one in models if one.shipped),
        }
