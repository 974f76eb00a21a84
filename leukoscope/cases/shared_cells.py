"""Cells that several images of a Case show are counted in one of them, also when that image goes and comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.counted_cells import tell_changed
from leukoscope.cases.tables import CaseRow, CellRow, SharedCellRow


def settle_shared(session: Session, trail: AuditTrail, case: CaseRow, frame_id: int, by: str) -> None:
    """An image was taken out or brought back: let each cell that it shares count in the first image that is there.

    A cell that a person took out, because it is none, stays out wherever it is shown.
    """
    for stays, others in _groups(session, frame_id):
        if stays.removed_at is not None:
            continue
        there = [one for one in (stays, *others) if one.frame.removed_at is None]
        for number, row in enumerate(there):
            if row is not stays:
                _count(session, trail, case, row, counts=number == 0, by=by)


def _groups(session: Session, frame_id: int) -> Sequence[tuple[CellRow, list[CellRow]]]:
    """Cells that are the same one and of which the image shows one: the counted one, and the others."""
    one, other = aliased(CellRow), aliased(CellRow)
    pairs = select(SharedCellRow.cell_id, SharedCellRow.stays_id)
    touched = (
        pairs.join(one, one.id == SharedCellRow.cell_id)
        .join(other, other.id == SharedCellRow.stays_id)
        .where(or_(one.frame_id == frame_id, other.frame_id == frame_id))
    )
    stays = {stays_id for _, stays_id in session.execute(touched)}
    groups = defaultdict[int, list[CellRow]](list)
    whole = pairs.where(SharedCellRow.stays_id.in_(stays)).order_by(SharedCellRow.cell_id)
    for cell_id, stays_id in session.execute(whole):
        row = session.get(CellRow, cell_id)
        if row is not None:
            groups[stays_id].append(row)
    found = [(session.get(CellRow, stays_id), others) for stays_id, others in groups.items()]
    return [(row, others) for row, others in found if row is not None]


def _count(session: Session, trail: AuditTrail, case: CaseRow, row: CellRow, *, counts: bool, by: str) -> None:
    if counts == (row.removed_at is None):
        return
    row.removed_at, row.removed_by = (None, None) if counts else (datetime.now(UTC), by)
    what = "cell restored" if counts else "cell removed"
    tell_changed(session, trail, case, row, what, counts=True, by=by)
