"""Images that wait to be judged, held against the trail: since when it knows of them, their bytes, who judges them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from leukoscope.cases.blobs import Images
from leukoscope.cases.digests import WAITING, RowDigest, everything
from leukoscope.cases.tables import AuditRow, QueueRow
from leukoscope.domain.audit import KNOWN_WAITING
from leukoscope.domain.errors import StoreError
from leukoscope.domain.waiting import WaitState


def unknown_to_trail(session: Session) -> bool:
    """Whether images wait in a store whose trail was never told of one: they are older than that."""
    if session.scalar(select(QueueRow.id).limit(1)) is None:
        return False
    # What such an entry is stays when its case is erased; the newest are looked at first.
    told = select(AuditRow.number).where(AuditRow.what.in_(KNOWN_WAITING)).order_by(AuditRow.number.desc()).limit(1)
    return session.scalar(told) is None


def all_waiting(session: Session) -> Iterator[tuple[int | None, list[RowDigest]]]:
    """Every image that waits, by its Case."""
    rows = sorted(everything(session, WAITING), key=lambda one: one.case_id or 0)
    for case_id, group in groupby(rows, key=lambda one: one.case_id):
        yield case_id, list(group)


def waiting_faults(session: Session, images: Images | None) -> Iterator[str]:
    """A sentence for each image whose bytes are not what was accepted, or that nobody can be judging.

    Parameters
    ----------
    session
        A view of the database.
    images
        Where the bytes are; ``None`` leaves them out.
    """
    taken = QueueRow.state == WaitState.JUDGING.value
    begun = QueueRow.attempts > 0, QueueRow.owner.is_not(None), QueueRow.sha256 != "", QueueRow.removed_at.is_(None)
    never = select(QueueRow.id, QueueRow.case_id).where(taken, or_(*(~one for one in begun))).order_by(QueueRow.id)
    for row in session.execute(never).all():
        yield f"Waiting image {row.id} of case {row.case_id} is said to be judged, and no program has begun with it."
    if images is None:
        return
    wanted = select(QueueRow.id, QueueRow.case_id, QueueRow.sha256).where(QueueRow.sha256 != "").order_by(QueueRow.id)
    for image_id, case_id, sha256 in session.execute(wanted).all():
        try:
            images.read(sha256)
        except StoreError:
            yield f"The bytes of waiting image {image_id} of case {case_id} are missing, or not what was accepted."
