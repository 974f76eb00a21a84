"""Exports one after the other: a preview gives way to what a person asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from leukoscope.gui.bridge import Bridge
from leukoscope.workflow.events import Event, Exported, ExportProgress, Failed, Previewed, PutInOutbox, Stopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench


class Kind(StrEnum):
    """What is written or sent."""

    PDF = "pdf"
    TABLE = "csv"
    FHIR = "fhir"
    HL7 = "hl7"
    DICOM = "dicom"
    ZIP = "zip"
    DEIDENTIFIED = "deidentified"
    PREVIEW = "preview"
    SEND_HL7 = "send-hl7"
    SEND_DICOM = "send-dicom"

    @property
    def sends(self) -> bool:
        """Whether it goes to another system instead of a file."""
        return self in {Kind.SEND_HL7, Kind.SEND_DICOM}


@dataclass(frozen=True)
class Job:
    """One file to write."""

    kind: Kind
    case_id: int
    path: Path


class Exporter(QObject):
    """Runs one export at a time through the workbench.

    Signals
    -------
    changed()
        An export has started, ended or gone on.
    exported(object)
        Path of a file that a person asked for.
    queued(object)
        Kind of what is on its way to another system.
    previewed(int, object)
        Case and PDF of a preview: it lies on no disk.
    failed(object, str)
        Kind of the export that failed, and the sentence.
    """

    changed = Signal()
    exported = Signal(object)
    queued = Signal(object)
    previewed = Signal(int, object)
    failed = Signal(object, str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._running: Job | None = None
        self._waiting: list[Job] = []
        self.progress: tuple[int, int] = (0, 0)
        bridge.happened.connect(self._heard)

    @property
    def running(self) -> Kind | None:
        """What is being written."""
        return self._running.kind if self._running else None

    def export(self, kind: Kind, case_id: int, path: Path = Path()) -> None:
        """Write a file a person asked for, or send the case; a preview under way gives way."""
        self._waiting = [job for job in self._waiting if job.kind is not Kind.PREVIEW]
        self._waiting.append(Job(kind, case_id, path))
        if self._running is not None and self._running.kind is Kind.PREVIEW:
            self._bridge.bench.stop("export")
        self._go_on()

    def preview(self, case_id: int) -> None:
        """Lay a preview out; one that is under way is stopped."""
        self._waiting = [job for job in self._waiting if job.kind is not Kind.PREVIEW]
        self._waiting.append(Job(Kind.PREVIEW, case_id, Path()))
        if self._running is not None and self._running.kind is Kind.PREVIEW:
            self._bridge.bench.stop("export")
        self._go_on()

    @property
    def asked(self) -> int:
        """How many files and messages that a person asked for are not made yet."""
        jobs = [*self._waiting, *([self._running] if self._running is not None else [])]
        return sum(1 for job in jobs if job.kind is not Kind.PREVIEW)

    def stop_previews(self) -> None:
        """Make no preview any more."""
        self._waiting = [job for job in self._waiting if job.kind is not Kind.PREVIEW]
        if self._running is not None and self._running.kind is Kind.PREVIEW and self._bridge.is_open:
            self._bridge.bench.stop("export")

    def stop(self) -> None:
        """Stop what is being written and forget what waits."""
        self._waiting.clear()
        if self._running is not None and self._bridge.is_open:
            self._bridge.bench.stop("export")

    def _go_on(self) -> None:
        if self._running is None and self._waiting and self._bridge.is_open:
            self._running = job = self._waiting.pop(0)
            self.progress = (0, 0)
            begin = self._bridge.read if job.kind is Kind.PREVIEW else self._bridge.write
            begin(partial(_start, job), owner=self, failed=partial(self._not_begun, job))
        self.changed.emit()

    def _not_begun(self, job: Job, sentence: str) -> None:
        """It could not even be begun: say so, and go on with the next."""
        if self._running is job:
            self._running = None
            self.failed.emit(job.kind, sentence)
            self._go_on()

    def _heard(self, event: Event) -> None:
        job = self._running
        if job is None:
            return
        if isinstance(event, ExportProgress):
            self.progress = (event.progress.done, event.progress.total)
            self.changed.emit()
        elif isinstance(event, Exported) and event.path == job.path:
            self._running = None
            self.exported.emit(job.path)
            self._go_on()
        elif isinstance(event, Previewed) and job.kind is Kind.PREVIEW:
            self._running = None
            self.previewed.emit(event.case_id, event.pdf)
            self._go_on()
        elif isinstance(event, PutInOutbox) and job.kind.sends:
            self._running = None
            self.queued.emit(job.kind)
            self._go_on()
        elif isinstance(event, Failed | Stopped) and event.what == "export":
            self._running = None
            if isinstance(event, Failed):
                self.failed.emit(job.kind, event.sentence)
            self._go_on()


def _start(job: Job, bench: Workbench) -> None:
    from leukoscope.workflow.delivery.outbox import Channel
    from leukoscope.workflow.export.formats import Format

    if job.kind.sends:
        bench.send(job.case_id, Channel.HL7 if job.kind is Kind.SEND_HL7 else Channel.DICOM)
    elif job.kind is Kind.PREVIEW:
        bench.preview(job.case_id)
    elif job.kind is Kind.DEIDENTIFIED:
        bench.export_deidentified(job.case_id, job.path)
    else:
        bench.export(job.case_id, Format(job.kind.value), job.path)
