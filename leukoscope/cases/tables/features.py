"""What networks see in cells, kept so that cells can be compared, and the cells that people keep as examples."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from leukoscope.cases.tables.base import Base


class FeatureRow(Base):
    """What enters a bundle's head for one cell, as little-endian float16; it goes with the cell.

    ``content`` names what the cell was cut out of: one that was judged again, or stands in two cases, is asked about
    once.
    """

    __tablename__ = "cell_features"
    __table_args__ = (
        Index("uq_cell_features_cell_id_bundle_id", "cell_id", "bundle_id", unique=True),
        Index(None, "bundle_id", "content"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"))
    bundle_id: Mapped[int] = mapped_column(ForeignKey("bundles.id"))
    content: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ExampleRow(Base):
    """A cell that somebody keeps as an example of its class; it goes with the cell."""

    __tablename__ = "examples"

    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True)
    kept_by: Mapped[str]
    kept_at: Mapped[datetime]
