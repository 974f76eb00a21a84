"""CaseStore: everything that is remembered about Cases, in one folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from leukoscope.cases.database import Database
from leukoscope.cases.images import ImageStore
from leukoscope.cases.loading import load_frames, load_header, load_summary
from leukoscope.cases.saving import bundle_key, cell_row, frame_row, header_columns, opinion_row, searchable
from leukoscope.cases.tables import CaseRow, CellRow, DecisionRow, FrameRow
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import Case, CaseFrame, CaseHeader, CaseState, CaseSummary
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import BundleId, Label

IMAGE_FOLDER = "images"


class CaseStore:
    """Cases in a folder: the database and, beside it, the images. Safe to use from several threads.

    Each call is one transaction: when it returns, the change is on the disk; when it raises, nothing has changed.

    Parameters
    ----------
    folder
        Made when missing, readable by this user only.

    Raises
    ------
    StoreError
        When it cannot be opened or was written by a newer version; every method raises it when the disk is full,
        read-only or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder)
        self._images = ImageStore(folder / IMAGE_FOLDER)

    def close(self) -> None:
        """Let go of the files; a second call does nothing."""
        self._database.close()

    def create(self, header: CaseHeader) -> int:
        """Add an empty Case and return its key."""
        now = datetime.now(UTC)
        with self._database.writing() as session:
            row = CaseRow(**header_columns(header), state=CaseState.OPEN.value, created_at=now, changed_at=now)
            session.add(row)
            session.flush()
            return row.id

    def update_header(self, case_id: int, header: CaseHeader) -> None:
        """Write a new header on a Case."""
        with self._database.writing() as session:
            row = _case(session, case_id)
            for name, value in header_columns(header).items():
                setattr(row, name, value)
            row.changed_at = datetime.now(UTC)

    def list(self, search: str = "", limit: int = 10_000, offset: int = 0) -> tuple[CaseSummary, ...]:
        """List Cases, the last changed first.

        Parameters
        ----------
        search
            Words that must all occur somewhere in the header, in any case and width of letters.
        limit, offset
            Which part of the list.
        """
        wanted = (
            select(CaseRow)
            .where(CaseRow.removed_at.is_(None), *_matches(search))
            .order_by(CaseRow.changed_at.desc(), CaseRow.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with self._database.reading() as session:
            return tuple(load_summary(row) for row in session.scalars(wanted))

    def load(self, case_id: int) -> Case:
        """Load a Case with everything in it; removed Frames are left out."""
        with self._database.reading() as session:
            row = _case(session, case_id)
            frames = load_frames(session, _frames_of(case_id))
            return Case(row.id, load_header(row), CaseState(row.state), row.created_at, row.changed_at, frames)

    def add_analysis(self, case_id: int, analysis: ImageAnalysis, image: bytes | None) -> CaseFrame:
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
            case = _case(session, case_id)
            frame = frame_row(case_id, analysis, sha256 or (analysis.frame.sha256 if analysis.frame else ""), now)
            session.add(frame)
            _add_cells(session, frame, analysis)
            session.flush()
            case.changed_at = now
            case.frame_count += 1
            _count(case, [finding.label for finding in analysis.findings], 1)
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

    def read_image(self, sha256: str) -> bytes:
        """The bytes of a saved image, verified."""
        return self._images.read(sha256)

    def decide(self, cell_id: int, label: Label | None, by: str) -> None:
        """Save a person's label on a cell; ``None`` takes it back. Earlier decisions are kept."""
        now = datetime.now(UTC)
        with self._database.writing() as session:
            cell = session.get(CellRow, cell_id)
            if cell is None:
                raise StoreError("This cell is no longer in the case; open the case again.", f"no cell {cell_id}")
            case = _case(session, cell.frame.case_id)
            before, after = cell.decided_label or cell.label, label.value if label else cell.label
            session.add(DecisionRow(cell_id=cell_id, label=label.value if label else None, by=by, at=now))
            cell.decided_label = label.value if label else None
            if cell.frame.removed_at is None:
                _count(case, [Label(before)], -1)
                _count(case, [Label(after)], 1)
            case.changed_at = now

    def remove_frame(self, frame_id: int) -> None:
        """Take an image out of its Case; :meth:`restore_frame` brings it back."""
        self._set_frame_removed(frame_id, datetime.now(UTC))

    def restore_frame(self, frame_id: int) -> None:
        """Bring a removed image back."""
        self._set_frame_removed(frame_id, None)

    def _set_frame_removed(self, frame_id: int, moment: datetime | None) -> None:
        with self._database.writing() as session:
            frame = session.get(FrameRow, frame_id)
            if frame is None:
                raise StoreError("This image is no longer in the case; open the case again.", f"no frame {frame_id}")
            if (frame.removed_at is None) == (moment is None):
                return
            sign = 1 if moment is None else -1
            case = _case(session, frame.case_id)
            counted = func.coalesce(CellRow.decided_label, CellRow.label)
            labels = session.scalars(select(counted).where(CellRow.frame_id == frame_id)).all()
            case.frame_count += sign
            _count(case, [Label(label) for label in labels], sign)
            case.changed_at = datetime.now(UTC)
            frame.removed_at = moment

    def remove_case(self, case_id: int) -> None:
        """Take a Case off the list; :meth:`restore_case` brings it back."""
        with self._database.writing() as session:
            _case(session, case_id).removed_at = datetime.now(UTC)

    def restore_case(self, case_id: int) -> None:
        """Bring a removed Case back."""
        with self._database.writing() as session:
            _case(session, case_id).removed_at = None

    def next_number(self, today: date) -> str:
        """The next free case number of this year: ``2026-0001``. Numbers of removed Cases are not used again."""
        pattern = re.compile(rf"{today.year}-(\d{{4,9}})")
        with self._database.reading() as session:
            numbers = session.scalars(select(CaseRow.number).where(CaseRow.number.like(f"{today.year}-%"))).all()
        used = (int(match[1]) for number in numbers if (match := pattern.fullmatch(number)))
        return f"{today.year}-{max(used, default=0) + 1:04d}"


def _case(session: Session, case_id: int) -> CaseRow:
    row = session.get(CaseRow, case_id)
    if row is None:
        raise StoreError("This case is no longer in the list; open the list again.", f"no case {case_id}")
    return row


def _frames_of(case_id: int) -> Select[int]:
    return select(FrameRow.id).where(FrameRow.case_id == case_id, FrameRow.removed_at.is_(None))


def _matches(search: str) -> Iterator[ColumnElement[bool]]:
    for word in searchable(search).split():
        yield CaseRow.search_text.contains(word, autoescape=True)


def _count(case: CaseRow, labels: list[Label], sign: int) -> None:
    case.leukemic_count += sign * labels.count(Label.LEUKEMIC)
    case.healthy_count += sign * labels.count(Label.HEALTHY)
    case.unsure_count += sign * labels.count(Label.UNSURE)


def _add_cells(session: Session, frame: FrameRow, analysis: ImageAnalysis) -> None:
    keys: dict[BundleId, int] = {}
    for position, finding in enumerate(analysis.findings):
        cell = cell_row(finding, position)
        for place, opinion in enumerate(finding.opinions):
            if opinion.bundle not in keys:
                keys[opinion.bundle] = bundle_key(session, opinion.bundle)
            cell.opinions.append(opinion_row(opinion, place, keys[opinion.bundle]))
        frame.cells.append(cell)
