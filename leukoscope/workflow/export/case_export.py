"""Export of cases: as a file or folder that appears when it is whole, or as a preview in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from leukoscope.domain.audit import EXPORTED
from leukoscope.domain.cases import Case, CaseState
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export.export_format import ExportFormat
from leukoscope.workflow.export.job import ExportJob
from leukoscope.workflow.export.ownership import Owner
from leukoscope.workflow.export.report import report_bytes, write_report
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle


@dataclass(frozen=True, eq=False)
class CaseExport:
    """What is needed to export cases.

    Parameters
    ----------
    repository
        Where they come from.
    bundles
        Installed bundles: the report names the models that spoke.
    settings
        What a person has set.
    """

    repository: CaseRepository
    bundles: Sequence[InstalledBundle]
    settings: Settings

    def write(
        self,
        case_id: int,
        kind: ExportFormat,
        path: Path,
        on_progress: Callable[[Progress], None] = lambda _: None,
        cancel: CancelToken | None = None,
    ) -> None:
        """Write a case as a file, or as a folder that holds this export and nothing else. It appears when whole.

        An earlier export of the same case is replaced.

        Raises
        ------
        ReportError, ExchangeError
            When it cannot be written, or what is there already is not shown to be of this case.
        StoreError
            When the case or an image of it cannot be read.
        CancelledError
            After a cancel; there is no file then.
        """
        store = self.repository.store
        Owner(self.repository.load(case_id), store.frames.hashes(case_id)).refuse_foreign(path, kind)
        kind.write(self.job(case_id, on_progress, cancel), path)
        store.trail.tell(EXPORTED, case_id=case_id, subject=kind.id, new=str(path.absolute()))

    def job(
        self,
        case_id: int,
        on_progress: Callable[[Progress], None] = lambda _: None,
        cancel: CancelToken | None = None,
    ) -> ExportJob:
        """One case on its way out: it and its report are made when a writer asks for them."""
        token = cancel or CancelToken()

        def print_report(case: Case, path: Path | BinaryIO) -> None:
            write_report(self.repository, case, path, self.bundles, self.settings, on_progress, token)

        return ExportJob(
            read_case=lambda: self.repository.load_to_leave(case_id),
            read_frame=self.repository.frame,
            read_file=lambda frame: self.repository.store.read_image(frame.sha256),
            print_report=print_report,
            bundles=self.bundles,
            settings=self.settings,
            cancel=token,
            signed_report=self._signed_report,
            placer=lambda case: self.repository.store.case_orders.placer(case.id),
        )

    def _signed_report(self, case: Case) -> bytes | None:
        store = self.repository.store
        signed = store.signing.reports(case.id) if case.state is CaseState.SIGNED else ()
        return store.read_image(signed[-1][1]) if signed else None

    def preview(self, case_id: int, on_progress: Callable[[Progress], None], cancel: CancelToken) -> bytes:
        """The PDF report as it would be written now, in memory; raises as :meth:`write`."""
        case = self.repository.load_to_leave(case_id)
        return report_bytes(self.repository, case, self.bundles, self.settings, on_progress, cancel)
