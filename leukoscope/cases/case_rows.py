"""The row of a Case: its header, and whether it stands on the list."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.conflicts import merged
from leukoscope.cases.erasing import next_case_id
from leukoscope.cases.loading import load_header
from leukoscope.cases.numbers import refuse_return, take_number
from leukoscope.cases.saving import changed_fields, header_columns
from leukoscope.cases.signing import touch, writable
from leukoscope.cases.tables import CaseRow
from leukoscope.domain.cases import CaseHeader, CaseState, Priority
from leukoscope.domain.errors import StoreError


def case_row(session: Session, case_id: int) -> CaseRow:
    """The row; raises StoreError when there is none."""
    row = session.get(CaseRow, case_id)
    if row is None:
        raise StoreError("This case is no longer in the list; open the list again.", f"no case {case_id}")
    return row


def add_case(session: Session, trail: AuditTrail, header: CaseHeader, priority: Priority) -> CaseRow:
    """Add an empty Case, with its entry of the audit trail.

    Raises
    ------
    NumberTakenError
        When another Case has this number, in this or another spelling.
    """
    now = datetime.now(UTC)
    row = CaseRow(**header_columns(header), state=CaseState.OPEN.value, created_at=now, changed_at=now)
    row.priority = priority.value
    take_number(session, row, header.number)
    if (key := next_case_id(session)) is not None:
        row.id = key
    session.add(row)
    session.flush()
    trail.record(session, "case added", case_id=row.id, new=header.number)
    return row


def write_header(
    session: Session, trail: AuditTrail, case_id: int, header: CaseHeader, base: CaseHeader | None
) -> None:
    """Write a new header, with an entry of the audit trail for each field that changes.

    Parameters
    ----------
    session, trail, case_id, header
        What is written where.
    base
        As the person saw it before typing: only fields that were typed in are written.

    Raises
    ------
    ConflictError
        When somebody else wrote another value into the same field meanwhile.
    NumberTakenError
        When another Case has the number, in this or another spelling.
    """
    row = writable(session, case_id)
    now, wanted = header_columns(load_header(row)), header_columns(header)
    if base is not None:
        wanted = merged(header_columns(base), wanted, now)
    header = CaseHeader(**{name: value for name, value in wanted.items() if name != "search_text"})
    take_number(session, row, header.number)
    for name, old, new in changed_fields(now, header_columns(header)):
        setattr(row, name, new)
        if name != "search_text":
            trail.record(session, "header", case_id=case_id, subject=name, old=old, new=new)
    touch(row)


def put_case_away(session: Session, trail: AuditTrail, case_id: int) -> None:
    """Take a Case off the list. Twice does nothing."""
    row = writable(session, case_id)
    if row.removed_at is not None:
        return
    row.removed_at = datetime.now(UTC)
    touch(row)
    trail.record(session, "case removed", case_id=case_id)


def bring_case_back(session: Session, trail: AuditTrail, case_id: int) -> None:
    """Put a Case onto the list again; NumberTakenError when its number was given away. Twice does nothing."""
    row = case_row(session, case_id)
    if row.removed_at is None:
        return
    refuse_return(session, row)
    row.removed_at = None
    touch(row)
    trail.record(session, "case restored", case_id=case_id)
