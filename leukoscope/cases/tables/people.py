"""Accounts, the tokens of scheduled jobs, and the rules of the lab."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from leukoscope.cases.tables.base import Base


class PersonRow(Base):
    """One account; ``key`` is the name as it is compared.

    Of somebody of the hospital's directory ``source`` says so, ``subject`` is what stays of them there (empty until
    they come for the first time), ``login`` their name there as it is compared, and ``lost`` that they may no longer
    come in by it.
    """

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
    source: Mapped[str] = mapped_column(String(16), default="")
    subject: Mapped[str] = mapped_column(default="")
    login: Mapped[str] = mapped_column(default="")
    lost: Mapped[bool] = mapped_column(default=False)


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
