"""The audit trail in the database: entries are only added, inside the transaction of the change they tell of."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.acting import acting_now
from leukoscope.cases.anchors import Anchor, Anchors, signed_anchor
from leukoscope.cases.blobs import Images
from leukoscope.cases.changed_rows import touched, watch
from leukoscope.cases.database import Database
from leukoscope.cases.digests import RowDigest, everything, of_case, salts_of, written
from leukoscope.cases.pending_entries import (
    CLOCK_TOLERANCE,
    SHARED_CLOCK_TOLERANCE,
    PendingEntry,
    with_clock,
    with_digests,
)
from leukoscope.cases.rights import claiming
from leukoscope.cases.row_check import Difference
from leukoscope.cases.signing_keys import Keys
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.tables import AuditHeadRow, AuditRow, CaseRow, PersonRow, RuleRow
from leukoscope.cases.trail_verifier import TrailVerifier, entry_of, fault_mark, was_replaced
from leukoscope.cases.waiting_check import all_waiting, unknown_to_trail
from leukoscope.domain.audit import (
    ACCEPTED,
    ANCHOR_FAULT,
    FOUND,
    FOUND_WAITING,
    START,
    AuditCheck,
    AuditEntry,
    AuditHead,
)
from leukoscope.domain.errors import StoreError
from leukoscope.domain.people import computer_user

logger = logging.getLogger(__name__)

_PENDING, _ANCHOR = "audit entries", "audit anchor"
VANISHED = "While the program ran, audit-head.json was taken away, or put back from an older copy."


class AuditTrail:
    """Adds entries, reads them, checks them.

    Each entry seals the one before it, holds the digests of the rows that it tells of, and is signed by this
    installation. The end of the trail is kept in a row of its own in the database, and in a signed file of this
    workstation, so that the last entries cannot be cut off unseen by somebody who has the database alone.

    Parameters
    ----------
    database, images
        Where the trail and the reports are.
    folder
        Folder of the anchor file.
    keys
        Of this installation; ``None`` signs nothing and remembers nothing: for copies that are only looked at.
    aside
        A copy that is made ready to take a store's place: it has no past on this workstation.
    """

    def __init__(
        self, database: Database, images: Images | None, folder: Path, keys: Keys | None = None, *, aside: bool = False
    ) -> None:
        self._database, self._images, self._keys = database, images, keys
        self._ask_actor: Callable[[], str] = str
        self._anchors = None if keys is None else Anchors(folder, database.place, keys)
        self._is_aside = aside
        database.on_begin = watch
        database.before_commit = self._before_commit
        database.after_commit = self._after_commit
        self._begin()

    # Opening ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._anchors is not None and not self._is_aside:
            with store_errors():
                self._anchors.settle(self._has)
        try:
            if not self._is_aside:
                self._tell_of_anchor()
            self.record_existing_rows()
            self.record_existing_waiting()
        except StoreError as error:
            # Looking at the cases needs no key; whatever is saved does, and says so.
            logger.error("nothing was told of the trail on opening: %s", error.detail)

    def _tell_of_anchor(self) -> None:
        """What this workstation remembers does not fit the trail: an entry says so for good."""
        with self._database.reading() as session:
            if self._verifier().anchor_fault(session) is None:
                return
        with self._database.writing() as session:
            # Another program may have told of it meanwhile.
            fault = self._verifier().anchor_fault(session)
            if fault is None or self._anchors is None:
                return
            there = self._anchors.read()
            old = "" if there is None else f"{there.head.count}-{there.head.seal}"
            self.record(session, ANCHOR_FAULT, old=old, reason=fault, who=computer_user())
            session.info[ANCHOR_FAULT] = True
        logger.error("the anchor of the audit trail did not fit; an entry tells of it")

    def record_existing_rows(self) -> None:
        """Rows that are older than the digests: from now on they are held against what they are now."""
        row_digests = select(AuditRow.number).where(AuditRow.digests != "").limit(1)
        anything = (select(table.__table__.c[0]).limit(1) for table in (CaseRow, PersonRow, RuleRow))
        with self._database.reading() as session:
            if session.scalar(row_digests) is not None or all(session.scalar(one) is None for one in anything):
                return
        with self._database.writing() as session:
            if session.scalar(row_digests) is not None:
                return
            for case_id in session.scalars(select(CaseRow.id).order_by(CaseRow.id)).all():
                self._record_rows(session, FOUND, case_id, of_case(session, case_id))
            people = [one for kind in ("person", "token", "rule") for one in everything(session, kind)]
            if people:
                self._record_rows(session, FOUND, None, people)

    def record_existing_waiting(self) -> None:
        """As :meth:`record_existing_rows`, for images that wait since before the trail was told of waiting ones."""
        with self._database.reading() as session:
            if not unknown_to_trail(session):
                return
        with self._database.writing() as session:
            if unknown_to_trail(session):
                for case_id, row_digests in all_waiting(session):
                    self._record_rows(session, FOUND_WAITING, case_id, row_digests)

    def _record_rows(self, session: Session, what: str, case_id: int | None, row_digests: Iterable[RowDigest]) -> None:
        pending = PendingEntry(datetime.now(UTC), computer_user(), what, case_id)
        self._write(session, [(pending, list(row_digests))])

    # Adding ----------------------------------------------------------------------------------------------------

    @property
    def actor(self) -> str:
        """Whose acts are told now; never empty."""
        return acting_now() or self._ask_actor() or computer_user()

    @actor.setter
    def actor(self, who: str) -> None:
        self.ask_actor(lambda: who)

    def ask_actor(self, ask: Callable[[], str]) -> None:
        """Ask this, each time, whose acts are told."""
        self._ask_actor = ask

    def record(
        self,
        session: Session,
        what: str,
        *,
        case_id: int | None = None,
        subject: str = "",
        old: str = "",
        new: str = "",
        reason: str = "",
        who: str | None = None,
    ) -> None:
        """Add an entry in the transaction of the change itself: both are kept, or neither."""
        one = PendingEntry(datetime.now(UTC), who or self.actor, what, case_id, subject, old, new, reason)
        session.info.setdefault(_PENDING, []).append(one)

    def tell(
        self, what: str, *, case_id: int | None = None, subject: str = "", new: str = "", who: str | None = None
    ) -> None:
        """Add an entry of something that changes no row: a case leaves, is looked at, a copy is made.

        It has happened: it is told whatever has become of the rights of who did it.
        """
        with claiming(None), self._database.writing() as session:
            self.record(session, what, case_id=case_id, subject=subject, new=new, who=who)

    def _before_commit(self, session: Session) -> None:
        session.flush()
        row_digests = touched(session)
        pending: list[PendingEntry] = session.info.pop(_PENDING, [])
        if not pending and not row_digests:
            return
        self._write(session, with_digests(pending, row_digests, self.actor))

    def _write(self, session: Session, told: list[tuple[PendingEntry, list[RowDigest]]]) -> None:
        if self._anchors is not None and ANCHOR_FAULT not in session.info and self._anchors.has_vanished():
            session.info[ANCHOR_FAULT] = True
            told = [(PendingEntry(datetime.now(UTC), computer_user(), ANCHOR_FAULT, None, reason=VANISHED), []), *told]
        head = session.get(AuditHeadRow, 1, populate_existing=True)
        if head is None:
            head = AuditHeadRow(id=1, count=0, seal=START)
            session.add(head)
        last = session.scalar(select(AuditRow.at).where(AuditRow.number == head.count))
        salts = salts_of(session, (pending.case_id for pending, _ in told))
        for pending, row_digests in with_clock(told, last, self._tolerance):
            digests = written(row_digests, salts.get(pending.case_id, ""))
            entry = self._entry(pending, digests, AuditHead(head.count, head.seal))
            session.add(AuditRow(**asdict(entry)))
            head.count, head.seal = entry.number, entry.seal
        session.flush()
        if self._anchors is not None and self._keys is not None:
            self._anchors.settle(lambda one: _has(session, one))
            session.info[_ANCHOR] = self._anchors.intend(AuditHead(head.count, head.seal))

    def _entry(self, pending: PendingEntry, digests: str, head: AuditHead) -> AuditEntry:
        plain = self._database.plain
        entry = AuditEntry(
            head.count + 1, pending.at.isoformat(), plain(pending.who), pending.what, pending.case_id,
            plain(pending.subject), plain(pending.old), plain(pending.new), plain(pending.reason), head.seal,
            salt=secrets.token_hex(16), digests=digests,
        )  # fmt: skip
        entry = replace(entry, seal=entry.computed_seal())
        if self._keys is None:
            return entry
        return replace(entry, signer=self._keys.public, signature=self._keys.key().sign(entry.seal))

    @property
    def _tolerance(self) -> timedelta:
        return SHARED_CLOCK_TOLERANCE if self._database.is_shared else CLOCK_TOLERANCE

    def _after_commit(self, session: Session) -> None:
        anchor: Anchor | None = session.info.pop(_ANCHOR, None)
        if anchor is None or self._anchors is None or self._keys is None:
            return
        try:
            if session.info.pop(ANCHOR_FAULT, False):
                self._anchors.start_again(anchor)
            else:
                self._anchors.remember(anchor)
            if not self._is_aside:
                self._keys.join(self._database.place)
        except (OSError, StoreError) as error:
            # The change itself is saved, and the intent says where the trail ends.
            logger.warning("anchor of the audit trail not written: %r", error)

    # Reading ---------------------------------------------------------------------------------------------------

    def entries(self, case_id: int | None = None, limit: int | None = None) -> tuple[AuditEntry, ...]:
        """Entries, the newest first; of one case, or all."""
        wanted = select(AuditRow).order_by(AuditRow.number.desc()).limit(limit)
        if case_id is not None:
            wanted = wanted.where(AuditRow.case_id == case_id)
        with self._database.reading() as session:
            return tuple(entry_of(row) for row in session.scalars(wanted))

    def entries_of(self, kinds: Collection[str]) -> tuple[AuditEntry, ...]:
        """Entries of some kinds (``what``), the oldest first."""
        wanted = select(AuditRow).where(AuditRow.what.in_(kinds)).order_by(AuditRow.number)
        with self._database.reading() as session:
            return tuple(entry_of(row) for row in session.scalars(wanted))

    def head(self) -> AuditHead:
        """The end of the trail as the database has it."""
        with self._database.reading() as session:
            row = session.get(AuditHeadRow, 1)
            return AuditHead(row.count, row.seal) if row else AuditHead()

    def first_seal(self) -> str:
        """Seal of the first entry, by which a store is known; empty when there is none."""
        return self.seal_of(1) or ""

    def seal_of(self, number: int) -> str | None:
        """Seal of an entry; ``None`` when there is no such entry."""
        with self._database.reading() as session:
            return session.scalar(select(AuditRow.seal).where(AuditRow.number == number))

    def was_replaced(self, number: int) -> bool:
        """Whether a backup took the place of the store in which an entry had this number."""
        with self._database.reading() as session:
            return was_replaced(session, number)

    def signed_head(self) -> Anchor:
        """The end of the trail, signed by this installation.

        Raises
        ------
        StoreError
            When the key is out of reach.
        """
        if self._keys is None:
            raise StoreError("This copy of the cases is only looked at; export the end of the trail from the store.")
        return signed_anchor(self.head(), self._database.place, self._keys)

    def stamp(self) -> str:
        """The end of the trail as it is printed on a report."""
        return self.head().short

    def verify(self) -> AuditCheck:
        """Hold every entry, row, signed report and the schema against the trail; each thing that differs is named."""
        with self._database.reading() as session:
            return self._verifier().check(session)

    def accept(self, reason: str) -> tuple[str, ...]:
        """Put on record that somebody has looked at what differs, and why it is so; returns the sentences.

        Rows are held against what they are now from here on; a fault of entries is known again by its sentence.
        """
        with self._database.writing() as session:
            sentences, rows = self._verifier().acceptable(session)
            if not sentences and not rows:
                return ()
            marks = json.dumps([fault_mark(one) for one in sentences]) if sentences else ""
            by_case: dict[int | None, list[Difference]] = {None: []}
            for row in rows:
                by_case.setdefault(row.row.case_id, []).append(row)
            for case_id, differing in by_case.items():
                said = " ".join((*(sentences if case_id is None else ()), *(one.sentence for one in differing)))
                if said:
                    new = marks if case_id is None else ""
                    pending = PendingEntry(datetime.now(UTC), self.actor, ACCEPTED, case_id, "", said, new, reason)
                    self._write(session, [(pending, [one.row for one in differing])])
            return (*sentences, *(one.sentence for one in rows))

    def _verifier(self) -> TrailVerifier:
        return TrailVerifier(self._database, self._images, self._keys, None if self._is_aside else self._anchors)

    def _has(self, head: AuditHead) -> bool:
        with self._database.reading() as session:
            return _has(session, head)

    # Restoring a shared database -------------------------------------------------------------------------------

    def announce_anchor(self, head: AuditHead) -> None:
        """Note where the trail will end when a backup is in the shared database: a kill in between is no fault then."""
        if self._anchors is not None:
            self._anchors.intend(head)

    def settle_anchor(self) -> None:
        """Bring an announced anchor in force if the backup came in, else forget it."""
        if self._anchors is not None:
            self._anchors.settle(self._has, ends_here=True)


def _has(session: Session, head: AuditHead) -> bool:
    return session.scalar(select(AuditRow.seal).where(AuditRow.number == head.count)) == head.seal
