"""The images of Cases: analyzed ones are added, taken out and brought back; their bytes lie in the image store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.blobs import Images
from leukoscope.cases.counted_cells import count_labels, counted_in
from leukoscope.cases.database import Database
from leukoscope.cases.loading import load_frames
from leukoscope.cases.manual_edits import cell_with_opinions
from leukoscope.cases.saving import frame_row
from leukoscope.cases.shared_cells import settle_shared
from leukoscope.cases.signing import touch, writable
from leukoscope.cases.tables import FrameRow
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import BundleId


class CaseFrames:
    """Images of Cases with what was found out about each. Each call is one transaction.

    Parameters
    ----------
    database, images, trail
        Where Cases, images and the audit trail are kept.
    """

    def __init__(self, database: Database, images: Images, trail: AuditTrail) -> None:
        self._database, self._images, self._trail = database, images, trail

    def load(self, frame_id: int) -> CaseFrame | None:
        """One image with its cells, also one that was taken out; ``None`` when there is none."""
        with self._database.reading() as session:
            return next(iter(load_frames(session, select(FrameRow.id).where(FrameRow.id == frame_id))), None)

    def add(self, case_id: int, analysis: ImageAnalysis, image: bytes | None) -> CaseFrame:
        """Save one analyzed image in a Case.

        Parameters
        ----------
        case_id
            The Case.
        analysis
            What was found out; an image that could not be read is remembered with its error.
        image
            The file's bytes; ``None`` when it could not be read.

        Returns
        -------
        CaseFrame
            What was saved, with its keys.
        """
        with self._database.writing() as session, self._kept(image) as sha256:
            if analysis.frame is not None and image is not None and analysis.frame.sha256 != sha256:
                raise StoreError("The image file changed while it was being read; add it again.")
            now = datetime.now(UTC)
            case = writable(session, case_id)
            frame = frame_row(case_id, analysis, sha256 or (analysis.frame.sha256 if analysis.frame else ""), now)
            session.add(frame)
            _add_cells(session, frame, analysis)
            session.flush()
            touch(case)
            case.frame_count += 1
            subject = f"image {frame.id}"
            self._trail.record(session, "image added", case_id=case_id, subject=subject, new=frame.sha256)
            count_labels(case, [finding.label for finding in analysis.findings], 1)
            session.flush()
            return load_frames(session, select(FrameRow.id).where(FrameRow.id == frame.id))[0]

    @contextmanager
    def _kept(self, image: bytes | None) -> Iterator[str]:
        """Keep the image while its rows are written; take it away again when they cannot be.

        The database's write lock is held meanwhile, so nobody else can have come to rely on the file.
        """
        if image is None:
            yield ""
            return
        sha256, is_new = self._images.put(image)
        try:
            yield sha256
        except BaseException:
            if is_new:
                self._images.discard(sha256)
            raise

    def hashes(self, case_id: int) -> frozenset[str]:
        """SHA-256 of every image that a Case has or had."""
        with self._database.reading() as session:
            return frozenset(session.scalars(select(FrameRow.sha256).where(FrameRow.case_id == case_id)))

    def remove(self, frame_id: int) -> None:
        """Take an image out of its Case; :meth:`restore` brings it back.

        Cells that others show too, and that were counted in it, count in one of those.
        """
        self._set_removed(frame_id, datetime.now(UTC))

    def restore(self, frame_id: int) -> None:
        """Bring a removed image back."""
        self._set_removed(frame_id, None)

    def _set_removed(self, frame_id: int, moment: datetime | None) -> None:
        with self._database.writing() as session:
            frame = session.get(FrameRow, frame_id)
            if frame is None:
                raise StoreError("This image is no longer in the case; open the case again.", f"no frame {frame_id}")
            if (frame.removed_at is None) == (moment is None):
                return
            sign = 1 if moment is None else -1
            case = writable(session, frame.case_id)
            case.frame_count += sign
            count_labels(case, counted_in(session, frame_id), sign)
            touch(case)
            frame.removed_at = moment
            what = "image restored" if moment is None else "image removed"
            self._trail.record(session, what, case_id=case.id, subject=f"image {frame_id}")
            settle_shared(session, self._trail, case, frame_id, self._trail.actor)


def _add_cells(session: Session, frame: FrameRow, analysis: ImageAnalysis) -> None:
    keys: dict[BundleId, int] = {}
    for position, finding in enumerate(analysis.findings):
        frame.cells.append(cell_with_opinions(session, finding, position, keys))
