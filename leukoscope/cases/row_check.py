"""Rows held against the newest digest that the audit trail has of each."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from leukoscope.cases.digests import FINDINGS, HANDWORK, KINDS, RowDigest, everything, read, salts_of
from leukoscope.domain.audit import AuditEntry

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """What an entry says of a row.

    Parameters
    ----------
    digest
        Of everything in it; empty when it says that there is no such row.
    marks
        Of single columns.
    before
        Digest of before its transaction; ``None`` where it does not say.
    number, case_id
        Of the entry.
    """

    digest: str
    marks: Mapping[str, str]
    before: str | None
    number: int
    case_id: int | None

    @classmethod
    def of(cls, entry: AuditEntry) -> Iterator[tuple[str, Told]]:
        """All that an entry says, by key."""
        for key, (digest, marks, before) in read(entry.digests).items():
            yield key, cls(digest, marks, before, entry.number, entry.case_id)


def follows(key: str, told: Told, last: Told | None) -> str:
    """Why an entry does not follow from the one before it on the same row; empty when it does.

    The program writes into a row what a person asked for, whatever else somebody had written there.
    """
    if told.before is None or told.before == (last.digest if last is not None else ""):
        return ""
    thing = _thing(key, told.case_id)
    since = last.number if last is not None else 0
    return f"{thing} was changed behind the program’s back between entries {since} and {told.number}."


@dataclass(frozen=True)
class Difference:
    """A row that is not what the trail says of it: as it is now, and the sentence."""

    row: RowDigest
    sentence: str


def differences(session: Session, told: Mapping[str, Told]) -> Iterator[Difference]:
    """Every row that differs, is missing or was added.

    Parameters
    ----------
    session
        A view of the database.
    told
        The newest that the trail says of each row.
    """
    seen: set[str] = set()
    unread: set[str] = set()
    salts = salts_of(session)
    for kind in KINDS:
        for row in _readable(session, kind):
            if row is None:
                unread.add(kind)
                sentence = "Rows cannot be read, so that they cannot be held against the trail; run leukoscope check."
                yield Difference(RowDigest(kind, None, {}), sentence)
                continue
            seen.add(row.key)
            said = told.get(row.key)
            if said is None or not said.digest:
                thing = _thing(row.key, row.case_id)
                yield Difference(row, f"{thing} was added behind the program’s back; the trail does not know it.")
            elif row.digest(salt := salts.get(said.case_id, "")) != said.digest:
                yield Difference(row, _differs(row, said, salt))
    for key, said in told.items():
        if key in seen or not said.digest or key.partition(":")[0] in unread:
            continue
        thing = _thing(key, said.case_id)
        sentence = f"{thing} was taken away behind the program’s back; entry {said.number} tells of it."
        yield Difference(RowDigest(key, said.case_id, {}), sentence)


def _readable(session: Session, kind: str) -> Iterator[RowDigest | None]:
    """Rows of a kind; ``None`` at the end when one of them holds what nothing can read."""
    try:
        yield from everything(session, kind)
    except (ValueError, TypeError, LookupError) as error:
        logger.warning("rows of the kind %s cannot be read: %s", kind, type(error).__name__)
        yield None


def _differs(row: RowDigest, said: Told, salt: str) -> str:
    thing = _thing(row.key, row.case_id)
    marks = row.marks(salt)
    names = sorted(name for name in {*marks, *said.marks} if marks.get(name) != said.marks.get(name))
    if not names:
        return f"{thing} was changed behind the program’s back; entry {said.number} says otherwise."
    return f"{thing} was changed behind the program’s back ({', '.join(names)}); entry {said.number} says otherwise."


def _thing(key: str, case_id: int | None) -> str:
    kind, _, number = key.partition(":")
    return {
        "case": f"Case {number}",
        "image": f"Image {number} of case {case_id}",
        "waiting": f"Waiting image {number} of case {case_id}",
        "signature": f"Signature {number} of case {case_id}",
        "amendment": f"Amendment {number} of case {case_id}",
        "person": f"Account {number}",
        "token": f"Token {number}",
        "rule": f"The rule “{number}”",
        FINDINGS: f"What was found in image {number} of case {case_id}",
        HANDWORK: f"What people said of cell {number} of case {case_id}",
    }.get(kind, key)
