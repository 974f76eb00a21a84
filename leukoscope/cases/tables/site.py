"""What a lab has taught the program, where all its workstations and its backups have it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from leukoscope.cases.tables.base import Base


class SiteFileRow(Base):
    """A file of the folder ``site``: a site profile, which one is in force, the record of the lab."""

    __tablename__ = "site_files"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime]
