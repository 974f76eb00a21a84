"""A case leaves the window: files that a person names, and messages to other systems."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from leukoscope.domain.cases import Case
from leukoscope.domain.file_names import file_stem
from leukoscope.domain.keys import tidy_number
from leukoscope.gui.export_queue import Kind

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow


class Out(QObject):
    """The handlers of the actions that let a case out."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def handlers(self) -> dict[str, Callable[[], object]]:
        """One handler for each action."""
        ask, send = self._ask, self._send
        return {
            "export_pdf": lambda: ask(Kind.PDF, self.tr("Export PDF report"), ".pdf", "PDF"),
            "export_table": lambda: ask(Kind.TABLE, self.tr("Export table"), ".csv", self.tr("Table")),
            "export_fhir": lambda: ask(Kind.FHIR, self.tr("Export FHIR"), ".fhir.json", "FHIR"),
            "export_hl7": lambda: ask(Kind.HL7, self.tr("Export HL7"), ".hl7", "HL7"),
            "export_zip": lambda: ask(Kind.ZIP, self.tr("Export everything"), ".zip", "Zip"),
            "export_deidentified": self._ask_deidentified,
            "export_dicom": self._ask_folder,
            "send_hl7": partial(send, Kind.SEND_HL7),
            "send_dicom": partial(send, Kind.SEND_DICOM),
        }

    def _start(self, case: Case) -> tuple[Path, str]:
        name = file_stem(tidy_number(case.header.number))
        return Path(self._window.memory.last_folder("export") or Path.home()), name

    def _ask(self, kind: Kind, title: str, suffix: str, name: str) -> None:
        case = self._shown()
        if case is None:
            return
        start = self._start(case)
        wanted = str(start[0] / f"{start[1]}{suffix}")
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, wanted, f"{name} (*{suffix})")
        if chosen:
            path = Path(chosen)
            # A case number may have a dot in it: what follows is no ending then.
            has_ending = path.name.casefold().endswith(suffix)
            self.export_to(kind, path if has_ending else path.with_name(f"{path.name}{suffix}"), case)

    def _ask_deidentified(self) -> None:
        case = self._shown()
        if case is None:
            return
        # A name of the case in the name of the file would undo it all.
        wanted = str(self._start(case)[0] / f"deidentified-{secrets.token_hex(4)}.zip")
        title = self.tr("Export without the patient’s data")
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, wanted, "Zip (*.zip)")
        if chosen:
            path = Path(chosen)
            has_ending = path.suffix.casefold() == ".zip"
            self.export_to(Kind.DEIDENTIFIED, path if has_ending else path.with_name(f"{path.name}.zip"), case)

    def _ask_folder(self) -> None:
        case = self._shown()
        if case is None:
            return
        start = self._start(case)
        title = self.tr("Choose a folder for the DICOM files")
        chosen = QFileDialog.getExistingDirectory(self._window, title, str(start[0]))
        if chosen:
            self.export_to(Kind.DICOM, Path(chosen) / f"{start[1]}-dicom", case)

    def _shown(self) -> Case | None:
        """The case that is seen, for good: what is chosen in a dialog later is for this one."""
        return None if self._window.case.is_leaving else self._window.case.case

    def export_to(self, kind: Kind, path: Path, case: Case | None = None) -> None:
        """Write a file of a case, or of the one shown."""
        case = case or self._shown()
        if case is not None:
            self._window.memory.remember_folder(path.parent, "export")
            self._window.message.tell(self.tr("Writing {0} …").format(path.name))
            self._window.exporter.export(kind, case.id, path)

    def exported(self, path: Path) -> None:
        """A file is written: offer to look at it."""
        words = self.tr("{0} is written.").format(path.name)
        url = QUrl.fromLocalFile(str(path))
        self._window.message.tell(words, self.tr("Open"), lambda: QDesktopServices.openUrl(url))

    def _send(self, kind: Kind) -> None:
        window = self._window
        case = self._shown()
        if case is None:
            return
        settings = window.bridge.bench.settings
        if not (settings.hl7_node if kind is Kind.SEND_HL7 else settings.dicom_node).strip():
            words = self.tr("Nobody has set yet where this goes.")
            window.message.tell(words, self.tr("Settings"), lambda: window.show_page("settings"))
            return
        window.exporter.export(kind, case.id)

    def queued(self, _kind: Kind) -> None:
        """A case is on its way: say where to look."""
        window = self._window
        words = self.tr("The case is in the outbox and is being sent.")
        window.message.tell(words, self.tr("Show"), lambda: window.show_page("report"))
