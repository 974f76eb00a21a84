"""Counts over the cells of each day, by the database itself: a laboratory has millions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, case, func, select

from leukoscope.cases.database import Database
from leukoscope.cases.tables import CellRow, FrameRow, OpinionRow
from leukoscope.domain.day_cells import DayCells
from leukoscope.domain.findings import Label
from leukoscope.domain.microscopes import Microscope


def cells_of_days(database: Database, since: datetime) -> tuple[DayCells, ...]:
    """The days since a moment on which cells were judged, the oldest first, each microscope apart.

    Raises
    ------
    StoreError
        When the database cannot be read.
    """
    with database.reading() as session:
        rows = session.execute(_query(since)).all()
    return tuple(
        DayCells(
            date.fromisoformat(str(row.day)), row.cells, int(row.unsure), int(row.compared), int(row.agreed),
            None if row.novelty is None else float(row.novelty), int(row.decided), int(row.corrected),
            Microscope(row.camera or "", row.objective or "").name,
        )
        for row in rows
    )  # fmt: skip


def _query(since: datetime) -> Select[tuple[object, ...]]:
    middle = (OpinionRow.threshold_low + OpinionRow.threshold_high) / 2
    leaning = case((OpinionRow.probability >= middle, 1), else_=0)
    opinions = (
        select(
            OpinionRow.cell_id,
            func.count().label("n"),
            (func.max(leaning) - func.min(leaning)).label("apart"),
            func.max(OpinionRow.novelty).label("novelty"),
        )
        .join(CellRow, CellRow.id == OpinionRow.cell_id)
        .join(FrameRow, FrameRow.id == CellRow.frame_id)
        .where(FrameRow.added_at >= since)
        .group_by(OpinionRow.cell_id)
        .subquery()
    )
    several = opinions.c.n > 1
    said = CellRow.label != Label.UNSURE.value, CellRow.decided_label.is_not(None)
    day = func.date(FrameRow.added_at).label("day")
    return (
        select(
            day,
            FrameRow.camera,
            FrameRow.objective,
            func.count().label("cells"),
            _count(CellRow.label == Label.UNSURE.value).label("unsure"),
            _count(several).label("compared"),
            _count(several & (opinions.c.apart == 0)).label("agreed"),
            func.avg(opinions.c.novelty).label("novelty"),
            _count(said[0] & said[1]).label("decided"),
            _count(said[0] & said[1] & (CellRow.decided_label != CellRow.label)).label("corrected"),
        )
        .join(FrameRow, FrameRow.id == CellRow.frame_id)
        .outerjoin(opinions, opinions.c.cell_id == CellRow.id)
        .where(
            FrameRow.added_at >= since, FrameRow.removed_at.is_(None), CellRow.removed_at.is_(None),
            CellRow.added_at.is_(None),
        )
        .group_by(day, FrameRow.camera, FrameRow.objective)
        .order_by(day)
    )  # fmt: skip


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
