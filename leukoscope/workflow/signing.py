"""Signing: the report is printed with the signature on it, then signature and report are saved as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leukoscope.domain.cases import CaseState, Signature
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export.report import report_bytes
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle


def sign_case(
    casebook: CaseRepository,
    case_id: int,
    name: str,
    meaning: str,
    bundles: Sequence[InstalledBundle],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancel: CancelToken,
    *,
    failed_known: bool = False,
) -> Signature:
    """Print a case with a new signature and save both, or neither.

    ``failed_known`` says that the person was told of images that could not be judged, and signs nevertheless.

    Raises
    ------
    ImagesLeftError
        While images wait to be judged; or when some could not be, and nobody has been told.
    UnsureLeftError
        While unsure cells wait for a person.
    AccessError
        Where somebody else must sign.
    ConflictError
        When somebody changed the case while it was printed.
    ReportError, CancelledError
        When it cannot be printed; the case is not signed then.
    """
    signing = casebook.store.signing
    signing.check(case_id, name, failed_known=failed_known)
    case = casebook.load(case_id)
    signature = Signature(name.strip(), meaning.strip() or "Reviewed", datetime.now(UTC).replace(microsecond=0))
    printed = replace(case, state=CaseState.SIGNED, signatures=(*case.signatures, signature))
    pdf = report_bytes(casebook, printed, bundles, settings, on_progress, cancel)
    signing.sign(case_id, signature, pdf, case.version)
    return signature
