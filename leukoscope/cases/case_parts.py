"""Parts of a Case, for callers who need no more: reading all of it takes longer the more cells it has."""

from __future__ import annotations

from sqlalchemy import func, select

from leukoscope.cases.case_rows import case_row
from leukoscope.cases.database import Database
from leukoscope.cases.loading import IN_PLACE, load_bare_frame, load_cells, load_header
from leukoscope.cases.signing import load_amendments, load_signatures
from leukoscope.cases.tables import CellRow, FrameRow
from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseState
from leukoscope.domain.errors import StoreError


class CaseParts:
    """Reads parts of Cases.

    Parameters
    ----------
    database
        Of the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def cell(self, case_id: int, cell_id: int) -> tuple[CaseFrame, CaseCell] | None:
        """A cell that counts, and its image without its cells; ``None`` where the Case has no such cell.

        Raises
        ------
        StoreError
            When what is stored makes no sense.
        """
        of_case = FrameRow.case_id == case_id, FrameRow.removed_at.is_(None)
        with self._database.reading() as session:
            wanted = (
                select(FrameRow).join(CellRow, CellRow.frame_id == FrameRow.id).where(CellRow.id == cell_id, *of_case)
            )
            row = session.scalar(wanted)
            if row is None:
                return None
            try:
                (cell,) = load_cells(session, CellRow.id == cell_id, {row.id: row.sha256})[row.id]
                return None if cell.removed is not None else (load_bare_frame(row), cell)
            except (ValueError, KeyError, TypeError) as error:
                raise StoreError("The case database is damaged; restore a backup.", repr(error)) from error

    def image(self, case_id: int, frame_id: int) -> CaseFrame | None:
        """An image without its cells; ``None`` where the Case has no such image."""
        with self._database.reading() as session:
            row = session.get(FrameRow, frame_id)
            gone = row is None or row.case_id != case_id or row.removed_at is not None
            return None if gone else load_bare_frame(row)

    def outline(self, case_id: int) -> tuple[Case, dict[int, int]]:
        """A Case without its cells, and how many count: key of an image -> cells.

        Raises
        ------
        StoreError
            When the Case is gone.
        """
        there = FrameRow.case_id == case_id, FrameRow.removed_at.is_(None)
        with self._database.reading() as session:
            row = case_row(session, case_id)
            frames = tuple(map(load_bare_frame, session.scalars(select(FrameRow).where(*there).order_by(*IN_PLACE))))
            counting = (
                select(CellRow.frame_id, func.count())
                .join(FrameRow, FrameRow.id == CellRow.frame_id)
                .where(CellRow.removed_at.is_(None), *there)
                .group_by(CellRow.frame_id)
            )
            counts = {frame_id: count for frame_id, count in session.execute(counting)}  # noqa: C416 - rows are no tuples
            case = Case(
                row.id, load_header(row), CaseState(row.state), row.created_at, row.changed_at, frames,
                load_signatures(session, case_id), load_amendments(session, case_id), row.version,
            )  # fmt: skip
        return case, counts
