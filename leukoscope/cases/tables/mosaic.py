"""Where overlapping images of a Case lie to each other, and which of their cells are the same one."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from leukoscope.cases.tables.base import Base


class FieldPlaceRow(Base):
    """Upper left corner of an image in pixels of its piece of the map; it goes with the image.

    It is computed from what the images show, and can be computed again: nobody vouches for it.
    """

    __tablename__ = "field_places"

    frame_id: Mapped[int] = mapped_column(ForeignKey("frames.id", ondelete="CASCADE"), primary_key=True)
    piece: Mapped[int]
    x: Mapped[float]
    y: Mapped[float]
    agreement: Mapped[float]


class SharedCellRow(Base):
    """A cell that another image shows too, and which of the two is counted; it goes with either."""

    __tablename__ = "shared_cells"
    __table_args__ = (Index(None, "stays_id"),)

    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True)
    stays_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"))
