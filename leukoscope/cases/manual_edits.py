"""Cells that people draw where the program missed one, and take out where it found none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.counted_cells import tell_changed
from leukoscope.cases.database import Database
from leukoscope.cases.loading import load_frames
from leukoscope.cases.replaced_cells import counting_instead
from leukoscope.cases.saving import bundle_key, cell_row, naming_row, opinion_row
from leukoscope.cases.signing import touch, writable
from leukoscope.cases.tables import CellRow, FrameRow, SharedCellRow
from leukoscope.domain.cases import CaseCell
from leukoscope.domain.comments import Comment, tidy_comment
from leukoscope.domain.errors import ConflictError, StoreError
from leukoscope.domain.findings import BundleId, Finding


class ManualEdits:
    """Adds, takes out and brings back cells; each change is one entry of the audit trail.

    Parameters
    ----------
    database, trail
        Where Cases and the audit trail are kept.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def add(self, frame_id: int, finding: Finding, by: str) -> CaseCell:
        """Save a cell that a person drew, after all others of its image.

        Raises
        ------
        StoreError
            When the image is gone or the Case is signed.
        """
        now = datetime.now(UTC)
        with self._database.writing() as session:
            frame = session.get(FrameRow, frame_id)
            if frame is None:
                raise StoreError("This image is no longer in the case; open the case again.", f"no frame {frame_id}")
            case = writable(session, frame.case_id)
            last = session.scalar(select(func.max(CellRow.position)).where(CellRow.frame_id == frame_id))
            row = cell_with_opinions(session, finding, 0 if last is None else last + 1, {})
            row.frame_id, row.added_by, row.added_at = frame_id, by, now
            session.add(row)
            session.flush()
            tell_changed(session, self._trail, case, row, "cell added", counts=frame.removed_at is None, by=by)
            session.flush()
            (loaded,) = load_frames(session, select(FrameRow.id).where(FrameRow.id == frame_id))
            return next(cell for cell in loaded.cells if cell.id == row.id)

    def remove(self, cell_id: int, by: str) -> None:
        """Take a cell out: it counts no longer, but stays in the record. Twice does nothing."""
        self._set_removed(cell_id, by, datetime.now(UTC))

    def restore(self, cell_id: int, by: str) -> None:
        """Let a cell that was taken out count again.

        Raises
        ------
        StoreError
            When it is gone, the Case is signed, or a cell counts that was made of it: one cell would count twice.
        """
        self._set_removed(cell_id, by, None)

    def count_once(self, same: Mapping[int, int], by: str) -> None:
        """Take cells out that other images of their Case show too; each is counted again when that image goes.

        Parameters
        ----------
        same
            Of each cell, the one that is counted instead.
        by
            Who says so.

        Raises
        ------
        StoreError
            When a cell is gone or the Case is signed.
        """
        for cell_id, stays_id in same.items():
            self._set_removed(cell_id, by, datetime.now(UTC))
            with self._database.writing() as session:
                if session.get(CellRow, stays_id) is not None:
                    session.merge(SharedCellRow(cell_id=cell_id, stays_id=stays_id))

    def comment(self, cell_id: int, text: str, by: str, seen: str | None = None) -> None:
        """Write a person's comment on a cell in the place of the one there; an empty one takes it away.

        Parameters
        ----------
        cell_id, text, by
            Of which cell, what, and who writes it.
        seen
            What stood there when it was written; ``None`` where nobody looked.

        Raises
        ------
        StoreError
            When the cell is gone or the Case is signed.
        ConflictError
            When somebody else has written another comment meanwhile.
        """
        text = tidy_comment(text)
        with self._database.writing() as session:
            row = session.get(CellRow, cell_id)
            if row is None:
                raise StoreError("This cell is no longer in the case; open the case again.", f"no cell {cell_id}")
            case, before = writable(session, row.frame.case_id), row.comment or ""
            if text == before:
                return
            if seen is not None and seen != before:
                who = row.comment_by or "Somebody else"
                raise ConflictError(f"{who} has commented on this cell meanwhile; yours was “{text}”.")
            put_comment(row, Comment(text, by, datetime.now(UTC)) if text else None)
            self._trail.record(
                session, "comment", case_id=case.id, subject=f"cell {cell_id}", old=before, new=text, who=by
            )  # fmt: skip
            touch(case)

    def _set_removed(self, cell_id: int, by: str, moment: datetime | None) -> None:
        with self._database.writing() as session:
            row = session.get(CellRow, cell_id)
            if row is None:
                raise StoreError("This cell is no longer in the case; open the case again.", f"no cell {cell_id}")
            if (row.removed_at is None) == (moment is None):
                return
            case = writable(session, row.frame.case_id)
            if moment is None and (others := counting_instead(session, case.id, cell_id)):
                raise StoreError(
                    "This cell was moved, divided or joined, and what it became counts: take that out first, or undo "
                    "the change.",
                    f"cell {cell_id} beside {others}",
                )
            if moment is None:
                # Whoever brings it back says that it is a cell of its own.
                session.execute(delete(SharedCellRow).where(SharedCellRow.cell_id == cell_id))
            row.removed_at, row.removed_by = moment, by if moment is not None else None
            what = "cell restored" if moment is None else "cell removed"
            tell_changed(session, self._trail, case, row, what, counts=row.frame.removed_at is None, by=by)


def put_comment(row: CellRow, comment: Comment | None) -> None:
    """Keep a comment on a cell; ``None`` takes it away."""
    row.comment = comment.text if comment else None
    row.comment_by, row.comment_at = (comment.by, comment.at) if comment else (None, None)


def cell_with_opinions(session: Session, finding: Finding, position: int, keys: dict[BundleId, int]) -> CellRow:
    """One cell with its opinions; ``keys`` remembers the keys of model versions for the next cell."""
    row = cell_row(finding, position)

    def key_of(bundle: BundleId) -> int:
        if bundle not in keys:
            keys[bundle] = bundle_key(session, bundle)
        return keys[bundle]

    for place, opinion in enumerate(finding.opinions):
        row.opinions.append(opinion_row(opinion, place, key_of(opinion.bundle)))
    if finding.naming is not None:
        row.naming = naming_row(finding.naming, key_of(finding.naming.bundle))
    return row
