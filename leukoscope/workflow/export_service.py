"""Export in the running program: files, previews and messages, made in the background by who may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.domain.audit import EXPORTED
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.claims import Claims
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.events import Event, Exported, ExportProgress, Previewed, PutInOutbox, ReadyToPrint
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.export.export_format import ExportFormat
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle
    from leukoscope.workflow.delivery.service import DeliveryService


class ExportService:
    """Lets cases leave.

    Parameters
    ----------
    repository
        The cases.
    operator
        Who works here, and what they may do.
    settings
        Gives what a person has set.
    bundles
        Gives all installed models: reports name those that spoke.
    delivery
        Gives the outbox.
    claims
        Who uses a case just now.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    """

    def __init__(
        self,
        repository: CaseRepository,
        operator: OperatorSession,
        settings: Callable[[], Settings],
        bundles: Callable[[], Sequence[InstalledBundle]],
        delivery: Callable[[], DeliveryService],
        claims: Claims,
        jobs: Jobs,
        tell: Callable[[Event], None],
    ) -> None:
        self._repository, self._operator, self._settings, self._bundles = repository, operator, settings, bundles
        self._delivery, self._claims, self._jobs, self._tell = delivery, claims, jobs, tell

    def write(self, case_id: int, kind: ExportFormat, path: Path) -> None:
        """Write a case as a file in the background: ExportProgress, then Exported, Failed or Stopped."""

        def run(cancel: CancelToken) -> None:
            self._operator.require(Act.EXPORT)
            with self._claims.using(case_id):
                self._case_export().write(case_id, kind, path, self._exporting, cancel)
            self._tell(Exported(path))

        with self._operator.doing(Act.EXPORT):
            self._jobs.run("export", self._operator.bound(run))

    def write_deidentified(self, case_id: int, path: Path) -> None:
        """Write a case without who it is, in the background: ExportProgress, then Exported, Failed or Stopped."""
        from leukoscope.workflow.export.deidentified import new_pseudonym, write_deidentified

        def run(cancel: CancelToken) -> None:
            self._operator.require(Act.EXPORT)
            with self._claims.using(case_id):
                write_deidentified(self._case_export(), case_id, path, new_pseudonym(), self._exporting, cancel)
            self._tell(Exported(path))

        with self._operator.doing(Act.EXPORT):
            self._jobs.run("export", self._operator.bound(run))

    def preview(self, case_id: int) -> None:
        """Lay a report out in memory, in the background: ExportProgress, then Previewed, Failed or Stopped."""

        def run(cancel: CancelToken) -> None:
            with self._claims.using(case_id):
                self._tell(Previewed(case_id, self._case_export().preview(case_id, self._exporting, cancel)))

        with self._operator.doing(Act.EXPORT):
            self._jobs.run("export", self._operator.bound(run))

    def for_print(self, case_id: int) -> None:
        """Make a report for a printer, in memory and in the background: ExportProgress, then ReadyToPrint or Failed.

        A signed case prints as the report that was signed.
        """

        def run(cancel: CancelToken) -> None:
            with self._claims.using(case_id):
                pdf = self._case_export().job(case_id, self._exporting, cancel).package.pdf
                self._tell(ReadyToPrint(case_id, pdf))

        with self._operator.doing(Act.EXPORT):
            self._jobs.run("export", self._operator.bound(run))

    def report(self, case_id: int) -> bytes:
        """The PDF report of a case for who asks over a line; of a signed case the one that was signed.

        Raises
        ------
        ReportError, StoreError
            When it cannot be made, or the case cannot be read.
        """
        with self._operator.doing(Act.EXPORT), self._claims.using(case_id):
            pdf = self._case_export().job(case_id).package.pdf
            self._repository.store.trail.tell(EXPORTED, case_id=case_id, subject="pdf", new="server")
            return pdf

    def fhir_records(self, case_id: int) -> list[dict[str, Any]]:
        """The FHIR resources of a case without its report, for who asks over a line; raises StoreError."""
        from leukoscope.exchange.fhir_records import case_records

        with self._operator.doing(Act.EXPORT):
            priority = self._repository.store.priority(case_id)
            return case_records(self._case_export().job(case_id).unprinted, priority)

    def printed(self, case_id: int) -> None:
        """Put down in the audit trail that a report went to a printer."""
        with self._operator.doing(Act.EXPORT):
            self._repository.store.trail.tell(EXPORTED, case_id=case_id, subject="print")

    def image_copied(self, case_id: int) -> None:
        """Put down in the audit trail that an image of a case goes into the clipboard; asked before it does."""
        with self._operator.doing(Act.EXPORT):
            self._repository.store.trail.tell(EXPORTED, case_id=case_id, subject="image", new="clipboard")

    def write_image(self, case_id: int, path: Path, encoded: Callable[[], bytes]) -> None:
        """Write an image of a case as it is shown.

        Raises
        ------
        ReportError
            When it cannot be encoded or written.
        """
        from leukoscope.reports.part_file import part_file

        with self._operator.doing(Act.EXPORT), self._claims.using(case_id):
            with part_file(path) as stream:
                stream.write(encoded())
            self._repository.store.trail.tell(EXPORTED, case_id=case_id, subject="image", new=str(path.absolute()))

    def send(self, case_id: int, channel: Channel) -> None:
        """Put a case into the outbox in the background: ExportProgress, then PutInOutbox, Failed or Stopped."""

        def run(cancel: CancelToken) -> None:
            with self._claims.using(case_id):
                self._delivery().send(self._case_export(), case_id, channel, self._exporting, cancel)
            self._tell(PutInOutbox(channel))

        with self._operator.doing(Act.SEND):
            self._jobs.run("export", self._operator.bound(run))

    def _case_export(self) -> CaseExport:
        return CaseExport(self._repository, self._bundles(), self._settings())

    def _exporting(self, progress: Progress) -> None:
        self._tell(ExportProgress(progress))
