"""Images that wait to be judged, and the programs that judge them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from leukoscope.cases.tables.base import Base


class QueueRow(Base):
    """One accepted image that is not judged yet: :class:`leukoscope.domain.waiting.WaitingImage`.

    ``owner`` is the workstation that judges it, ``batch`` what was added together, ``is_place`` a path that nobody
    has looked at yet, an empty ``sha256`` an image whose bytes must still be read. Keys are never used again.
    """

    __tablename__ = "queue"
    __table_args__ = (
        Index(None, "case_id"), Index(None, "sha256"), Index(None, "owner", "id"), {"sqlite_autoincrement": True},
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    source: Mapped[str]
    origin_kind: Mapped[str | None] = mapped_column(String(16))
    origin_name: Mapped[str | None]
    origin_path: Mapped[str | None]
    taken_at: Mapped[datetime | None]
    exposure_ms: Mapped[float | None]
    camera: Mapped[str | None]
    objective: Mapped[str | None]
    stage: Mapped[str | None]
    counted: Mapped[str | None]
    view: Mapped[str] = mapped_column(String(16))
    um_per_px: Mapped[float | None]
    scale_given: Mapped[bool] = mapped_column(default=False)
    is_place: Mapped[bool] = mapped_column(default=False)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(16))
    former_id: Mapped[int | None] = mapped_column(ForeignKey("frames.id", ondelete="CASCADE"))
    attempts: Mapped[int] = mapped_column(default=0)
    by: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    owner: Mapped[str | None] = mapped_column(String(64))
    batch: Mapped[str] = mapped_column(String(32), default="")
    accepted_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class WorkerRow(Base):
    """One running program that judges images; it is taken for dead when it has not been seen for a while."""

    __tablename__ = "workers"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    seen_at: Mapped[datetime]
