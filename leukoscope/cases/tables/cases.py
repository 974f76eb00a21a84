"""Cases, their images and cells, what was said of them, and who signed."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from leukoscope.cases.tables.base import Base


class CaseRow(Base):
    """One Case. The counts are kept here so that a list of very many Cases opens at once."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(None, "removed_at", "changed_at"),
        Index(None, "number"),
        Index(
            "uq_cases_number_key_number_twin",
            "number_key",
            "number_twin",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    number_key: Mapped[str | None]
    number_twin: Mapped[int] = mapped_column(default=0)
    patient: Mapped[str]
    patient_id: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[str] = mapped_column(default="")
    sex: Mapped[str] = mapped_column(default="")
    conclusion: Mapped[str] = mapped_column(default="")
    specimen: Mapped[str]
    stain: Mapped[str]
    operator: Mapped[str]
    notes: Mapped[str]
    search_text: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    frame_count: Mapped[int] = mapped_column(default=0)
    leukemic_count: Mapped[int] = mapped_column(default=0)
    healthy_count: Mapped[int] = mapped_column(default=0)
    unsure_count: Mapped[int] = mapped_column(default=0)
    named_count: Mapped[int] = mapped_column(default=0)
    priority: Mapped[str] = mapped_column(String(16), default="routine")
    version: Mapped[int] = mapped_column(default=0)
    seal_salt: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_hex(16))


class FrameRow(Base):
    """One image of a Case; its bytes lie in the image store under ``sha256``.

    One that was judged again has the ``place`` of the image it stands for (``former_id``); others stand where their
    key puts them.
    """

    __tablename__ = "frames"
    __table_args__ = (Index(None, "case_id"), Index(None, "sha256"), Index(None, "former_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    source: Mapped[str]
    origin_kind: Mapped[str | None] = mapped_column(String(16))
    origin_name: Mapped[str | None]
    origin_path: Mapped[str | None]
    taken_at: Mapped[datetime | None]
    exposure_ms: Mapped[float | None]
    compression: Mapped[str | None]
    camera: Mapped[str | None]
    objective: Mapped[str | None]
    stage: Mapped[str | None]
    counted: Mapped[str | None]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    um_per_px: Mapped[float | None]
    estimated_um_per_px: Mapped[float | None]
    view: Mapped[str] = mapped_column(String(16))
    quality: Mapped[str | None]
    error: Mapped[str | None]
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    former_id: Mapped[int | None]
    place: Mapped[int | None]
    cells: Mapped[list[CellRow]] = relationship(back_populates="frame", order_by="CellRow.position")


class CellRow(Base):
    """One cell with the combined Finding."""

    __tablename__ = "cells"
    __table_args__ = (Index(None, "frame_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("frames.id", ondelete="CASCADE"))
    position: Mapped[int]
    x: Mapped[int]
    y: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    mask: Mapped[bytes] = mapped_column(LargeBinary)
    flags: Mapped[str]
    label: Mapped[str] = mapped_column(String(16))
    probability: Mapped[float]
    threshold_low: Mapped[float]
    threshold_high: Mapped[float]
    unsure: Mapped[str]
    figures: Mapped[str] = mapped_column(default="")
    decided_label: Mapped[str | None] = mapped_column(String(16))
    decided_class: Mapped[str | None] = mapped_column(String(64))
    added_by: Mapped[str | None]
    added_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]
    removed_at: Mapped[datetime | None]
    comment: Mapped[str | None]
    comment_by: Mapped[str | None]
    comment_at: Mapped[datetime | None]
    frame: Mapped[FrameRow] = relationship(back_populates="cells")
    opinions: Mapped[list[OpinionRow]] = relationship(back_populates="cell", order_by="OpinionRow.position")
    naming: Mapped[NamingRow | None] = relationship(back_populates="cell")


class BundleRow(Base):
    """One model version that has ever spoken."""

    __tablename__ = "bundles"
    __table_args__ = (Index("uq_bundles_name_version_sha256", "name", "version", "sha256", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))


class OpinionRow(Base):
    """What one bundle said of one cell; ``maps`` is packed by :mod:`leukoscope.cases.packing`."""

    __tablename__ = "opinions"
    __table_args__ = (Index(None, "cell_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"))
    position: Mapped[int]
    bundle_id: Mapped[int] = mapped_column(ForeignKey("bundles.id"))
    logit: Mapped[float]
    probability: Mapped[float]
    threshold_low: Mapped[float]
    threshold_high: Mapped[float]
    novelty: Mapped[float | None]
    maps: Mapped[bytes] = mapped_column(LargeBinary)
    figures: Mapped[str] = mapped_column(default="")
    cell: Mapped[CellRow] = relationship(back_populates="opinions")


class NamingRow(Base):
    """What a differential bundle says one cell is; packed by :mod:`leukoscope.cases.packing`."""

    __tablename__ = "namings"

    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"), primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("bundles.id"))
    said: Mapped[str]
    novelty: Mapped[float | None]
    maps: Mapped[bytes] = mapped_column(LargeBinary)
    cell: Mapped[CellRow] = relationship(back_populates="naming")


class DecisionRow(Base):
    """One person's decision on one cell. Rows are only ever added: the newest counts, no label takes back."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "cell_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(ForeignKey("cells.id", ondelete="CASCADE"))
    label: Mapped[str | None] = mapped_column(String(16))
    cell_class: Mapped[str | None] = mapped_column(String(64))
    by: Mapped[str]
    at: Mapped[datetime]


class SignatureRow(Base):
    """One signature, with the report as it was signed: its bytes lie in the image store under ``report``."""

    __tablename__ = "signatures"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    name: Mapped[str]
    meaning: Mapped[str]
    at: Mapped[datetime]
    report: Mapped[str] = mapped_column(String(64))


class AmendmentRow(Base):
    """A signed Case was opened again."""

    __tablename__ = "amendments"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class BlobRow(Base):
    """An image or report, where the database is shared and workstations have no common folder."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
