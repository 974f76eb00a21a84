"""Cells that become others: one whose box a person changed, one that is two, several that are one.

The former cells are taken out and stay in the record, the new ones are added, in one transaction with one entry of the
audit trail; taking it back lets the former ones count again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.counted_cells import count_labels, counted_of
from leukoscope.cases.database import Database
from leukoscope.cases.loading import comment_on
from leukoscope.cases.manual_edits import cell_with_opinions, put_comment
from leukoscope.cases.signing import touch, writable
from leukoscope.cases.tables import CaseRow, CellRow, DecisionRow
from leukoscope.domain.box_edits import Change, Changed
from leukoscope.domain.carried_over import comment_of_all, decision_of_all
from leukoscope.domain.cases import Decision
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import BundleId, Finding, Label


class CellChanges:
    """Puts cells in the place of others of the same image.

    Parameters
    ----------
    database, trail
        Where Cases and the audit trail are kept.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def replace(self, former_ids: Sequence[int], findings: Sequence[Finding], what: Change, by: str) -> Changed:
        """Save new cells in the place of others; labels and comments of people stay.

        A label stays where those cells that have one have the same.

        Parameters
        ----------
        former_ids
            At least one; all of one image, and all count.
        findings
            Of the new cells.
        what, by
            What was done, and who did it.

        Raises
        ------
        StoreError
            When a former cell is gone or does not count any more, or the Case is signed.
        """
        with self._database.writing() as session:
            former = [_counting(session, cell_id, True) for cell_id in former_ids]
            case = writable(session, former[0].frame.case_id)
            now = datetime.now(UTC)
            said = [_newest(session, row) for row in former]
            kept = decision_of_all(said)
            made = self._add(session, former[0], findings, by, now)
            self._take(session, case, former, by, now)
            count_labels(case, [counted_of(row) for row in made], 1)
            comment = comment_of_all([comment_on(row) for row in former], by, now)
            for row in made:
                put_comment(row, comment)
                if kept is not None:
                    self._keep_label(session, case, row, kept, former_ids)
            self._record(session, case, what, (former, made), by)
            return Changed(what, tuple(former_ids), tuple(row.id for row in made), kept is None and any(said))

    def exchange(self, former_ids: Sequence[int], cell_ids: Sequence[int], what: Change, by: str) -> None:
        """Take cells out and let others count again that were in their place, or took it.

        Raises
        ------
        StoreError
            As :meth:`replace`; also when one of the others counts already.
        """
        with self._database.writing() as session:
            former = [_counting(session, cell_id, True) for cell_id in former_ids]
            back = [_counting(session, cell_id, False) for cell_id in cell_ids]
            case = writable(session, former[0].frame.case_id)
            self._take(session, case, former, by, datetime.now(UTC))
            for row in back:
                row.removed_at = row.removed_by = None
            count_labels(case, [counted_of(row) for row in back], 1)
            self._record(session, case, what, (former, back), by)

    @staticmethod
    def _add(session: Session, beside: CellRow, findings: Sequence[Finding], by: str, now: datetime) -> list[CellRow]:
        last = session.scalar(select(func.max(CellRow.position)).where(CellRow.frame_id == beside.frame_id))
        keys: dict[BundleId, int] = {}
        made = []
        for place, finding in enumerate(findings, (last or 0) + 1):
            row = cell_with_opinions(session, finding, place, keys)
            row.frame_id, row.added_by, row.added_at = beside.frame_id, by, now
            session.add(row)
            made.append(row)
        session.flush()
        return made

    @staticmethod
    def _take(session: Session, case: CaseRow, rows: Sequence[CellRow], by: str, now: datetime) -> None:
        count_labels(case, [counted_of(row) for row in rows], -1)
        for row in rows:
            row.removed_at, row.removed_by = now, by
        session.flush()

    def _keep_label(
        self, session: Session, case: CaseRow, row: CellRow, kept: Decision, former_ids: Sequence[int]
    ) -> None:
        count_labels(case, [counted_of(row)], -1)
        row.decided_label, row.decided_class = kept.label.value, kept.code
        count_labels(case, [counted_of(row)], 1)
        session.add(
            DecisionRow(cell_id=row.id, label=kept.label.value, cell_class=kept.code, by=kept.by, at=kept.at)
        )  # fmt: skip
        came_from = ", ".join(f"cell {one}" for one in former_ids)
        self._trail.record(
            session, "label", case_id=case.id, subject=f"cell {row.id}", old=row.label, new=kept.said.word,
            reason=f"carried over from {came_from}", who=kept.by,
        )  # fmt: skip

    def _record(
        self, session: Session, case: CaseRow, what: Change, cells: tuple[Sequence[CellRow], Sequence[CellRow]], by: str
    ) -> None:
        former, now = cells
        subject = "cell " + ", ".join(str(row.id) for row in now)
        came_from = ", ".join(f"cell {row.id}" for row in former)
        self._trail.record(
            session, what.value, case_id=case.id, subject=subject, old=_boxes(former), new=_boxes(now),
            reason=f"in the place of {came_from}", who=by,
        )  # fmt: skip
        touch(case)


def _counting(session: Session, cell_id: int, wanted: bool) -> CellRow:
    row = session.get(CellRow, cell_id)
    if row is None or (row.removed_at is None) != wanted or row.frame.removed_at is not None:
        detail = f"cell {cell_id}: {'none' if row is None else row.removed_at}"
        raise StoreError("Somebody has changed this cell meanwhile; open the case again.", detail)
    return row


def _newest(session: Session, row: CellRow) -> Decision | None:
    if row.decided_label is None:
        return None
    newest = select(DecisionRow).where(DecisionRow.cell_id == row.id).order_by(DecisionRow.id.desc()).limit(1)
    said = session.scalars(newest).one()
    return Decision(Label(row.decided_label), said.by, said.at, row.decided_class)


def _boxes(rows: Sequence[CellRow]) -> str:
    return "; ".join(f"{row.x}, {row.y}, {row.width} x {row.height}" for row in rows)
