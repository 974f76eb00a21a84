"""A person's label on a cell, written with its entry in the audit trail and the counts of its case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.conflicts import decided, said_meanwhile
from leukoscope.cases.counted_cells import count_labels, counted_of
from leukoscope.cases.signing import touch, writable
from leukoscope.cases.tables import CellRow, DecisionRow
from leukoscope.domain.errors import ConflictError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, person_label


def decide(
    session: Session,
    trail: AuditTrail,
    cell_id: int,
    said: PersonLabel | None,
    by: str,
    seen: tuple[PersonLabel | Label | None] | None,
) -> None:
    """Put a label on a cell; ``None`` takes it back. Nothing is changed where it cannot be.

    Raises
    ------
    StoreError
        When the cell is gone or its case is signed.
    ConflictError
        When somebody else has labeled the cell otherwise than ``seen`` meanwhile.
    """
    cell = session.get(CellRow, cell_id)
    if cell is None:
        raise StoreError("This cell is no longer in the case; open the case again.", f"no cell {cell_id}")
    case = writable(session, cell.frame.case_id)
    before = decided(cell)
    if seen is not None and before not in {person_label(seen[0]), said}:
        raise ConflictError(said_meanwhile(session, cell))
    old, new = before.word if before else cell.label, said.word if said else cell.label
    trail.record(session, "label", case_id=case.id, subject=f"cell {cell_id}", old=old, new=new, who=by)
    counts = cell.frame.removed_at is None and cell.removed_at is None
    if counts:
        count_labels(case, [counted_of(cell)], -1)
    cell.decided_label = said.label.value if said else None
    cell.decided_class = said.code if said else None
    session.add(
        DecisionRow(
            cell_id=cell_id, label=cell.decided_label, cell_class=cell.decided_class, by=by, at=datetime.now(UTC)
        )
    )
    if counts:
        count_labels(case, [counted_of(cell)], 1)
    touch(case)


def decide_many(
    session: Session,
    trail: AuditTrail,
    labels: Mapping[int, PersonLabel | None],
    by: str,
    seen: Mapping[int, PersonLabel | None],
) -> dict[int, str]:
    """Put labels on cells: cell id -> why it stays as it is, where somebody else has labeled it otherwise meanwhile."""
    conflicts = {}
    for cell_id, label in labels.items():
        try:
            decide(session, trail, cell_id, label, by, (seen[cell_id],))
        except ConflictError as error:
            conflicts[cell_id] = error.message
    return conflicts
