"""What seals a case and what proves it: review, signature, amendment, and the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.audit_trail import acting
from leukoscope.domain.audit import TRAIL_EXPORTED, AuditCheck, AuditEntry
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.audit import write_trail_csv, write_trail_pdf
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.claims import Claims
from leukoscope.workflow.events import CaseChanged, Event
from leukoscope.workflow.operator_session import Desk
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.signing import sign_case

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle


class SealDesk:
    """Reviews, signs and amends cases, and shows who did what.

    Parameters
    ----------
    casebook
        The cases.
    desk
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
        casebook: CaseRepository,
        desk: Desk,
        models: Callable[[], tuple[InstalledBundle, ...]],
        settings: Callable[[], Settings],
        tell: Callable[[Event], None],
        claims: Claims,
    ) -> None:
        self._claims = claims
        self._casebook, self._desk, self._models, self._settings, self._tell = casebook, desk, models, settings, tell

    def mark_reviewed(self, case_id: int) -> None:
        """Say that every cell of a case has been looked at."""
        with self._desk.doing(Act.REVIEW):
            self._casebook.store.signing.mark_reviewed(case_id)
        self._tell(CaseChanged(case_id))

    def sign(self, case_id: int, name: str, meaning: str, password: str, *, failed_known: bool = False) -> None:
        """Sign a case; the password is asked for again where accounts are on.

        ``failed_known`` says that the person was told of images that could not be judged, and signs nevertheless.

        Raises
        ------
        AccessError, ImagesLeftError, UnsureLeftError, ConflictError, ReportError
            As :func:`leukoscope.workflow.signing.sign_case`.
        """
        self._desk.require(Act.SIGN)
        self._casebook.store.signing.check(case_id, name.strip() or self._desk.name, failed_known=failed_known)
        who = self._desk.confirm(name, password)
        with self._desk.doing(Act.SIGN), acting(who), self._claims.using(case_id):
            sign_case(
                self._casebook, case_id, who, meaning, self._models(), self._settings(), lambda _: None, CancelToken(),
                failed_known=failed_known,
            )  # fmt: skip
        self._tell(CaseChanged(case_id))

    def amend(self, case_id: int, reason: str, name: str = "") -> None:
        """Open a signed case again."""
        said = "" if self._desk.rules.accounts else " ".join(name.split())
        with acting(said) if said else nullcontext(), self._desk.doing(Act.AMEND) as by:
            self._casebook.store.signing.amend(case_id, reason, by)
        self._tell(CaseChanged(case_id))

    def audit(self, case_id: int | None = None, limit: int | None = None) -> tuple[AuditEntry, ...]:
        """Entries of the audit trail, the newest first."""
        self._desk.require(Act.SEE_TRAIL)
        return self._casebook.store.trail.entries(case_id, limit)

    def verify_audit(self) -> AuditCheck:
        """Check the whole audit trail."""
        self._desk.require(Act.SEE_TRAIL)
        return self._casebook.store.trail.verify()

    def export_audit(self, path: Path) -> None:
        """Write the whole audit trail: as PDF where the name ends so, else as CSV."""
        with self._desk.doing(Act.EXPORT_TRAIL):
            trail = self._casebook.store.trail
            entries = trail.entries()[::-1]
            if path.suffix.lower() == ".pdf":
                write_trail_pdf(entries, trail.verify(), path, self._settings().page_size)
            else:
                write_trail_csv(entries, path)
            trail.tell(TRAIL_EXPORTED, subject=str(path.absolute()))
