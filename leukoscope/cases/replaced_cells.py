"""Which cells stand for the same one: a person moved or resized a box, divided a cell or joined several."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.tables import AuditRow, CellRow
from leukoscope.domain.box_edits import Change

_NUMBER = re.compile(r"\d+")


def counting_instead(session: Session, case_id: int, cell_id: int) -> tuple[int, ...]:
    """Cells that count now and stand for the same one: of it others were made, or it was made of them.

    The audit trail knows it: each change names the cells that it took and those that it gave.
    """
    made_of: dict[int, set[int]] = defaultdict(set)
    became: dict[int, set[int]] = defaultdict(set)
    told = select(AuditRow.subject, AuditRow.reason).where(
        AuditRow.case_id == case_id, AuditRow.what.in_([one.value for one in Change])
    )
    for subject, reason in session.execute(told):
        for one in _numbers(reason):
            for other in _numbers(subject):
                # Taking a change back names them the other way round; what was made later has the higher key.
                made_of[max(one, other)].add(min(one, other))
                became[min(one, other)].add(max(one, other))
    same = (_reached(made_of, cell_id) | _reached(became, cell_id)) - {cell_id}
    rows = (session.get(CellRow, one) for one in sorted(same))
    return tuple(row.id for row in rows if row is not None and row.removed_at is None)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in _NUMBER.findall(text))


def _reached(ways: Mapping[int, set[int]], start: int) -> set[int]:
    found, new = set[int](), {start}
    while new:
        found |= new
        new = {goal for one in new for goal in ways.get(one, ())} - found
    return found
