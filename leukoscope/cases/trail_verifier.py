"""A store held against its audit trail: entries, what this workstation remembers, rows, signed reports, schema."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from leukoscope.cases.anchors import ANCHOR_FILE, Anchor, Anchors
from leukoscope.cases.blobs import Images
from leukoscope.cases.database import Database
from leukoscope.cases.row_check import Difference, Told, differences, follows
from leukoscope.cases.schema_check import schema_faults
from leukoscope.cases.signing_keys import Keys, is_signed, short_key
from leukoscope.cases.stray_rows import erasure_faults, strays
from leukoscope.cases.tables import AuditHeadRow, AuditRow, SignatureRow
from leukoscope.cases.waiting_check import waiting_faults
from leukoscope.domain.audit import (
    ACCEPTED,
    ANCHOR_FAULT,
    ERASED,
    FOUND_WAITING,
    KNOWN_WAITING,
    RESTORED,
    AuditCheck,
    AuditEntry,
    AuditFault,
    AuditHead,
    erasure_digest,
)
from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_row

FAULTS_SHOWN = 1000


@dataclass
class _Read:
    """What one pass over the trail has found."""

    count: int = 0
    last: AuditHead = field(default_factory=AuditHead)
    faults: list[AuditFault] = field(default_factory=list)
    rows: dict[str, Told] = field(default_factory=dict)
    blanked: dict[int | None, list[AuditEntry]] = field(default_factory=lambda: defaultdict(list))
    signed_from: int = 0
    own_from: int = 0
    signers: dict[str, int] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    erased_cases: set[int] = field(default_factory=set)
    knows_waiting: bool = False
    last_what: str = ""

    def fault(self, number: int, sentence: str) -> None:
        self.faults.append(AuditFault(number, sentence))


class TrailVerifier:
    """Checks one store.

    Parameters
    ----------
    database, images
        What is checked; without images, signed reports are left out.
    keys, anchors
        Of this installation; ``None`` for a copy that is only looked at.
    """

    def __init__(self, database: Database, images: Images | None, keys: Keys | None, anchors: Anchors | None) -> None:
        self._database, self._images, self._keys, self._anchors = database, images, keys, anchors

    def check(self, session: Session) -> AuditCheck:
        """Everything, in one consistent view of the database."""
        # Read first: whatever another program adds from here on, it is not behind the view.
        anchor = self._anchors.read() if self._anchors is not None else None
        found = self._read_entries(session)
        if (said := self.anchor_fault(session, anchor)) is not None:
            found.fault(found.last.count + 1 if anchor is None else anchor.head.count, said)
        faults = [one for one in found.faults if fault_mark(one.sentence) not in found.accepted]
        rows = (one.sentence for one in differences(session, found.rows))
        stray = (*strays(session), *erasure_faults(session, found.erased_cases))
        waiting = waiting_faults(session, self._images)
        rest = (*rows, *stray, *waiting, *self._report_faults(session), *schema_faults(session))
        faults += [AuditFault(0, sentence) for sentence in rest]
        return AuditCheck(found.count, tuple(faults[:FAULTS_SHOWN]), tuple(self._notes(found)))

    def acceptable(self, session: Session) -> tuple[tuple[str, ...], tuple[Difference, ...]]:
        """What a person may accept: faults of entries by their sentences, and rows that differ."""
        found = self._read_entries(session)
        sentences = (one.sentence for one in found.faults if fault_mark(one.sentence) not in found.accepted)
        return tuple(sentences), tuple(differences(session, found.rows))

    # Entries ---------------------------------------------------------------------------------------------------

    def _read_entries(self, session: Session) -> _Read:
        found = _Read()
        stored = select(AuditRow).order_by(AuditRow.number).execution_options(yield_per=1000)
        for row in session.scalars(stored):
            entry = entry_of(row)
            session.expunge(row)
            self._take(found, entry)
        for entries in found.blanked.values():
            number = entries[0].number
            found.fault(number, f"Entry {number} was blanked, and no erasure of its case tells why.")
        head_row = session.get(AuditHeadRow, 1)
        head = AuditHead(head_row.count, head_row.seal) if head_row else AuditHead()
        if head != found.last:
            end = found.last.count
            found.fault(end + 1, f"The trail ends at entry {end}; it must end at entry {head.count}.")
        return found

    def _take(self, found: _Read, entry: AuditEntry) -> None:
        expected = found.last.count + 1
        found.count += 1
        if entry.number != expected:
            found.fault(expected, f"Entries {expected} to {entry.number - 1} are missing.")
        elif entry.previous != found.last.seal:
            found.fault(entry.number, f"Entry {entry.number} does not follow the one before it.")
        if entry.erased:
            found.blanked[entry.case_id].append(entry)
        if not (entry.is_blank if entry.erased else entry.computed_seal() == entry.seal):
            found.fault(entry.number, f"Entry {entry.number} was changed.")
        elif entry.what == ERASED and not entry.erased:
            _vouch(found, entry)
        self._take_signature(found, entry)
        _take_meaning(found, entry)
        found.last = AuditHead(entry.number, entry.seal)

    def _take_signature(self, found: _Read, entry: AuditEntry) -> None:
        if not entry.signer:
            if found.signed_from:
                found.fault(entry.number, f"Entry {entry.number} is not signed.")
            return
        found.signed_from = found.signed_from or entry.number
        found.signers.setdefault(entry.signer, entry.number)
        if not is_signed(entry.signer, entry.seal, entry.signature):
            found.fault(entry.number, f"The signature of entry {entry.number} is not one of its key.")
        elif self._keys is not None and entry.signer == self._keys.public:
            found.own_from = found.own_from or entry.number
        elif found.own_from and not self._database.is_shared:
            found.fault(entry.number, f"Entry {entry.number} is signed by another key than that of this installation.")

    def _notes(self, found: _Read) -> Iterator[str]:
        unsigned = (found.signed_from or found.count + 1) - 1
        if unsigned:
            yield f"Entries 1 to {unsigned} are older than the signatures of the trail and are not signed."
        own = self._keys.public if self._keys is not None else ""
        for signer, number in found.signers.items():
            if signer == own:
                yield f"From entry {number} on it is signed by the key {short_key(signer)} of this installation."
            else:
                yield f"From entry {number} on it is signed by the key {short_key(signer)} of another installation."

    # What this workstation remembers ---------------------------------------------------------------------------

    def anchor_fault(self, session: Session, before: Anchor | None = None) -> str | None:
        """What does not fit between the trail and what this workstation remembers of it; ``None`` when all does.

        Parameters
        ----------
        session
            A view of the database.
        before
            The anchor as it was read before the view began.
        """
        if self._anchors is None or self._keys is None:
            return None
        self._anchors.settle(lambda head: _seal_of(session, head.count) == head.seal)
        newest = self._anchors.read()
        joined = self._keys.has_joined(self._database.place)
        if newest is None:
            return (
                f"The file {ANCHOR_FILE}, by which this workstation remembers the end of the trail, is missing or "
                "damaged."
                if joined
                else None
            )
        if joined and (not newest.is_true or newest.signer != self._keys.public):
            return f"The file {ANCHOR_FILE} was not written by this installation."
        return self._not_in_trail(session, before or newest) or self._older(session, newest)

    def _not_in_trail(self, session: Session, anchor: Anchor) -> str | None:
        count = anchor.head.count
        seal = _seal_of(session, count)
        if count == 0 or seal == anchor.head.seal or was_replaced(session, count):
            return None
        if seal is None:
            end = session.scalar(select(func.max(AuditRow.number))) or 0
            return f"The trail ends at entry {end}; this workstation remembers entry {count}."
        return f"Entry {count} is not the one this workstation remembers."

    def _older(self, session: Session, anchor: Anchor) -> str | None:
        assert self._keys is not None
        if not anchor.signer or was_replaced(session, anchor.head.count):
            return None
        own = select(func.max(AuditRow.number)).where(AuditRow.signer == self._keys.public)
        last = session.scalar(own) or 0
        if last <= anchor.head.count:
            return None
        return (
            f"The file {ANCHOR_FILE} is an older copy: it ends at entry {anchor.head.count}, and entry {last} was "
            "signed here later."
        )

    # Reports ---------------------------------------------------------------------------------------------------

    def _report_faults(self, session: Session) -> Iterator[str]:
        if self._images is None:
            return
        wanted = select(SignatureRow.id, SignatureRow.case_id, SignatureRow.report).order_by(SignatureRow.id)
        for number, case_id, report in session.execute(wanted).all():
            try:
                self._images.read(report)
            except StoreError:
                yield f"The signed report of signature {number} of case {case_id} is missing, or not what was signed."


def _vouch(found: _Read, entry: AuditEntry) -> None:
    """An erasure vouches for the entries that were blanked for it."""
    blanked = found.blanked.pop(entry.case_id, [])
    if entry.old != erasure_digest(blanked):
        number = blanked[0].number if blanked else entry.number
        found.fault(number, f"What is left of entries that entry {entry.number} erased was changed.")


def _take_meaning(found: _Read, entry: AuditEntry) -> None:
    if entry.what == ERASED and not entry.erased:
        if entry.case_id is not None:
            found.erased_cases.add(entry.case_id)
        found.rows = {key: told for key, told in found.rows.items() if told.case_id != entry.case_id}
    _take_waiting(found, entry)
    # Its own last: they are of rules, which outlive the case.
    for key, told in Told.of(entry):
        if said := follows(key, told, found.rows.get(key)):
            found.fault(entry.number, said)
        found.rows[key] = told
    if entry.what == ANCHOR_FAULT:
        found.fault(entry.number, f"Entry {entry.number} tells of a fault when the cases were opened: {entry.reason}")
    elif entry.what == ACCEPTED:
        found.accepted.update(_accepted(entry))


def _take_waiting(found: _Read, entry: AuditEntry) -> None:
    """Waiting images are taken as they are found once, in one go, and never where the trail has told of any."""
    if entry.what == FOUND_WAITING and found.knows_waiting and found.last_what != FOUND_WAITING:
        said = f"Entry {entry.number} takes waiting images as they were found, though the trail knew of them before."
        found.fault(entry.number, said)
    found.knows_waiting |= entry.what in KNOWN_WAITING
    found.last_what = entry.what


def _accepted(entry: AuditEntry) -> set[str]:
    try:
        return set(map(str, parsed_row(entry.new)))
    except (ValueError, TypeError):
        return set()


def fault_mark(sentence: str) -> str:
    """By what an accepted fault is known again."""
    return hashlib.sha256(sentence.encode("utf-8")).hexdigest()[:32]


def _seal_of(session: Session, number: int) -> str | None:
    return session.scalar(select(AuditRow.seal).where(AuditRow.number == number))


def was_replaced(session: Session, count: int) -> bool:
    """Whether a backup took the place of the store in which an entry had this number."""
    restored = select(AuditRow.new).where(AuditRow.what == RESTORED, AuditRow.erased == 0)
    ends = (text.partition("-")[0] for text in session.scalars(restored))
    return any(end.isdecimal() and int(end) >= count for end in ends)


def entry_of(row: AuditRow) -> AuditEntry:
    """An entry as the domain has it."""
    return AuditEntry(
        row.number, row.at, row.who, row.what, row.case_id, row.subject, row.old, row.new, row.reason,
        row.previous, row.seal, row.salt, row.erased, row.digests, row.signer, row.signature,
    )  # fmt: skip
