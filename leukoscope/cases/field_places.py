"""Where overlapping images of a Case lie to each other, kept so that a map is there when the Case is opened again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from leukoscope.cases.database import Database
from leukoscope.cases.tables import CellRow, FieldPlaceRow, FrameRow, SharedCellRow


@dataclass(frozen=True)
class FieldPlace:
    """One image on the map.

    Parameters
    ----------
    piece
        Number of its piece.
    x, y
        Its upper left corner in pixels of the piece.
    agreement
        The correlation on which the map rests, up to 1.
    """

    piece: int
    x: float
    y: float
    agreement: float


class FieldPlaces:
    """Places by image; those of images that were taken out stay with them.

    Parameters
    ----------
    database
        Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, case_id: int) -> dict[int, FieldPlace]:
        """Places of the images that a Case has now; one that was judged again stands where its former did.

        Raises
        ------
        StoreError
            When they cannot be read.
        """
        with self._database.reading() as session:
            wanted = select(FieldPlaceRow).join(FrameRow).where(FrameRow.case_id == case_id)
            rows = {row.frame_id: row for row in session.scalars(wanted)}
            shown = FrameRow.case_id == case_id, FrameRow.removed_at.is_(None)
            frames = session.execute(select(FrameRow.id, FrameRow.former_id).where(*shown)).all()
            found = dict[int, FieldPlace]()
            for frame_id, former_id in frames:
                row = rows.get(frame_id) or rows.get(former_id or 0)
                if row is not None:
                    found[frame_id] = FieldPlace(row.piece, row.x, row.y, row.agreement)
            return found

    def put(self, case_id: int, places: Mapping[int, FieldPlace]) -> None:
        """Keep the places of a Case's images, instead of all that were kept.

        Raises
        ------
        StoreError
            When they cannot be written; nothing has changed then.
        """
        with self._database.writing() as session:
            there = set(session.scalars(select(FrameRow.id).where(FrameRow.case_id == case_id)))
            session.execute(
                delete(FieldPlaceRow).where(FieldPlaceRow.frame_id.in_(there)),
                execution_options={"synchronize_session": False},
            )
            rows = [
                {"frame_id": frame_id, "piece": one.piece, "x": one.x, "y": one.y, "agreement": one.agreement}
                for frame_id, one in places.items()
                if frame_id in there
            ]
            if rows:
                session.execute(insert(FieldPlaceRow), rows)

    def counts_once(self, case_id: int) -> bool:
        """Whether somebody has let cells of a Case that several images show be counted once."""
        wanted = select(SharedCellRow.cell_id).join(CellRow, CellRow.id == SharedCellRow.cell_id).join(FrameRow)
        with self._database.reading() as session:
            return session.scalar(wanted.where(FrameRow.case_id == case_id).limit(1)) is not None
