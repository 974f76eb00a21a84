"""What the database holds: one class for each table."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, LargeBinary, MetaData, String, TypeDecorator, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

HEAD = "0014"
"""Newest migration; a test holds it to the folder of migrations."""

# Named constraints: SQLite can only change a table by copying it, and then needs their names.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept in UTC: SQLite itself forgets time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse moments without a time zone, turn the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the time zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class PlainText(TypeDecorator[str]):
    """Any text, kept as it is. Only the halves of characters that a damaged file name can hold are no text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be written as UTF-8."""
        if value is None:
            return None
        text = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        # PostgreSQL's text cannot hold the character zero.
        return text.replace("\0", "\ufffd") if dialect.name == "postgresql" else text


class Base(DeclarativeBase):
    """Common ancestor of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, str: PlainText}


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


class PersonRow(Base):
    """One account; ``key`` is the name as it is compared."""

    __tablename__ = "people"
    __table_args__ = (Index("uq_people_key", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    secret: Mapped[str]
    active: Mapped[bool]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    locked_boot: Mapped[str] = mapped_column(String(64), default="")
    locked_ticks: Mapped[float | None]


class TokenRow(Base):
    """What a scheduled job signs in with: ``secret`` is its SHA-256, and nobody can make the token of it."""

    __tablename__ = "tokens"
    __table_args__ = (Index(None, "person_id"), Index("uq_tokens_secret", "secret", unique=True))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    secret: Mapped[str] = mapped_column(String(64))
    issued_by: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RuleRow(Base):
    """One rule of the lab."""

    __tablename__ = "rules"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str]


class AuditRow(Base):
    """One entry of the audit trail; triggers refuse every change of it but the blanking of an erased case's."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "case_id"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(40))
    who: Mapped[str]
    what: Mapped[str] = mapped_column(String(32))
    case_id: Mapped[int | None]
    subject: Mapped[str]
    old: Mapped[str]
    new: Mapped[str]
    reason: Mapped[str]
    previous: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(32), default="")
    erased: Mapped[int] = mapped_column(default=0)
    digests: Mapped[str] = mapped_column(default="")
    signer: Mapped[str] = mapped_column(String(64), default="")
    signature: Mapped[str] = mapped_column(String(128), default="")


class ErasureRow(Base):
    """A Case that was erased for good; ``left_to_do`` (JSON) is empty as soon as all of it is done.

    ``done_at`` is empty until then. Nothing of the Case stays here but its key, which is not given again.
    """

    __tablename__ = "erasures"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int]
    at: Mapped[datetime]
    left_to_do: Mapped[str]
    done_at: Mapped[datetime | None]


class AuditHeadRow(Base):
    """The end of the trail, kept apart from it: the one row has id 1."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))


class BlobRow(Base):
    """An image or report, where the database is shared and workstations have no common folder."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
