"""Exports one after the other: a preview gives way to what a person asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from leukoscope.gui.bridge import Bridge
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.events import (
    Event,
    Exported,
    ExportProgress,
    Failed,
    Previewed,
    PutInOutbox,
    ReadyToPrint,
    Stopped,
)
from leukoscope.workflow.export.export_format import ExportFormat
from leukoscope.workflow.export.formats import PDF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench


class ExportTask(StrEnum):
    """What is made of a case."""

    FILE = "file"
    DEIDENTIFIED = "deidentified"
    PREVIEW = "preview"
    PRINT = "print"
    MESSAGE = "message"


@dataclass(frozen=True)
class QueuedExport:
    """One thing to make of a case.

    Parameters
    ----------
    task
        What it is.
    case_id
        Of which case.
    path
        Where a file goes.
    format
        In which format a file is written.
    channel
        How a message leaves.
    """

    task: ExportTask
    case_id: int
    path: Path = Path()
    format: ExportFormat = PDF
    channel: Channel = Channel.HL7


class ExportQueue(QObject):
    """Runs one export at a time through the workbench.

    Signals
    -------
    changed()
        An export has started, ended or gone on.
    exported(object)
        Path of a file that a person asked for.
    queued()
        A message is on its way to another system.
    previewed(int, object)
        Case and PDF of a preview: it lies on no disk.
    to_print(int, object)
        Case and PDF that a person wants on paper: it lies on no disk.
    failed(object, str)
        Task that failed, and the sentence.
    """

    changed = Signal()
    exported = Signal(object)
    queued = Signal()
    previewed = Signal(int, object)
    to_print = Signal(int, object)
    failed = Signal(object, str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._running: QueuedExport | None = None
        self._waiting: list[QueuedExport] = []
        self.progress: tuple[int, int] = (0, 0)
        bridge.happened.connect(self._heard)

    @property
    def running(self) -> QueuedExport | None:
        """What is being made."""
        return self._running

    def export(self, kind: ExportFormat, case_id: int, path: Path) -> None:
        """Write a file that a person asked for; a preview under way gives way."""
        self._line_up(QueuedExport(ExportTask.FILE, case_id, path, format=kind))

    def export_deidentified(self, case_id: int, path: Path) -> None:
        """Write a case without the patient's data; a preview under way gives way."""
        self._line_up(QueuedExport(ExportTask.DEIDENTIFIED, case_id, path))

    def send(self, channel: Channel, case_id: int) -> None:
        """Send a case to another system; a preview under way gives way."""
        self._line_up(QueuedExport(ExportTask.MESSAGE, case_id, channel=channel))

    def preview(self, case_id: int) -> None:
        """Lay a preview out; one that is under way is stopped."""
        self._line_up(QueuedExport(ExportTask.PREVIEW, case_id))

    def print_out(self, case_id: int) -> None:
        """Make a report for a printer; a preview under way gives way."""
        self._line_up(QueuedExport(ExportTask.PRINT, case_id))

    def _line_up(self, job: QueuedExport) -> None:
        self._waiting = [one for one in self._waiting if one.task is not ExportTask.PREVIEW]
        self._waiting.append(job)
        if self._running is not None and self._running.task is ExportTask.PREVIEW:
            self._bridge.bench.stop("export")
        self._go_on()

    @property
    def asked(self) -> int:
        """How many files and messages that a person asked for are not made yet."""
        jobs = [*self._waiting, *([self._running] if self._running is not None else [])]
        return sum(1 for job in jobs if job.task is not ExportTask.PREVIEW)

    def stop_previews(self) -> None:
        """Make no preview any more."""
        self._waiting = [job for job in self._waiting if job.task is not ExportTask.PREVIEW]
        if self._running is not None and self._running.task is ExportTask.PREVIEW and self._bridge.is_open:
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
            only_reads = job.task in {ExportTask.PREVIEW, ExportTask.PRINT}
            begin = self._bridge.read if only_reads else self._bridge.write
            begin(partial(_start, job), owner=self, failed=partial(self._not_begun, job))
        self.changed.emit()

    def _not_begun(self, job: QueuedExport, sentence: str) -> None:
        """It could not even be begun: say so, and go on with the next."""
        if self._running is job:
            self._running = None
            self.failed.emit(job.task, sentence)
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
        elif isinstance(event, Previewed) and job.task is ExportTask.PREVIEW:
            self._running = None
            self.previewed.emit(event.case_id, event.pdf)
            self._go_on()
        elif isinstance(event, ReadyToPrint) and job.task is ExportTask.PRINT:
            self._running = None
            self.to_print.emit(event.case_id, event.pdf)
            self._go_on()
        elif isinstance(event, PutInOutbox) and job.task is ExportTask.MESSAGE:
            self._running = None
            self.queued.emit()
            self._go_on()
        elif isinstance(event, Failed | Stopped) and event.what == "export":
            self._running = None
            if isinstance(event, Failed):
                self.failed.emit(job.task, event.sentence)
            self._go_on()


def _start(job: QueuedExport, bench: Workbench) -> None:
    begin: dict[ExportTask, Callable[[], None]] = {
        ExportTask.FILE: lambda: bench.exports.write(job.case_id, job.format, job.path),
        ExportTask.DEIDENTIFIED: lambda: bench.exports.write_deidentified(job.case_id, job.path),
        ExportTask.PREVIEW: lambda: bench.exports.preview(job.case_id),
        ExportTask.PRINT: lambda: bench.exports.for_print(job.case_id),
        ExportTask.MESSAGE: lambda: bench.exports.send(job.case_id, job.channel),
    }
    begin[job.task]()
