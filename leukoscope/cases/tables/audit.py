"""The audit trail, where it ends, and what was erased for good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from leukoscope.cases.tables.base import Base


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
