"""What orders have said of Cases: a change of an order does not overwrite what a person wrote, nor delete work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.case_rows import add_case
from leukoscope.cases.database import Database
from leukoscope.cases.loading import load_header
from leukoscope.cases.saving import changed_fields, header_columns
from leukoscope.cases.signing import touch, writable
from leukoscope.cases.tables import AuditRow, CaseRow, FrameRow, QueueRow
from leukoscope.domain.cases import CaseHeader, CaseState, Priority
from leukoscope.domain.errors import StoreError

BEGUN, CHANGED, CANCELLED = "ordered", "order changed", "order cancelled"
"""What the audit trail says."""
PLACER = "placer"
"""Subject of the entry that keeps the sender's own number of an order."""
GONE = "This case is no longer in the list; open the list again."
_BY_HAND = ("header", "priority")
_URGENCY = (Priority.ROUTINE, Priority.URGENT, Priority.STAT)


@dataclass(frozen=True)
class OrderChange:
    """What came of a changed order: names of header fields (or ``priority``)."""

    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrderedCase:
    """A Case as an order meets it; ``is_untouched`` says that it is open and never had an image."""

    header: CaseHeader
    is_read_only: bool
    is_untouched: bool


class CaseOrders:
    """Orders in the database: part of :class:`leukoscope.cases.store.CaseStore`.

    Parameters
    ----------
    database, trail
        Of the store.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def begin(self, header: CaseHeader, priority: Priority, placer: str = "") -> int:
        """Begin a Case as an order says, and return its key: its header is the order's until a person writes in it.

        Parameters
        ----------
        header, priority
            As the order has them.
        placer
            The sender's own number of the order; see :meth:`placer`.

        Raises
        ------
        NumberTakenError
            When another Case has this number, in this or another spelling.
        """
        with self._database.writing() as session:
            row = add_case(session, self._trail, header, priority)
            self._trail.record(session, BEGUN, case_id=row.id)
            if placer:
                self._trail.record(session, CHANGED, case_id=row.id, subject=PLACER, new=placer)
            return row.id

    def placer(self, case_id: int) -> str:
        """The number by which whoever ordered a Case knows the order, as HL7 writes it; empty where none is known."""
        with self._database.reading() as session:
            return _placer(session, case_id)

    def keep_placer(self, case_id: int, placer: str) -> None:
        """Keep that number of a Case that is there already; the last one counts, for a signed Case too."""
        with self._database.writing() as session:
            before = _placer(session, case_id)
            if placer and placer != before:
                self._trail.record(session, CHANGED, case_id=case_id, subject=PLACER, old=before, new=placer)

    def of_patient(self, patient_id: str) -> tuple[int, ...]:
        """Keys of the Cases of a patient, by the hospital's number, the oldest first; those put away are left out."""
        with self._database.reading() as session:
            wanted = CaseRow.patient_id == patient_id, CaseRow.removed_at.is_(None)
            return tuple(session.scalars(select(CaseRow.id).where(*wanted).order_by(CaseRow.id)))

    def change(
        self,
        case_id: int,
        said: Mapping[str, str],
        priority: Priority | None,
        only_fill: bool = False,
        renamed: frozenset[str] = frozenset(),
    ) -> OrderChange:
        """Write what a changed order says, except where a person wrote something else.

        Parameters
        ----------
        case_id
            The Case.
        said
            Fields of the header that the order names; an empty text empties the field.
        priority
            ``None`` when the order does not name it.
        only_fill
            Only write into fields that are empty, and only make the Case more urgent: for an order that comes twice.
        renamed
            Fields that are written over a person's word too: the hospital has renamed what the person named.

        Returns
        -------
        OrderChange
            What was changed, and where a person's word was kept.

        Raises
        ------
        StoreError
            When the Case is signed or gone; nothing is changed.
        """
        with self._database.writing() as session:
            row = writable(session, case_id)
            theirs = _by_people(session, row) - renamed
            now = header_columns(load_header(row))
            wanted = {name: text for name, text in said.items() if now[name] != text and not (only_fill and now[name])}
            kept = [name for name in wanted if name in theirs]
            header = CaseHeader(
                **{
                    name: wanted[name] if name in wanted and name not in theirs else text
                    for name, text in now.items()
                    if name != "search_text"
                }
            )
            changed = self._write(session, row, now, header)
            if priority is not None and priority.value != row.priority:
                sooner = _URGENCY.index(priority) > _URGENCY.index(Priority(row.priority))
                if "priority" in theirs:
                    kept += [] if only_fill else ["priority"]
                elif sooner or not only_fill:
                    self._trail.record(
                        session, CHANGED, case_id=case_id, subject="priority", old=row.priority, new=priority.value
                    )
                    row.priority = priority.value
                    changed.append("priority")
            if changed:
                touch(row)
            return OrderChange(tuple(changed), tuple(kept))

    def _write(self, session: Session, row: CaseRow, now: dict[str, str], header: CaseHeader) -> list[str]:
        changed = []
        for name, old, new in changed_fields(now, header_columns(header)):
            setattr(row, name, new)
            if name != "search_text":
                self._trail.record(session, CHANGED, case_id=row.id, subject=name, old=old, new=new)
                changed.append(name)
        return changed

    def look(self, case_id: int) -> OrderedCase:
        """What an order has to know of a Case.

        Raises
        ------
        StoreError
            When it is gone.
        """
        with self._database.reading() as session:
            row = session.get(CaseRow, case_id)
            if row is None:
                raise StoreError(GONE, f"no case {case_id}")
            return OrderedCase(load_header(row), CaseState(row.state).is_read_only, _is_untouched(session, row))

    def cancel(self, case_id: int, sentence: str) -> bool:
        """An order was cancelled: take its Case off the list where nobody has worked on it, else write it on the Case.

        Parameters
        ----------
        case_id
            The Case.
        sentence
            Goes to the end of the notes of a Case that stays, once.

        Returns
        -------
        bool
            Whether the Case was taken off the list; ``restore_case`` brings it back.
        """
        with self._database.writing() as session:
            row = session.get(CaseRow, case_id)
            if row is None:
                raise StoreError(GONE, f"no case {case_id}")
            gone = _is_untouched(session, row)
            self._trail.record(session, CANCELLED, case_id=case_id, new="put away" if gone else "kept")
            if gone:
                row.removed_at = datetime.now(UTC)
            elif not CaseState(row.state).is_read_only and sentence not in row.notes:
                header = load_header(row)
                notes = f"{header.notes}\n{sentence}".strip()
                self._write(session, row, header_columns(header), CaseHeader(**{**header.__dict__, "notes": notes}))
                touch(row)
            return gone


def _placer(session: Session, case_id: int) -> str:
    told = AuditRow.case_id == case_id, AuditRow.what == CHANGED, AuditRow.subject == PLACER
    return session.scalar(select(AuditRow.new).where(*told).order_by(AuditRow.number.desc()).limit(1)) or ""


def _is_untouched(session: Session, row: CaseRow) -> bool:
    """Whether it is open and never had an image, neither a judged one nor one that waits."""
    images = session.scalar(select(func.count()).select_from(FrameRow).where(FrameRow.case_id == row.id))
    waiting = session.scalar(select(func.count()).select_from(QueueRow).where(QueueRow.case_id == row.id))
    return not images and not waiting and CaseState(row.state) is CaseState.OPEN


def _by_people(session: Session, row: CaseRow) -> frozenset[str]:
    """Fields whose last word a person had, by the audit trail."""
    wanted = (
        select(AuditRow.what, AuditRow.subject)
        .where(AuditRow.case_id == row.id, AuditRow.what.in_((*_BY_HAND, BEGUN, CHANGED)))
        .order_by(AuditRow.number)
    )
    by_order = False
    last: dict[str, bool] = {}
    for what, subject in session.execute(wanted):
        if what == BEGUN:
            by_order = True
        else:
            last["priority" if what == "priority" else subject] = what in _BY_HAND
    columns = header_columns(load_header(row))
    begun_by_hand = set() if by_order else {name for name, text in columns.items() if text}
    return frozenset(
        {name for name in begun_by_hand if name not in last} | {name for name, hand in last.items() if hand}
    )
