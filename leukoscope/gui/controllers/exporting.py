"""A case leaves the window: files that a person names, and messages to other systems."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from leukoscope.domain.cases import Case
from leukoscope.domain.file_names import file_stem
from leukoscope.domain.keys import tidy_number
from leukoscope.gui.actions import words
from leukoscope.gui.case_actions import CASE_ACTIONS
from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.export_queue import ExportQueue, ExportTask
from leukoscope.gui.session import Session
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.export.export_format import ExportFormat
from leukoscope.workflow.export.formats import FORMATS

ADDRESSES = {Channel.HL7: "hl7_node", Channel.DICOM: "dicom_node", Channel.FHIR: "fhir_address"}
"""Setting that says where each channel leads to."""

if TYPE_CHECKING:
    from leukoscope.gui.report.printing import PaperRun


class ExportController(Controller):
    """Asks where a case goes, and says how it went."""

    def __init__(self, session: Session, export_queue: ExportQueue) -> None:
        super().__init__(session)
        self._export_queue = export_queue
        export_queue.exported.connect(self.exported)
        export_queue.queued.connect(self.queued)
        export_queue.to_print.connect(self._to_paper)
        self._paper: PaperRun | None = None
        export_queue.failed.connect(self.failed)

    def handlers(self) -> Handlers:
        """One handler for each action."""
        texts = {spec.id: spec.text for spec in CASE_ACTIONS}
        files = {f"export_{one.id}": one for one in FORMATS}
        return {
            **{name: partial(self._ask, files[name], texts[name]) for name in files if name in texts},
            "print_report": self._print,
            "export_deidentified": self._ask_deidentified,
            "send_hl7": partial(self._send, Channel.HL7),
            "send_dicom": partial(self._send, Channel.DICOM),
            "send_fhir": partial(self._send, Channel.FHIR),
        }

    def _start(self, case: Case) -> tuple[Path, str]:
        name = file_stem(tidy_number(case.header.number))
        return Path(self._session.last_folder("export") or Path.home()), name

    def _ask(self, kind: ExportFormat, text: str) -> None:
        case = self._session.shown_case()
        if case is None:
            return
        path = (self._folder if kind.is_folder else self._file)(kind, words(text).rstrip("…"), *self._start(case))
        if path is not None:
            self.export_to(kind, path, case)

    def _file(self, kind: ExportFormat, title: str, folder: Path, name: str) -> Path | None:
        wanted = str(folder / f"{name}{kind.suffix}")
        path = self._files.save_file(title, wanted, f"{kind.label} (*{kind.suffix})")
        # A case number may have a dot in it: what follows is no ending then.
        if path is None or path.name.casefold().endswith(kind.suffix):
            return path
        return path.with_name(f"{path.name}{kind.suffix}")

    def _folder(self, kind: ExportFormat, _title: str, folder: Path, name: str) -> Path | None:
        title = self.tr("Choose a folder for the {0} files").format(kind.label)
        chosen = self._files.open_folder(title, str(folder))
        return None if chosen is None else chosen / f"{name}{kind.suffix}"

    def _ask_deidentified(self) -> None:
        case = self._session.shown_case()
        if case is None:
            return
        # A name of the case in the name of the file would undo it all.
        wanted = str(self._start(case)[0] / f"deidentified-{secrets.token_hex(4)}.zip")
        title = self.tr("Export without the patient’s data")
        path = self._files.save_file(title, wanted, "Zip (*.zip)")
        if path is not None:
            path = path if path.suffix.casefold() == ".zip" else path.with_name(f"{path.name}.zip")
            self._tell_of(path)
            self._export_queue.export_deidentified(case.id, path)

    def _print(self) -> None:
        case = self._session.shown_case()
        if case is not None and self._paper is None:
            self._export_queue.print_out(case.id)

    def _to_paper(self, case_id: int, pdf: bytes) -> None:
        """The pages are laid out: ask for the printer, and draw them."""
        from leukoscope.gui.report.preview import opened
        from leukoscope.gui.report.printing import PaperRun

        document = opened(pdf, self)
        pages = document.pageCount()
        document.close()
        document.deleteLater()
        printer = self._files.printer(pages, self._session.settings.page_size)
        if printer is None:
            return
        self._paper = paper = PaperRun(pdf, printer, self)

        def ended(whole: bool) -> None:
            self._paper = None
            paper.deleteLater()
            if whole:
                self._messages.tell(self.tr("The report is with the printer."))
                self._bridge.write(lambda bench: bench.exports.printed(case_id), owner=self, failed=self._messages.warn)
            else:
                self._messages.warn(self.tr("The report was not printed; check the printer and try again."))

        paper.went_on.connect(
            lambda done, of: self._messages.tell(
                self.tr("Printing page {0} of {1} …").format(done, of), self.tr("Stop"), paper.stop
            )
        )
        paper.ended.connect(ended)
        paper.start()

    def export_to(self, kind: ExportFormat, path: Path, case: Case | None = None) -> None:
        """Write a file of a case, or of the one shown."""
        case = case or self._session.shown_case()
        if case is not None:
            self._tell_of(path)
            self._export_queue.export(kind, case.id, path)

    def _tell_of(self, path: Path) -> None:
        self._session.remember_folder(path.parent, "export")
        self._messages.tell(self.tr("Writing {0} …").format(path.name))

    def exported(self, path: Path) -> None:
        """A file is written: offer to look at it."""
        sentence = self.tr("{0} is written.").format(path.name)
        url = QUrl.fromLocalFile(str(path))
        self._messages.tell(sentence, self.tr("Open"), lambda: QDesktopServices.openUrl(url))

    def failed(self, task: ExportTask, sentence: str) -> None:
        """A file or message was not made; the page says it of its preview."""
        if task is not ExportTask.PREVIEW:
            self._messages.warn(sentence)

    def _send(self, channel: Channel) -> None:
        case = self._session.shown_case()
        if case is None:
            return
        settings = self._session.settings
        if not getattr(settings, ADDRESSES[channel]).strip():
            sentence = self.tr("Nobody has set yet where this goes.")
            self._messages.tell(sentence, self.tr("Settings"), lambda: self._navigation.show("settings"))
            return
        self._export_queue.send(channel, case.id)

    def queued(self) -> None:
        """A case is on its way: say where to look."""
        sentence = self.tr("The case is in the outbox and is being sent.")
        self._messages.tell(sentence, self.tr("Show"), lambda: self._navigation.show("report"))
