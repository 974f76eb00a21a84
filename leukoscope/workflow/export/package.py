"""From a Case to a Parcel: what other systems get, the report as it prints included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leukoscope import __version__
from leukoscope.domain.cases import CaseFrame, CaseState
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.exchange.parcel import Parcel
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export.report import report_bytes
from leukoscope.workflow.languages import chosen_language
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle

PROGRAM = "LeukoScope"


def make_parcel(
    casebook: CaseRepository,
    case_id: int,
    bundles: Sequence[InstalledBundle],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancel: CancelToken,
) -> Parcel:
    """A case with its report, ready for every format; a signed case goes with the very report that was signed.

    Raises
    ------
    ReportError
        When the report cannot be written.
    CancelledError
        After a cancel.
    """
    case = casebook.load_to_leave(case_id)
    signed = casebook.store.signing.reports(case_id) if case.state is CaseState.SIGNED else ()
    if signed:
        pdf = casebook.store.read_image(signed[-1][1])
    else:
        pdf = report_bytes(casebook, case, bundles, settings, on_progress, cancel)
    return Parcel(
        case=case,
        made_at=datetime.now(UTC).astimezone(),
        software=PROGRAM,
        version=__version__,
        pdf=pdf,
        laboratory=settings.laboratory,
        address=settings.address,
        language=chosen_language(settings.language),
        titles={bundle.manifest.model_sha256: bundle.manifest.title for bundle in bundles},
    )


def file_reader(casebook: CaseRepository) -> Callable[[CaseFrame], bytes]:
    """Gives the file of an image, as it was taken in."""
    return lambda frame: casebook.store.read_image(frame.sha256)
