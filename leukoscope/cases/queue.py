"""The queue in the store: images are accepted, read and claimed here, and none is lost on the way to being judged."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.cases.blobs import Images
from leukoscope.cases.changed_rows import will_change
from leukoscope.cases.database import Database
from leukoscope.cases.judged_images import JudgedImages
from leukoscope.cases.queue_rows import (
    QUEUE_TABLE,
    STATE_JUDGING,
    STATE_STOPPED,
    STATE_WAITING,
    add_rows,
    claimable,
    in_case,
    load_waiting,
    load_waiting_of,
    next_in_turn,
    origin_columns,
    row_again,
    row_of,
    scale_columns,
    source_of_twin,
    workable,
)
from leukoscope.cases.signing import touch, writable
from leukoscope.cases.tables import CaseRow, FrameRow, QueueRow
from leukoscope.cases.workers import Workers, seen
from leukoscope.domain.audit import AGAIN, IMAGE_READ, IMAGES_ACCEPTED, IMAGES_FOUND, KEPT_ASIDE, RESUMED, STOPPED
from leukoscope.domain.errors import ConflictError
from leukoscope.domain.frames import FrameOrigin
from leukoscope.domain.waiting import Arrival, Scale, WaitingImage

TWICE = "This case has an image of these very bytes already; nothing counts twice. Send another image."


class ImageQueue:
    """Images between being accepted and being judged. Each call is one transaction.

    Parameters
    ----------
    database, images, trail
        Where Cases, images and the audit trail are kept.
    """

    def __init__(self, database: Database, images: Images, trail: AuditTrail) -> None:
        self._database, self._images, self._trail = database, images, trail
        self.workers = Workers(database)
        self.judged = JudgedImages(database, trail)

    # Coming in -------------------------------------------------------------------------------------------------

    def accept(self, case_id: int, arrivals: Sequence[Arrival], owner: str, *, once: bool = False) -> tuple[int, ...]:
        """Take images into a Case, all or none: when it returns, they are kept, whatever happens afterwards.

        Parameters
        ----------
        case_id, arrivals
            The Case, and what comes into it, in the order it is to be judged.
        owner
            Token of the program that judges them while it lives.
        once
            Refuse bytes that the Case has already.

        Returns
        -------
        tuple
            Their keys, in order.

        Raises
        ------
        ConflictError
            When the Case has one of them already, with ``once``; nothing is kept then.
        StoreError
            When the Case is signed or gone, or the disk is full; nothing is kept then.
        """
        with self._database.writing() as session:
            touch(writable(session, case_id))
            seen(session, owner)
            batch, by = secrets.token_hex(8), self._trail.actor
            hashes = [self._images.put(one.data)[0] if one.data is not None else "" for one in arrivals]
            if once and any(sha256 and source_of_twin(session, case_id, sha256) is not None for sha256 in hashes):
                raise ConflictError(TWICE)
            keys = add_rows(
                session,
                [row_of(case_id, one, sha256, owner, batch, by) for one, sha256 in zip(arrivals, hashes, strict=True)],
            )
            self._trail.record(session, IMAGES_ACCEPTED, case_id=case_id, new=str(len(arrivals)))
            return keys

    def again(
        self, case_id: int, frame_ids: Collection[int], um_per_px: float | None, owner: str, objective: str = ""
    ) -> int:
        """Let images of a Case be judged again; each takes its former's place when that is done.

        Parameters
        ----------
        case_id, frame_ids
            The Case and the images.
        um_per_px
            Their scale from now on; ``None`` leaves it as it is.
        owner
            Token of the program that judges them while it lives.
        objective
            That the scale is of.

        Returns
        -------
        int
            How many are in the queue now; those that wait there already are not put in twice.

        Raises
        ------
        StoreError
            When the Case is signed or gone.
        """
        with self._database.writing() as session:
            case = writable(session, case_id)
            waiting = set(session.scalars(select(QueueRow.former_id).where(*in_case(case_id))))
            frames = session.scalars(
                select(FrameRow)
                .where(FrameRow.case_id == case_id, FrameRow.id.in_(frame_ids), FrameRow.removed_at.is_(None))
                .order_by(func.coalesce(FrameRow.place, FrameRow.id))
            ).all()
            scale, by = Scale(um_per_px, um_per_px is not None, objective), self._trail.actor
            rows = [row_again(one, scale, owner, by) for one in frames if one.id not in waiting]
            if rows:
                seen(session, owner)
                add_rows(session, rows)
                self._trail.record(session, AGAIN, case_id=case_id, new=str(len(rows)))
                touch(case)
            return len(rows)

    def next_places(self, owner: str, limit: int) -> tuple[WaitingImage, ...]:
        """The next paths to look at."""
        return self._first(owner, limit, QueueRow.is_place.is_(True))

    def next_unread(self, owner: str) -> WaitingImage | None:
        """The next image whose bytes must still be read."""
        return next(iter(self._first(owner, 1, QueueRow.is_place.is_(False), QueueRow.sha256 == "")), None)

    def look(self, found: Iterable[tuple[WaitingImage, Sequence[str]]]) -> int:
        """Replace paths by the images that were found there; what came along with them already is left out.

        Returns
        -------
        int
            How many images there are more.
        """
        with self._database.writing() as session:
            known: dict[str, set[str]] = {}
            counts = [(place, self._look(session, place, sources, known)) for place, sources in found]
            for case_id in sorted({place.case_id for place, count in counts if count is not None}):
                here = sum(count or 0 for place, count in counts if place.case_id == case_id)
                self._trail.record(session, IMAGES_FOUND, case_id=case_id, new=str(here))
            return sum(count or 0 for _, count in counts)

    @staticmethod
    def _look(session: Session, place: WaitingImage, sources: Sequence[str], known: dict[str, set[str]]) -> int | None:
        """One path; ``None`` where it waits no longer. ``known`` remembers what came along with each batch."""
        row = session.get(QueueRow, place.id)
        if row is None or row.removed_at is not None:
            return None
        if row.batch not in known:
            same = select(QueueRow.source).where(QueueRow.batch == row.batch, QueueRow.is_place.is_(False))
            known[row.batch] = set(session.scalars(same))
        copied = [column.name for column in QUEUE_TABLE.columns if column.name not in {"id", "is_place"}]
        values = {name: getattr(row, name) for name in copied}
        fresh = [name for name in dict.fromkeys(sources) if name not in known[row.batch]]
        known[row.batch].update(fresh)
        session.delete(row)
        session.flush()
        if fresh:
            add_rows(session, [{**values, "is_place": False, "source": name} for name in fresh])
        return len(fresh)

    def keep(self, image: WaitingImage, data: bytes, origin: FrameOrigin, scale: Scale) -> str | None:
        """Keep an image's bytes, which have been read now: it can be judged from here on.

        Returns
        -------
        str or None
            Source of an image of the Case with the same bytes. The new one is then kept aside as one that was removed;
            :meth:`take_twice` lets it be judged all the same.
        """
        with self._database.writing() as session:
            row = session.get(QueueRow, image.id)
            if row is None or row.sha256:
                return None
            sha256, _ = self._images.put(data)
            twin = source_of_twin(session, row.case_id, sha256, row.id) if row.former_id is None else None
            row.sha256 = sha256
            for name, value in {**origin_columns(origin), **scale_columns(scale)}.items():
                setattr(row, name, value)
            if twin is not None:
                row.removed_at = datetime.now(UTC)
            self._trail.record(
                session, IMAGE_READ if twin is None else KEPT_ASIDE, case_id=row.case_id, subject=f"waiting {row.id}",
                new=sha256, who=row.by,
            )  # fmt: skip
            return twin

    def take_twice(self, case_id: int, image_ids: Collection[int], owner: str) -> int:
        """Judge images that were kept aside as copies; says how many.

        Raises
        ------
        StoreError
            When the Case is signed or gone.
        """
        with self._database.writing() as session:
            case = writable(session, case_id)
            seen(session, owner)
            aside = QueueRow.case_id == case_id, QueueRow.id.in_(image_ids), QueueRow.removed_at.is_not(None)
            found = session.execute(select(QueueRow.id, QueueRow.sha256).where(*aside)).all()
            values = {"removed_at": None, "state": STATE_WAITING, "owner": owner}
            will_change(session, [one.id for one in found], values)
            session.execute(update(QueueRow).where(*aside).values(**values))
            for image_id, sha256 in found:
                subject = f"waiting {image_id}"
                self._trail.record(session, "waiting image restored", case_id=case_id, subject=subject, old=sha256)
            touch(case)
            return len(found)

    # Being judged ----------------------------------------------------------------------------------------------

    def claim(self, owner: str, *, fresh: bool = False, served: Sequence[str] | None = None) -> WaitingImage | None:
        """Claim the next image that can be judged: nobody else judges it until it is given back.

        Parameters
        ----------
        owner
            Token of the program.
        fresh
            Only when judging it has not been begun before.
        served
            Names of who accepted images, in the order of their last turn: each gets one in turn. Left out, the image
            that came first is next, whoever accepted it.
        """
        with self._database.reading() as session:
            if session.execute(claimable(owner)).first() is None:
                return None
        with self._database.writing() as session:
            by = None if served is None else next_in_turn(session, owner, served)
            found = session.execute(claimable(owner, by)).first()
            if found is None or (fresh and found.attempts):
                return None
            change = update(QueueRow).where(QueueRow.id == found.id)
            session.execute(change.values(state=STATE_JUDGING, attempts=found.attempts + 1, note=""))
            return load_waiting(found)

    def give_back(self, images: Iterable[WaitingImage], owner: str) -> None:
        """Let claimed images wait again: judging them was ended in good order, so it does not count."""
        ids = [image.id for image in images]
        if ids:
            with self._database.writing() as session:
                mine = QueueRow.id.in_(ids), QueueRow.owner == owner, QueueRow.state == STATE_JUDGING
                session.execute(
                    update(QueueRow).where(*mine).values(state=STATE_WAITING, attempts=QueueRow.attempts - 1)
                )

    # What a person does with it --------------------------------------------------------------------------------

    def stop(self, owner: str) -> int:
        """Stop what waits or is judged by a program: it stays, until a person goes on with it or removes it."""
        with self._database.writing() as session:
            under_way = QueueRow.owner == owner, QueueRow.state != STATE_STOPPED, QueueRow.removed_at.is_(None)
            return self._change_all(session, STOPPED, under_way, {"state": STATE_STOPPED})

    def resume(self, case_id: int, owner: str) -> int:
        """Go on with the stopped images of a Case; this program judges them."""
        with self._database.writing() as session:
            seen(session, owner)
            stopped = *in_case(case_id), QueueRow.state == STATE_STOPPED
            return self._change_all(session, RESUMED, stopped, {"state": STATE_WAITING, "owner": owner, "attempts": 0})

    def _change_all(
        self, session: Session, what: str, which: tuple[ColumnElement[bool], ...], values: dict[str, Any]
    ) -> int:
        """Change rows by one statement, and tell of it in each Case; says how many."""
        found = session.execute(select(QueueRow.id, QueueRow.case_id).where(*which)).all()
        will_change(session, [one.id for one in found], values)
        session.execute(update(QueueRow).where(*which).values(**values))
        for case_id, count in sorted(Counter(one.case_id for one in found).items()):
            self._trail.record(session, what, case_id=case_id, new=str(count))
        return len(found)

    def set_removed(self, case_id: int, image_ids: Collection[int], removed: bool) -> int:
        """Take waiting images out of their Case, or bring them back, stopped.

        Raises
        ------
        StoreError
            When the Case is signed or gone.
        """
        with self._database.writing() as session:
            case = writable(session, case_id)
            wanted = QueueRow.case_id == case_id, QueueRow.id.in_(image_ids)
            there = QueueRow.removed_at.is_(None) if removed else QueueRow.removed_at.is_not(None)
            found = session.execute(select(QueueRow.id, QueueRow.sha256).where(*wanted, there)).all()
            what = "waiting image removed" if removed else "waiting image restored"
            for image_id, sha256 in found:
                self._trail.record(session, what, case_id=case_id, subject=f"waiting {image_id}", old=sha256)
            values = {"removed_at": datetime.now(UTC) if removed else None, "state": STATE_STOPPED}
            will_change(session, [one.id for one in found], values)
            session.execute(update(QueueRow).where(*wanted, there).values(**values))
            touch(case)
            return len(found)

    # What is there ---------------------------------------------------------------------------------------------

    def of_case(self, case_id: int) -> tuple[WaitingImage, ...]:
        """All images of a Case that wait, are judged or are stopped, in order."""
        with self._database.reading() as session:
            return load_waiting_of(session, case_id)

    def pending(self, owner: str) -> tuple[int, int]:
        """How many images of a program are still to be judged, and how many of those to be read first."""
        read = func.count().filter(QueueRow.sha256 == "")
        with self._database.reading() as session:
            wanted = select(func.count(), read).select_from(QueueRow).join(CaseRow, CaseRow.id == QueueRow.case_id)
            total, unread = session.execute(wanted.where(*workable(owner))).one()
            return total, unread

    def _first(self, owner: str, limit: int, *more: ColumnElement[bool]) -> tuple[WaitingImage, ...]:
        with self._database.reading() as session:
            wanted = select(*QUEUE_TABLE.columns).join(CaseRow, CaseRow.id == QueueRow.case_id)
            wanted = (
                wanted.where(*workable(owner), QueueRow.state == STATE_WAITING, *more)
                .order_by(QueueRow.id)
                .limit(limit)
            )
            return tuple(load_waiting(row) for row in session.execute(wanted))
