"""The audit trail in the database: entries are only added, inside the transaction of the change they tell of."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from leukoscope.cases.database import ANCHOR_FILE, Database
from leukoscope.cases.tables import AuditHeadRow, AuditRow, PlainText
from leukoscope.domain.audit import (
    ERASED,
    START,
    AuditCheck,
    AuditEntry,
    AuditFault,
    AuditHead,
    erasure_digest,
)
from leukoscope.domain.people import computer_user

logger = logging.getLogger(__name__)

NEXT_ANCHOR = "audit-head.next.json"
"""Anchor for when a backup is in the shared database: written before, in force after."""
_HEAD = "audit head"
FAULTS_SHOWN = 20
_ACTING: ContextVar[str] = ContextVar("acting", default="")


@contextmanager
def acting(who: str) -> Iterator[None]:
    """Everything that is done inside, in this thread, is done by this person, whoever sits here by then."""
    token = _ACTING.set(who)
    try:
        yield
    finally:
        _ACTING.reset(token)


def acting_now() -> str:
    """Who acts in this thread by :func:`acting`; empty outside of it."""
    return _ACTING.get()


class AuditTrail:
    """Adds entries, reads them, checks them.

    The end of the trail is anchored twice: in a row of its own in the database, and in a file of this workstation,
    so that the last entries cannot be cut off unseen by somebody who has the database alone.

    Parameters
    ----------
    database
        Where the trail is.
    folder
        Folder of the anchor file.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._anchor = folder / ANCHOR_FILE
        self._lock = threading.Lock()
        self._anchored = _read_anchor(self._anchor)
        self._ask_actor: Callable[[], str] = str
        database.after_commit = self._after_commit

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
        head = session.get(AuditHeadRow, 1, populate_existing=_HEAD not in session.info)
        if head is None:
            head = AuditHeadRow(id=1, count=0, seal=START)
            session.add(head)
        dialect = session.get_bind().dialect
        texts = [
            PlainText().process_bind_param(text, dialect) or ""
            for text in (who or self.actor, subject, old, new, reason)
        ]
        who_, subject_, old_, new_, reason_ = texts
        now = datetime.now(UTC).isoformat()
        entry = AuditEntry(
            head.count + 1, now, who_, what, case_id, subject_, old_, new_, reason_, head.seal,
            salt=secrets.token_hex(16),
        )  # fmt: skip
        seal = entry.computed_seal()
        session.add(AuditRow(**{**entry.__dict__, "seal": seal}))
        head.count, head.seal = entry.number, seal
        session.info[_HEAD] = AuditHead(entry.number, seal)

    def entries(self, case_id: int | None = None, limit: int | None = None) -> tuple[AuditEntry, ...]:
        """Entries, the newest first; of one case, or all."""
        wanted = select(AuditRow).order_by(AuditRow.number.desc()).limit(limit)
        if case_id is not None:
            wanted = wanted.where(AuditRow.case_id == case_id)
        with self._database.reading() as session:
            return tuple(entry_of(row) for row in session.scalars(wanted))

    def head(self) -> AuditHead:
        """The end of the trail as the database has it."""
        with self._database.reading() as session:
            row = session.get(AuditHeadRow, 1)
            return AuditHead(row.count, row.seal) if row else AuditHead()

    def first_seal(self) -> str:
        """Seal of the first entry, by which a store is known; empty when there is none."""
        with self._database.reading() as session:
            return session.scalar(select(AuditRow.seal).where(AuditRow.number == 1)) or ""

    def verify(self) -> AuditCheck:
        """Check every entry, their order, and that none is missing, not even the last."""
        with self._database.reading() as session:
            row = session.get(AuditHeadRow, 1)
            head = AuditHead(row.count, row.seal) if row else AuditHead()
            stored = session.scalars(select(AuditRow).order_by(AuditRow.number).execution_options(yield_per=1000))
            checker = _Checker(_read_anchor(self._anchor))
            for one in stored:
                checker.take(entry_of(one))
            return checker.result(head)

    def _after_commit(self, session: Session) -> None:
        head = session.info.pop(_HEAD, None)
        if head is None:
            return
        with self._lock:
            if head.count <= self._anchored.count:
                return
            self._anchored = head
            try:
                _write_anchor(self._anchor, head)
            except OSError as error:
                # The change itself is saved; an anchor that lags only checks less.
                logger.warning("anchor of the audit trail not written: %r", error)

    def announce_anchor(self, head: AuditHead) -> None:
        """Note where the trail will end when a backup is in the shared database: a kill in between is no fault then."""
        _write_anchor(self._anchor.with_name(NEXT_ANCHOR), head)

    def settle_anchor(self) -> None:
        """Bring an announced anchor in force if the backup came in, else forget it."""
        announced = self._anchor.with_name(NEXT_ANCHOR)
        if not announced.exists():
            return
        head = _read_anchor(announced)
        with self._database.reading() as session, self._lock:
            row = session.get(AuditRow, head.count)
            if row is not None and row.seal == head.seal:
                announced.replace(self._anchor)
                self._anchored = head
            else:
                announced.unlink()


class _Checker:
    def __init__(self, anchor: AuditHead) -> None:
        self._anchor = anchor
        self._faults: list[AuditFault] = []
        self._last = AuditHead()
        self._count = 0
        self._anchor_seen = anchor.count == 0
        self._blanked: dict[int | None, list[AuditEntry]] = defaultdict(list)

    def take(self, entry: AuditEntry) -> None:
        expected = self._last.count + 1
        self._count += 1
        if entry.number != expected:
            self._fault(expected, f"Entries {expected} to {entry.number - 1} are missing.")
        elif entry.previous != self._last.seal:
            self._fault(entry.number, f"Entry {entry.number} does not follow the one before it.")
        if entry.erased:
            self._blanked[entry.case_id].append(entry)
        if not (entry.is_blank if entry.erased else entry.computed_seal() == entry.seal):
            self._fault(entry.number, f"Entry {entry.number} was changed.")
        elif entry.what == ERASED and not entry.erased:
            self._vouch(entry)
        if entry.number == self._anchor.count:
            self._anchor_seen = True
            if entry.seal != self._anchor.seal:
                self._fault(entry.number, f"Entry {entry.number} is not the one this workstation remembers.")
        self._last = AuditHead(entry.number, entry.seal)

    def _vouch(self, entry: AuditEntry) -> None:
        """An erasure vouches for the entries that were blanked for it."""
        blanked = self._blanked.pop(entry.case_id, [])
        if entry.old != erasure_digest(blanked):
            number = blanked[0].number if blanked else entry.number
            self._fault(number, f"What is left of entries that entry {entry.number} erased was changed.")

    def result(self, head: AuditHead) -> AuditCheck:
        for entries in self._blanked.values():
            number = entries[0].number
            self._fault(number, f"Entry {number} was blanked, and no erasure of its case tells why.")
        if head != self._last:
            self._fault(
                self._last.count + 1, f"The trail ends at entry {self._last.count}; it must end at entry {head.count}."
            )
        if not self._anchor_seen:
            self._fault(
                self._last.count + 1,
                f"The trail ends at entry {self._last.count}; this workstation remembers entry {self._anchor.count}.",
            )
        return AuditCheck(self._count, tuple(self._faults))

    def _fault(self, number: int, sentence: str) -> None:
        if len(self._faults) < FAULTS_SHOWN:
            self._faults.append(AuditFault(number, sentence))


def changed_fields(before: dict[str, str], after: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Name, old and new value of each field that differs."""
    for name, new in after.items():
        if before[name] != new:
            yield name, before[name], new


def entry_of(row: AuditRow) -> AuditEntry:
    """An entry as the domain has it."""
    return AuditEntry(
        row.number, row.at, row.who, row.what, row.case_id, row.subject, row.old, row.new, row.reason,
        row.previous, row.seal, row.salt, row.erased,
    )  # fmt: skip


def _write_anchor(path: Path, head: AuditHead) -> None:
    part = path.with_suffix(".part")
    try:
        part.write_text(json.dumps({"count": head.count, "seal": head.seal}), encoding="ascii")
        part.chmod(0o600)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _read_anchor(path: Path) -> AuditHead:
    try:
        raw = json.loads(path.read_text(encoding="ascii"))
        return AuditHead(int(raw["count"]), str(raw["seal"]))
    except FileNotFoundError:
        return AuditHead()
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("anchor of the audit trail unreadable: %r", error)
        return AuditHead()
