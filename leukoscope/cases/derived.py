"""Columns that say again what other rows say: checked against those, and made anew from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from leukoscope.cases.counted_cells import count_labels, counted_in
from leukoscope.cases.loading import load_header
from leukoscope.cases.numbers import key_column
from leukoscope.cases.saving import header_columns
from leukoscope.cases.tables import CaseRow, FrameRow

DERIVED = (
    "frame_count", "leukemic_count", "healthy_count", "unsure_count", "named_count", "search_text", "number_key",
)  # fmt: skip


@dataclass(frozen=True)
class Wrong:
    """A column that does not say what the other rows do."""

    case_id: int
    column: str
    stands: str
    right: str


def wrong_columns(session: Session) -> Iterator[Wrong]:
    """Every derived column that is wrong."""
    for case_id in session.scalars(select(CaseRow.id).order_by(CaseRow.id)).all():
        row = session.get(CaseRow, case_id)
        if row is None:
            continue
        right = _right(session, row)
        for name in DERIVED:
            stands, wanted = getattr(row, name), getattr(right, name)
            if stands != wanted:
                yield Wrong(case_id, name, str(stands), str(wanted))
        session.expire(row)


def rebuild(session: Session, wrong: Wrong) -> None:
    """Make one of them right."""
    row = session.get(CaseRow, wrong.case_id)
    if row is not None:
        setattr(row, wrong.column, getattr(_right(session, row), wrong.column))


def _right(session: Session, row: CaseRow) -> CaseRow:
    """A row, in no database, with the columns as they must be."""
    made = CaseRow(leukemic_count=0, healthy_count=0, unsure_count=0, named_count=0)
    shown = FrameRow.case_id == row.id, FrameRow.removed_at.is_(None)
    made.frame_count = session.scalar(select(func.count()).select_from(FrameRow).where(*shown)) or 0
    for frame_id in session.scalars(select(FrameRow.id).where(*shown)):
        count_labels(made, counted_in(session, frame_id), 1)
    made.search_text = header_columns(load_header(row))["search_text"]
    made.number_key = key_column(row.number)
    return made
