"""Which cases a model has judged: asked of the database, by the model's file and not by its name alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from leukoscope.cases.database import Database
from leukoscope.cases.tables import BundleRow, CaseRow, CellRow, FrameRow, NamingRow, OpinionRow


@dataclass(frozen=True)
class ModelUse:
    """One case that a model has judged.

    Parameters
    ----------
    case_id, number
        Which case.
    cells
        How many of its cells.
    version
        As the model gave it then; with the site profile that it spoke with.
    """

    case_id: int
    number: str
    cells: int
    version: str


def uses_of(database: Database, name: str, sha256: str) -> tuple[ModelUse, ...]:
    """The cases in which a model judged a cell that is still there, the latest first.

    Raises
    ------
    StoreError
        When the database cannot be read.
    """
    with database.reading() as session:
        rows = [row for table in (OpinionRow, NamingRow) for row in session.execute(_query(table, name, sha256))]
    found = {(row.id, row.number, row.version): row.cells for row in rows}
    return tuple(
        ModelUse(case, number, cells, version)
        for (case, number, version), cells in sorted(found.items(), key=lambda one: (-one[0][0], one[0][2]))
    )


def _query(table: type[OpinionRow | NamingRow], name: str, sha256: str) -> Select[int, str, str, int]:
    return (
        select(CaseRow.id, CaseRow.number, BundleRow.version, func.count().label("cells"))
        .join(FrameRow, FrameRow.case_id == CaseRow.id)
        .join(CellRow, CellRow.frame_id == FrameRow.id)
        .join(table, table.cell_id == CellRow.id)
        .join(BundleRow, BundleRow.id == table.bundle_id)
        .where(
            BundleRow.name == name, BundleRow.sha256 == sha256, CaseRow.removed_at.is_(None),
            FrameRow.removed_at.is_(None), CellRow.removed_at.is_(None),
        )
        .group_by(CaseRow.id, CaseRow.number, BundleRow.version)
    )  # fmt: skip
