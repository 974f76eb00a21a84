"""Which images the rows of a store name: what must be there, and what belongs into a backup."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.tables import FrameRow, QueueRow, SignatureRow


def needed_images(session: Session) -> set[str]:
    """SHA-256 of every image and report that any row names: of cases, of the waiting queue, of signatures."""
    wanted: set[str] = set()
    for column in (FrameRow.sha256, QueueRow.sha256, SignatureRow.report):
        wanted.update(session.scalars(select(column).where(column != "")))
    return wanted
