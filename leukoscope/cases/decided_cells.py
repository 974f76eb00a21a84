"""Cells that people decided in reviewed and signed cases: where they are, and who decided."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select

from leukoscope.cases.database import Database
from leukoscope.cases.tables import CaseRow, CellRow, DecisionRow, FrameRow
from leukoscope.domain.cases import CaseState
from leukoscope.domain.findings import Label
from leukoscope.domain.rereads import DecidedCell

DONE = (CaseState.REVIEWED.value, CaseState.SIGNED.value)


def decided_cells(database: Database) -> tuple[DecidedCell, ...]:
    """All of them in the order of their keys, without those that a person left unsure.

    Raises
    ------
    StoreError
        When the database cannot be read.
    """
    newest = select(func.max(DecisionRow.id)).group_by(DecisionRow.cell_id).scalar_subquery()
    wanted = (
        select(FrameRow.case_id, CellRow.frame_id, CellRow.id, DecisionRow.by)
        .join(FrameRow, FrameRow.id == CellRow.frame_id)
        .join(CaseRow, CaseRow.id == FrameRow.case_id)
        .join(DecisionRow, and_(DecisionRow.cell_id == CellRow.id, DecisionRow.id.in_(newest)))
        .where(
            CaseRow.state.in_(DONE), CaseRow.removed_at.is_(None), FrameRow.removed_at.is_(None),
            CellRow.removed_at.is_(None),
            or_(CellRow.decided_class.is_not(None), CellRow.decided_label != Label.UNSURE.value),
        )
        .order_by(CellRow.id)
    )  # fmt: skip
    with database.reading() as session:
        return tuple(DecidedCell(*row) for row in session.execute(wanted))
