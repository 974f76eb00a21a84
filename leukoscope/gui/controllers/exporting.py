"""A case leaves the window: files that a person names, and messages to other systems."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from leukoscope.domain.cases import Case
from leukoscope.domain.file_names import file_stem
from leukoscope.domain.keys import tidy_number
from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.export_queue import Exporter, Kind
from leukoscope.gui.session import Session


class Out(Controller):
    """Asks where a case goes, and says how it went."""

    def __init__(self, session: Session, exporter: Exporter) -> None:
        super().__init__(session)
        self._exporter = exporter
        exporter.exported.connect(self.exported)
        exporter.queued.connect(self.queued)
        exporter.failed.connect(self.failed)

    def handlers(self) -> Handlers:
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
        return Path(self._session.last_folder("export") or Path.home()), name

    def _ask(self, kind: Kind, title: str, suffix: str, name: str) -> None:
        case = self._session.shown_case()
        if case is None:
            return
        start = self._start(case)
        wanted = str(start[0] / f"{start[1]}{suffix}")
        path = self._files.save_file(title, wanted, f"{name} (*{suffix})")
        if path is not None:
            # A case number may have a dot in it: what follows is no ending then.
            has_ending = path.name.casefold().endswith(suffix)
            self.export_to(kind, path if has_ending else path.with_name(f"{path.name}{suffix}"), case)

    def _ask_deidentified(self) -> None:
        case = self._session.shown_case()
        if case is None:
            return
        # A name of the case in the name of the file would undo it all.
        wanted = str(self._start(case)[0] / f"deidentified-{secrets.token_hex(4)}.zip")
        title = self.tr("Export without the patient’s data")
        path = self._files.save_file(title, wanted, "Zip (*.zip)")
        if path is not None:
            has_ending = path.suffix.casefold() == ".zip"
            self.export_to(Kind.DEIDENTIFIED, path if has_ending else path.with_name(f"{path.name}.zip"), case)

    def _ask_folder(self) -> None:
        case = self._session.shown_case()
        if case is None:
            return
        start = self._start(case)
        title = self.tr("Choose a folder for the DICOM files")
        folder = self._files.open_folder(title, str(start[0]))
        if folder is not None:
            self.export_to(Kind.DICOM, folder / f"{start[1]}-dicom", case)

    def export_to(self, kind: Kind, path: Path, case: Case | None = None) -> None:
        """Write a file of a case, or of the one shown."""
        case = case or self._session.shown_case()
        if case is not None:
            self._session.remember_folder(path.parent, "export")
            self._messages.tell(self.tr("Writing {0} …").format(path.name))
            self._exporter.export(kind, case.id, path)

    def exported(self, path: Path) -> None:
        """A file is written: offer to look at it."""
        words = self.tr("{0} is written.").format(path.name)
        url = QUrl.fromLocalFile(str(path))
        self._messages.tell(words, self.tr("Open"), lambda: QDesktopServices.openUrl(url))

    def failed(self, kind: Kind, sentence: str) -> None:
        """A file or message was not made; the page says it of its preview."""
        if kind is not Kind.PREVIEW:
            self._messages.warn(sentence)

    def _send(self, kind: Kind) -> None:
        case = self._session.shown_case()
        if case is None:
            return
        settings = self._session.settings
        if not (settings.hl7_node if kind is Kind.SEND_HL7 else settings.dicom_node).strip():
            words = self.tr("Nobody has set yet where this goes.")
            self._messages.tell(words, self.tr("Settings"), lambda: self._navigation.show("settings"))
            return
        self._exporter.export(kind, case.id)

    def queued(self, _kind: Kind) -> None:
        """A case is on its way: say where to look."""
        words = self.tr("The case is in the outbox and is being sent.")
        self._messages.tell(words, self.tr("Show"), lambda: self._navigation.show("report"))
