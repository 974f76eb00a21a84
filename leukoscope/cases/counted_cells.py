"""Counts of a Case kept in step with its cells, and what is told of a cell that counts or counts no longer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.signing import touch
from leukoscope.cases.tables import CaseRow, CellRow
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import counted_verdict


def tell_changed(
    session: Session, trail: AuditTrail, case: CaseRow, row: CellRow, what: str, *, counts: bool, by: str
) -> None:
    """A cell was added, taken out or brought back: tell it, and keep the Case's counts where its image ``counts``."""
    box = f"{row.x}, {row.y}, {row.width} x {row.height}"
    gone = row.removed_at is not None
    old, new = (box, "") if gone else ("", box)
    trail.record(session, what, case_id=case.id, subject=f"cell {row.id}", old=old, new=new, who=by)
    if counts:
        count_labels(case, [counted_of(row)], -1 if gone else 1)
    touch(case)


def count_labels(case: CaseRow, labels: Sequence[Label | None], sign: int) -> None:
    """Keep the counts of a Case in step: ``sign`` is 1 or -1, ``None`` a cell that is none of the three."""
    case.leukemic_count += sign * labels.count(Label.LEUKEMIC)
    case.healthy_count += sign * labels.count(Label.HEALTHY)
    case.unsure_count += sign * labels.count(Label.UNSURE)
    case.named_count += sign * labels.count(None)


def counted_of(row: CellRow) -> Label | None:
    """The verdict that a cell is counted under."""
    return counted_verdict(Label(row.decided_label or row.label), row.decided_class)


def counted_in(session: Session, frame_id: int) -> list[Label | None]:
    """The same for all cells of an image that count."""
    counted = select(CellRow.label, CellRow.decided_label, CellRow.decided_class)
    wanted = counted.where(CellRow.frame_id == frame_id, CellRow.removed_at.is_(None))
    return [counted_verdict(Label(said or label), code) for label, said, code in session.execute(wanted)]
