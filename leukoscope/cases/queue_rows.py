"""Rows of the queue: made of what is accepted, picked for who works on them, and read as the domain has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select
from sqlalchemy.orm import Session

from leukoscope.cases.changed_rows import were_added
from leukoscope.cases.loading import counted_of, stage_of
from leukoscope.cases.saving import counted_text, stage_text
from leukoscope.cases.tables import CaseRow, FrameRow, QueueRow
from leukoscope.domain.cases import CaseState
from leukoscope.domain.cells import View
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.waiting import Arrival, Scale, WaitingImage, WaitState

STATE_WAITING, STATE_JUDGING, STATE_STOPPED = (state.value for state in WaitState)
QUEUE_TABLE = QueueRow.__table__


def add_rows(session: Session, rows: Sequence[dict[str, Any]]) -> tuple[int, ...]:
    """Put images into the queue, and tell the trail what was put there; gives their keys."""
    if not rows:
        return ()
    fresh = insert(QueueRow).returning(QueueRow.id, sort_by_parameter_order=True)
    keys = tuple(session.scalars(fresh, rows).all())
    were_added(session, dict(zip(keys, rows, strict=True)))
    return keys


def source_of_twin(session: Session, case_id: int, sha256: str, but: int = 0) -> str | None:
    """Source of an image of a Case with these bytes, judged or waiting; ``but`` is a key in the queue to pass over."""
    frame = select(FrameRow.source).where(FrameRow.case_id == case_id, FrameRow.removed_at.is_(None))
    waits = select(QueueRow.source).where(*in_case(case_id), QueueRow.id != but)
    found = session.scalar(frame.where(FrameRow.sha256 == sha256).limit(1))
    return found or session.scalar(waits.where(QueueRow.sha256 == sha256).limit(1))


def in_case(case_id: int) -> tuple[ColumnElement[bool], ...]:
    """What picks the images of a Case that are not judged yet."""
    return QueueRow.case_id == case_id, QueueRow.removed_at.is_(None)


def workable(owner: str) -> tuple[ColumnElement[bool], ...]:
    """What a program may work on: not in a Case that was taken off the list, or is signed."""
    return (
        QueueRow.owner == owner,
        QueueRow.removed_at.is_(None),
        QueueRow.state != STATE_STOPPED,
        CaseRow.removed_at.is_(None),
        CaseRow.state != CaseState.SIGNED.value,
    )


_READY = QueueRow.state == STATE_WAITING, QueueRow.sha256 != ""


def claimable(owner: str, by: str | None = None) -> Select[Any]:
    """The image that a program judges next: it waits, its bytes are kept, and it came first, or first of one person."""
    wanted = select(*QUEUE_TABLE.columns).join(CaseRow, CaseRow.id == QueueRow.case_id)
    theirs = () if by is None else (QueueRow.by == by,)
    return wanted.where(*workable(owner), *_READY, *theirs).order_by(QueueRow.id).limit(1)


def next_in_turn(session: Session, owner: str, served: Sequence[str]) -> str | None:
    """Of those whose images can be judged, who has waited longest for a turn; ``None`` when nobody's can.

    ``served`` are names in the order in which they had their last turn. Who had none comes first.
    """
    waits = select(QueueRow.by, func.min(QueueRow.id)).join(CaseRow, CaseRow.id == QueueRow.case_id)
    first = session.execute(waits.where(*workable(owner), *_READY).group_by(QueueRow.by)).all()
    turn = {name: place for place, name in enumerate(served)}
    return min(first, key=lambda one: (turn.get(one[0], -1), one[1]))[0] if first else None


def load_waiting_of(session: Session, case_id: int) -> tuple[WaitingImage, ...]:
    """All images of a Case that are not judged yet, in order."""
    rows = session.execute(select(*QUEUE_TABLE.columns).where(*in_case(case_id)).order_by(QueueRow.id))
    return tuple(load_waiting(row) for row in rows)


def load_waiting(row: Row[Any]) -> WaitingImage:
    """From a row to the domain."""
    origin = None
    if row.origin_kind is not None:
        kind = OriginKind(row.origin_kind)
        microscope = Microscope(row.camera or "")
        origin = FrameOrigin(
            kind, row.origin_name or "", row.origin_path, row.taken_at, row.exposure_ms, microscope=microscope,
            stage=stage_of(row.stage), counted=counted_of(row.counted),
        )  # fmt: skip
    scale = Scale(row.um_per_px, row.scale_given, row.objective or "")
    return WaitingImage(
        row.id, row.case_id, row.source, origin, View(row.view), scale, row.is_place, row.sha256, WaitState(row.state),
        row.former_id, row.attempts, row.by, row.note,
    )  # fmt: skip


def row_of(case_id: int, one: Arrival, sha256: str, owner: str, batch: str, by: str) -> dict[str, Any]:
    """A row for what comes into a Case."""
    return {
        "case_id": case_id,
        "source": one.source,
        **origin_columns(one.origin),
        **scale_columns(one.scale),
        "view": one.view.value,
        "is_place": one.is_place,
        "sha256": sha256,
        "state": STATE_WAITING,
        "former_id": None,
        "by": by,
        "owner": owner,
        "batch": batch,
        "accepted_at": datetime.now(UTC),
    }


def row_again(frame: FrameRow, scale: Scale, owner: str, by: str) -> dict[str, Any]:
    """A row for an image that is judged again, at its own scale where none is given here.

    One that failed may turn out to be a field or a cell.
    """
    origin = {name: getattr(frame, name) for name in origin_columns(None)}
    # An image that was never decoded has not said its own scale yet.
    if scale.um_per_px is None:
        scale = Scale(frame.um_per_px, frame.width > 0, frame.objective or "")
    view = View.AUTO if frame.error else View(frame.view)
    arrival = Arrival(frame.source, view=view, scale=scale)
    row = row_of(frame.case_id, arrival, frame.sha256, owner, "", by)
    return {**row, **origin, "former_id": frame.id}


def origin_columns(origin: FrameOrigin | None) -> dict[str, Any]:
    """Where an image comes from, by column."""
    return {
        "origin_kind": origin.kind.value if origin else None,
        "origin_name": origin.name if origin else None,
        "origin_path": origin.path if origin else None,
        "taken_at": origin.taken_at if origin else None,
        "exposure_ms": origin.exposure_ms if origin else None,
        "camera": (origin.microscope.camera or None) if origin else None,
        "stage": stage_text(origin.stage) if origin else None,
        "counted": counted_text(origin.counted) if origin else None,
    }


def scale_columns(scale: Scale) -> dict[str, Any]:
    """Scale of an image, whether somebody gave it, and of which objective it is, by column."""
    return {"um_per_px": scale.um_per_px, "scale_given": scale.is_given, "objective": scale.objective or None}
