"""Signing: review, signature, amendment, and the audit trail that proves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.acting import acting
from leukoscope.domain.audit import TRAIL_EXPORTED, AuditCheck, AuditEntry
from leukoscope.domain.cases import CaseState, Signature
from leukoscope.domain.errors import ConflictError
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.claims import Claims
from leukoscope.workflow.control.in_force import BLOCK, refuse_out_of_control, taken_with, trouble_now
from leukoscope.workflow.control.runs import kept_runs
from leukoscope.workflow.control.wishes import with_wishes
from leukoscope.workflow.events import CaseChanged, Event
from leukoscope.workflow.export.audit_trail import write_trail_csv, write_trail_pdf
from leukoscope.workflow.export.report import report_bytes
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.signing_checklist import ChecklistLine, signing_checklist

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle


class CaseSigning:
    """Reviews, signs and amends cases, and shows who did what.

    Parameters
    ----------
    repository
        The cases.
    operator
        Who works here.
    models
        All installed bundles, for the signed report.
    settings
        What a person has set.
    tell
        Told of each case that changed.
    claims
        Who uses a case just now.
    """

    def __init__(
        self,
        repository: CaseRepository,
        operator: OperatorSession,
        models: Callable[[], tuple[InstalledBundle, ...]],
        settings: Callable[[], Settings],
        tell: Callable[[Event], None],
        claims: Claims,
    ) -> None:
        self._claims = claims
        self._repository, self._operator, self._models, self._settings, self._tell = (
            repository,
            operator,
            models,
            settings,
            tell,
        )

    def mark_reviewed(self, case_id: int) -> None:
        """Say that every cell of a case has been looked at."""
        with self._operator.doing(Act.REVIEW):
            self._repository.store.signing.mark_reviewed(case_id)
        self._tell(CaseChanged(case_id))

    def checklist(self, case_id: int) -> tuple[ChecklistLine, ...]:
        """What a person should know before they sign a case."""
        self._operator.require(Act.SEE)
        store, case = self._repository.store, self._repository.load(case_id)
        settings = with_wishes(self._settings(), store)
        now = datetime.now().astimezone()
        return signing_checklist(
            case,
            store.signing.waiting(case_id),
            trouble_now(kept_runs(store.trail), settings, now, taken_with(case)),
            blocks=settings.control_rule == BLOCK,
            two_people=self._operator.rules.two_people,
            signer=self._operator.name,
        )

    def sign(
        self,
        case_id: int,
        name: str,
        meaning: str,
        password: str,
        *,
        failed_known: bool = False,
        seen: int | None = None,
    ) -> None:
        """Sign a case; the password is asked for again where accounts are on.

        ``failed_known`` says that the person was told of images that could not be judged, and signs nevertheless.
        ``seen`` is the version of the case that the person saw; another one is not signed.

        Raises
        ------
        AccessError, ImagesLeftError, UnsureLeftError, ConflictError, ReportError, OutOfControlError
            As :func:`sign_case`.
        """
        self._operator.require(Act.SIGN)
        # Before the password is asked for, too.
        refuse_out_of_control(self._repository, case_id, self._settings(), datetime.now().astimezone())
        self._repository.store.signing.check(case_id, name.strip() or self._operator.name, failed_known=failed_known)
        who = self._operator.confirm(name, password)
        with self._operator.doing(Act.SIGN), acting(who), self._claims.using(case_id):
            models, settings = self._models(), self._settings()
            sign_case(
                self._repository, case_id, who, meaning, models, settings, lambda _: None, CancelToken(),
                failed_known=failed_known, seen=seen,
            )  # fmt: skip
        self._tell(CaseChanged(case_id))

    def amend(self, case_id: int, reason: str, name: str = "") -> None:
        """Open a signed case again."""
        said = "" if self._operator.rules.accounts else " ".join(name.split())
        with acting(said) if said else nullcontext(), self._operator.doing(Act.AMEND) as by:
            self._repository.store.signing.amend(case_id, reason, by)
        self._tell(CaseChanged(case_id))

    def audit(self, case_id: int | None = None, limit: int | None = None) -> tuple[AuditEntry, ...]:
        """Entries of the audit trail, the newest first."""
        self._operator.require(Act.SEE_TRAIL)
        return self._repository.store.trail.entries(case_id, limit)

    def verify_audit(self) -> AuditCheck:
        """Check the whole audit trail."""
        self._operator.require(Act.SEE_TRAIL)
        return self._repository.store.trail.verify()

    def export_audit(self, path: Path) -> None:
        """Write the whole audit trail: as PDF where the name ends so, else as CSV."""
        with self._operator.doing(Act.EXPORT_TRAIL):
            trail = self._repository.store.trail
            entries = trail.entries()[::-1]
            if path.suffix.lower() == ".pdf":
                write_trail_pdf(entries, trail.verify(), path, self._settings().page_size)
            else:
                write_trail_csv(entries, path)
            trail.tell(TRAIL_EXPORTED, subject=str(path.absolute()))


def sign_case(
    repository: CaseRepository,
    case_id: int,
    name: str,
    meaning: str,
    bundles: Sequence[InstalledBundle],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancel: CancelToken,
    *,
    failed_known: bool = False,
    seen: int | None = None,
) -> Signature:
    """Print a case with a new signature and save both, or neither.

    ``failed_known`` says that the person was told of images that could not be judged, and signs nevertheless;
    ``seen`` which version of the case they saw, ``None`` where that is what is kept now.

    Raises
    ------
    ImagesLeftError
        While images wait to be judged; or when some could not be, and nobody has been told.
    UnsureLeftError
        While unsure cells wait for a person.
    AccessError
        Where somebody else must sign.
    ConflictError
        When somebody changed the case since it was seen, or while it was printed.
    ReportError, CancelledError
        When it cannot be printed; the case is not signed then.
    OutOfControlError
        While daily control is broken, where the laboratory wants that to block signing.
    """
    refuse_out_of_control(repository, case_id, settings, datetime.now().astimezone())
    signing = repository.store.signing
    signing.check(case_id, name, failed_known=failed_known)
    case = repository.load(case_id)
    if seen is not None and case.version != seen:
        raise ConflictError("The case has changed since you looked at it; look at it again, then sign.")
    signature = Signature(name.strip(), meaning.strip() or "Reviewed", datetime.now(UTC).replace(microsecond=0))
    printed = replace(case, state=CaseState.SIGNED, signatures=(*case.signatures, signature))
    pdf = report_bytes(repository, printed, bundles, settings, on_progress, cancel)
    signing.sign(case_id, signature, pdf, case.version)
    return signature
