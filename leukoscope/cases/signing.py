"""Reviewed, signed, amended: who stands for a Case, and the report exactly as it was signed."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select, union
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.blobs import Images
from leukoscope.cases.database import Database
from leukoscope.cases.people import load_rules
from leukoscope.cases.saving import searchable
from leukoscope.cases.tables import AmendmentRow, CaseRow, CellRow, DecisionRow, FrameRow, QueueRow, SignatureRow
from leukoscope.domain.cases import Amendment, CaseState, Signature
from leukoscope.domain.errors import AccessError, ConflictError, ImagesLeftError, StoreError, UnsureLeftError
from leukoscope.domain.findings import Label

SEALED = "This case is signed; amend it with a reason to change it."


class Signing:
    """Moves Cases from open to reviewed, signed and amended.

    Parameters
    ----------
    database, images, trail
        Where Cases, their reports and the audit trail are kept.
    """

    def __init__(self, database: Database, images: Images, trail: AuditTrail) -> None:
        self._database, self._images, self._trail = database, images, trail

    def check(self, case_id: int, name: str, *, failed_known: bool = False) -> None:
        """Refuse what :meth:`sign` would refuse, before a report is printed for nothing.

        Parameters
        ----------
        case_id, name
            The Case, and who signs.
        failed_known
            Whether the person has been told of images that could not be judged, and signs nevertheless.

        Raises
        ------
        ImagesLeftError
            While images wait to be judged; or when some could not be, and nobody has been told.
        UnsureLeftError
            While unsure cells wait for a person; it names the first.
        AccessError
            Where the lab asks for two people and this one decided a cell.
        StoreError
            When it is signed already.
        """
        with self._database.reading() as session:
            self._check(session, _case(session, case_id), name, failed_known)

    def waiting(self, case_id: int) -> int:
        """How many images of a Case are not judged yet."""
        with self._database.reading() as session:
            return _waiting(session, case_id)

    def mark_reviewed(self, case_id: int) -> None:
        """Say that every cell has been looked at.

        Raises
        ------
        UnsureLeftError
            While unsure cells wait for a person.
        """
        with self._database.writing() as session:
            case = writable(session, case_id)
            refuse_waiting(session, case_id)
            _refuse_unsure(session, case_id)
            self._move(session, case, CaseState.REVIEWED)

    def sign(self, case_id: int, signature: Signature, report: bytes, version: int) -> None:
        """Sign a Case with the report as it is printed; it is read-only from now on.

        Parameters
        ----------
        case_id
            The Case.
        signature
            Who, what it means, when.
        report
            The PDF, with this signature on it.
        version
            The Case's version that was printed.

        Raises
        ------
        UnsureLeftError, AccessError, StoreError
            As :meth:`check`.
        ConflictError
            When somebody changed the Case after the report was printed.
        """
        with self._database.writing() as session:
            # Inside: whoever sets aside what belongs to no case has the write lock too.
            sha256, _ = self._images.put(report)
            case = _case(session, case_id)
            self._check(session, case, signature.name, failed_known=True)
            if case.version != version:
                raise ConflictError("The case has changed since it was printed for signing; look at it, then sign.")
            session.add(
                SignatureRow(
                    case_id=case_id, name=signature.name, meaning=signature.meaning, at=signature.at, report=sha256
                )
            )
            self._trail.record(
                session, "sign", case_id=case_id, subject=f"report {sha256}", new=signature.meaning, who=signature.name
            )
            self._move(session, case, CaseState.SIGNED, signature.name)

    def amend(self, case_id: int, reason: str, by: str) -> None:
        """Open a signed Case again; its signatures and reports stay.

        Raises
        ------
        StoreError
            Without a reason, or when it is not signed.
        """
        if not reason.strip():
            raise StoreError("An amendment needs a reason; write why the case is changed.")
        with self._database.writing() as session:
            case = _case(session, case_id)
            if not CaseState(case.state).is_read_only:
                raise StoreError("This case is not signed; it can be changed as it is.")
            session.add(AmendmentRow(case_id=case_id, reason=reason.strip(), by=by, at=datetime.now(UTC)))
            self._trail.record(session, "amend", case_id=case_id, reason=reason.strip(), who=by)
            self._move(session, case, CaseState.AMENDED, by)

    def reports(self, case_id: int) -> tuple[tuple[Signature, str], ...]:
        """Every signature of a Case with the SHA-256 of the report that was signed, in order."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(SignatureRow).where(SignatureRow.case_id == case_id).order_by(SignatureRow.id)
            )
            return tuple((Signature(row.name, row.meaning, row.at), row.report) for row in rows)

    def _check(self, session: Session, case: CaseRow, name: str, failed_known: bool) -> None:
        if not name.strip():
            raise AccessError("Write your name; a signature needs one.")
        if CaseState(case.state).is_read_only:
            raise StoreError("This case is signed already.")
        refuse_waiting(session, case.id)
        if not failed_known:
            _refuse_failed(session, case.id)
        _refuse_unsure(session, case.id)
        if load_rules(session).two_people and _decided_by(session, case.id, name):
            raise AccessError("You decided cells of this case yourself; somebody else must sign it.")

    def _move(self, session: Session, case: CaseRow, state: CaseState, who: str | None = None) -> None:
        if case.state != state.value:
            self._trail.record(session, "state", case_id=case.id, old=case.state, new=state.value, who=who)
        case.state = state.value
        touch(case)


def touch(case: CaseRow) -> None:
    """A Case has changed."""
    case.changed_at = datetime.now(UTC)
    case.version += 1


def writable(session: Session, case_id: int) -> CaseRow:
    """A Case that may be changed.

    Raises
    ------
    StoreError
        When it is gone, or signed.
    """
    case = _case(session, case_id)
    if CaseState(case.state).is_read_only:
        raise StoreError(SEALED)
    return case


def undecided(case_id: int) -> tuple[ColumnElement[bool], ...]:
    """What picks the cells that wait for a person."""
    return (
        FrameRow.case_id == case_id,
        FrameRow.removed_at.is_(None),
        CellRow.removed_at.is_(None),
        CellRow.label == Label.UNSURE.value,
        CellRow.decided_label.is_(None),
    )


def load_signatures(session: Session, case_id: int) -> tuple[Signature, ...]:
    """Signatures of a Case in the order they were made."""
    rows = session.scalars(select(SignatureRow).where(SignatureRow.case_id == case_id).order_by(SignatureRow.id))
    return tuple(Signature(row.name, row.meaning, row.at) for row in rows)


def load_amendments(session: Session, case_id: int) -> tuple[Amendment, ...]:
    """Amendments of a Case in the order they were made."""
    rows = session.scalars(select(AmendmentRow).where(AmendmentRow.case_id == case_id).order_by(AmendmentRow.id))
    return tuple(Amendment(row.reason, row.by, row.at) for row in rows)


def _case(session: Session, case_id: int) -> CaseRow:
    row = session.get(CaseRow, case_id)
    if row is None:
        raise StoreError("This case is no longer in the list; open the list again.", f"no case {case_id}")
    return row


def refuse_waiting(session: Session, case_id: int) -> None:
    """Raise ImagesLeftError while images of a Case are not judged yet."""
    count = _waiting(session, case_id)
    if count == 1:
        raise ImagesLeftError("1 image of this case is not judged yet; wait for it, or remove it.", waiting=1)
    if count:
        message = f"{count} images of this case are not judged yet; wait for them, or remove them."
        raise ImagesLeftError(message, waiting=count)


def _waiting(session: Session, case_id: int) -> int:
    wanted = select(func.count()).where(QueueRow.case_id == case_id, QueueRow.removed_at.is_(None))
    return session.scalar(wanted) or 0


def _refuse_failed(session: Session, case_id: int) -> None:
    wanted = select(func.count()).where(
        FrameRow.case_id == case_id, FrameRow.removed_at.is_(None), FrameRow.error.is_not(None)
    )
    count = session.scalar(wanted) or 0
    if count == 1:
        message = "1 image of this case could not be judged; judge it again, remove it, or sign without it."
        raise ImagesLeftError(message, failed=1)
    if count:
        message = f"{count} images of this case could not be judged; judge again, remove, or sign without them."
        raise ImagesLeftError(message, failed=count)


def _refuse_unsure(session: Session, case_id: int) -> None:
    waiting = select(func.count(), func.min(CellRow.id)).join(FrameRow, FrameRow.id == CellRow.frame_id)
    count, first = session.execute(waiting.where(*undecided(case_id))).one()
    if count == 1:
        raise UnsureLeftError("1 unsure cell waits for you; label it, then sign.", cell_id=first)
    if count:
        raise UnsureLeftError(f"{count} unsure cells wait for you; label them, then sign.", cell_id=first)


def _decided_by(session: Session, case_id: int, name: str) -> bool:
    labeled = (
        select(DecisionRow.by)
        .join(CellRow, CellRow.id == DecisionRow.cell_id)
        .join(FrameRow, FrameRow.id == CellRow.frame_id)
        .where(FrameRow.case_id == case_id)
    )
    drawn, removed = (
        select(column).join(FrameRow, FrameRow.id == CellRow.frame_id).where(FrameRow.case_id == case_id)
        for column in (CellRow.added_by, CellRow.removed_by)
    )
    people = session.scalars(union(labeled, drawn, removed))
    return searchable(name.strip()) in {searchable(by.strip()) for by in people if by is not None}
