"""What becomes of an accepted image: a Frame of its Case, new or in the place of a former one, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.changed_rows import will_go
from leukoscope.cases.counted_cells import count_labels, counted_in
from leukoscope.cases.database import Database
from leukoscope.cases.loading import load_frames
from leukoscope.cases.manual_edits import cell_with_opinions, put_comment
from leukoscope.cases.queue_rows import origin_columns
from leukoscope.cases.saving import frame_row
from leukoscope.cases.signing import touch, writable
from leukoscope.cases.tables import CaseRow, DecisionRow, FrameRow, QueueRow
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.audit import NONE_THERE
from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.findings import BundleId, Label
from leukoscope.domain.waiting import JudgedCell, WaitingImage, WaitState


class JudgedImages:
    """Moves images from the queue into their Cases: an image is in one of the two, never in both, never in none.

    Every method does nothing, and says so with ``None``, where the image does not belong to the program any more:
    a person stopped or removed it, or another workstation has taken it over. So no image is judged twice.

    Parameters
    ----------
    database, trail
        Where Cases and the audit trail are kept.
    """

    def __init__(self, database: Database, trail: AuditTrail) -> None:
        self._database, self._trail = database, trail

    def complete(self, image: WaitingImage, owner: str, analysis: ImageAnalysis) -> CaseFrame | None:
        """Save a new image with what was found out about it.

        Raises
        ------
        StoreError
            When the Case is signed or gone, or it cannot be written; the image stays in the queue then.
        """
        cells = tuple(JudgedCell(finding) for finding in analysis.findings)
        with self._database.writing() as session:
            row = self._claimed(session, image, owner)
            if row is None:
                return None
            case = writable(session, row.case_id)
            frame = self._add(session, case, row, analysis, cells)
            subject = f"image {frame.id}"
            self._trail.record(session, "image added", case_id=case.id, subject=subject, new=frame.sha256, who=row.by)
            return self._loaded(session, row, frame)

    def replace(
        self, image: WaitingImage, owner: str, analysis: ImageAnalysis, cells: Sequence[JudgedCell]
    ) -> CaseFrame | None:
        """Save an image that was judged again in the place of its former one, which is taken out.

        Parameters
        ----------
        image, owner, analysis
            As for :meth:`complete`.
        cells
            All cells with what people had done on them.

        Raises
        ------
        StoreError
            As :meth:`complete`.
        """
        with self._database.writing() as session:
            row = self._claimed(session, image, owner)
            former = session.get(FrameRow, image.former_id) if row is not None else None
            if row is None or former is None:
                return None
            if former.removed_at is not None:
                session.delete(row)
                return None
            case = writable(session, row.case_id)
            frame = self._add(session, case, row, analysis, cells)
            self._take_out(session, case, former)
            self._trail.record(
                session, "image judged again", case_id=case.id, subject=f"image {frame.id}",
                old=f"image {former.id}", new=frame.sha256, who=row.by,
            )  # fmt: skip
            return self._loaded(session, row, frame)

    def leave_as_it_was(self, image: WaitingImage, owner: str) -> bool:
        """An image could not be judged again: its former one stays. False when it does not belong here any more."""
        with self._database.writing() as session:
            row = self._claimed(session, image, owner)
            if row is not None:
                session.delete(row)
            return row is not None

    def discard(self, place: WaitingImage) -> None:
        """A path at which there are no images waits no longer."""
        with self._database.writing() as session:
            row = session.get(QueueRow, place.id)
            if row is not None:
                session.delete(row)
                self._trail.record(
                    session, NONE_THERE, case_id=row.case_id, subject=f"waiting {row.id}", who=row.by
                )  # fmt: skip

    def put_back(self, case_id: int, former_ids: Collection[int]) -> None:
        """Bring former images back, and take out what took their place or waits to.

        Raises
        ------
        StoreError
            When the Case is signed or gone.
        """
        with self._database.writing() as session:
            case = writable(session, case_id)
            successors: set[int] = set()
            newest = set(former_ids)
            while newest:
                successors |= newest
                newest = set(session.scalars(select(FrameRow.id).where(FrameRow.former_id.in_(newest)))) - successors
            waiting = select(QueueRow.id).where(QueueRow.former_id.in_(successors))
            will_go(session, session.scalars(waiting).all())
            session.execute(delete(QueueRow).where(QueueRow.former_id.in_(successors)))
            for frame in session.scalars(select(FrameRow).where(FrameRow.id.in_(successors))).all():
                if frame.id not in former_ids and frame.removed_at is None:
                    self._take_out(session, case, frame)
                    self._trail.record(session, "image removed", case_id=case_id, subject=f"image {frame.id}")
                elif frame.id in former_ids and frame.removed_at is not None:
                    self._bring_back(session, case, frame)
                    self._trail.record(session, "image restored", case_id=case_id, subject=f"image {frame.id}")
            touch(case)

    @staticmethod
    def _claimed(session: Session, image: WaitingImage, owner: str) -> QueueRow | None:
        """The image's row, if it is still this program's to work on; one without bytes need not be claimed."""
        row = session.get(QueueRow, image.id)
        if row is None or row.owner != owner or row.removed_at is not None:
            return None
        at_work = WaitState.JUDGING if row.sha256 else WaitState.WAITING
        return row if row.state == at_work.value else None

    def _add(
        self, session: Session, case: CaseRow, row: QueueRow, analysis: ImageAnalysis, cells: Sequence[JudgedCell]
    ) -> FrameRow:
        frame = frame_row(case.id, analysis, row.sha256, datetime.now(UTC))
        frame.source = row.source
        if analysis.frame is None:
            # What could not be decoded still came from somewhere.
            for name in origin_columns(None):
                setattr(frame, name, getattr(row, name))
        if row.former_id is not None:
            former = session.get(FrameRow, row.former_id)
            frame.former_id = row.former_id
            frame.place = (former.place or former.id) if former is not None else None
        session.add(frame)
        session.flush()
        self._add_cells(session, frame, cells)
        count_labels(case, [_counted(cell) for cell in cells if cell.removed is None], 1)
        case.frame_count += 1
        return frame

    def _add_cells(self, session: Session, frame: FrameRow, cells: Sequence[JudgedCell]) -> None:
        keys: dict[BundleId, int] = {}
        for position, cell in enumerate(cells):
            made = cell_with_opinions(session, cell.finding, position, keys)
            made.decided_label = cell.decision.label.value if cell.decision else None
            made.decided_class = cell.decision.code if cell.decision else None
            if cell.added is not None:
                made.added_by, made.added_at = cell.added.by, cell.added.at
            if cell.removed is not None:
                made.removed_by, made.removed_at = cell.removed.by, cell.removed.at
            put_comment(made, cell.comment)
            frame.cells.append(made)
            if cell.decision is None:
                continue
            session.flush()
            decision = cell.decision
            session.add(
                DecisionRow(
                    cell_id=made.id, label=decision.label.value, cell_class=decision.code, by=decision.by,
                    at=decision.at,
                )
            )  # fmt: skip
            self._trail.record(
                session, "label", case_id=frame.case_id, subject=f"cell {made.id}", old=cell.finding.label.value,
                new=decision.said.word, reason=f"carried over from cell {cell.former_id}", who=decision.by,
            )  # fmt: skip

    @staticmethod
    def _take_out(session: Session, case: CaseRow, frame: FrameRow) -> None:
        frame.removed_at = datetime.now(UTC)
        count_labels(case, counted_in(session, frame.id), -1)
        case.frame_count -= 1

    @staticmethod
    def _bring_back(session: Session, case: CaseRow, frame: FrameRow) -> None:
        frame.removed_at = None
        count_labels(case, counted_in(session, frame.id), 1)
        case.frame_count += 1

    @staticmethod
    def _loaded(session: Session, row: QueueRow, frame: FrameRow) -> CaseFrame:
        case = session.get(CaseRow, frame.case_id)
        if case is not None:
            touch(case)
        session.delete(row)
        session.flush()
        return load_frames(session, select(FrameRow.id).where(FrameRow.id == frame.id))[0]


def _counted(cell: JudgedCell) -> Label | None:
    return cell.decision.said.counts_as if cell.decision else cell.finding.label
