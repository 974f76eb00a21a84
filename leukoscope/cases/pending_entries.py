"""Entries of the audit trail that are written when their transaction ends, each with the digests that it may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leukoscope.cases.digests import RowDigest
from leukoscope.domain.audit import (
    CLOCK_BACK,
    ERASED,
)
from leukoscope.domain.people import computer_user

CLOCK_TOLERANCE = timedelta(seconds=2)
"""A clock that is set by the network goes back by less."""

SHARED_CLOCK_TOLERANCE = timedelta(minutes=2)
"""Clocks of several workstations differ by so much without any of them going back."""

CHANGED = "rows changed"
"""For a change of which nothing else tells."""


@dataclass(frozen=True)
class PendingEntry:
    """An entry that is written when its transaction ends, with the digests of what it changed."""

    at: datetime
    who: str
    what: str
    case_id: int | None
    subject: str = ""
    old: str = ""
    new: str = ""
    reason: str = ""


def with_digests(
    pending: list[PendingEntry], row_digests: list[RowDigest], actor: str
) -> list[tuple[PendingEntry, list[RowDigest]]]:
    """Each digest with the last entry that may hold it: of its own case, so that erasing takes it along."""
    told: list[tuple[PendingEntry, list[RowDigest]]] = [(one, []) for one in pending]
    for one in row_digests:
        fitting = [
            rows
            for entry, rows in told
            if entry.case_id == one.case_id or (one.case_id is None and entry.what == ERASED)
        ]
        if not fitting:
            fitting = [[]]
            told.append((PendingEntry(datetime.now(UTC), actor, CHANGED, one.case_id), fitting[0]))
        fitting[-1].append(one)
    return told


def with_clock(
    told: list[tuple[PendingEntry, list[RowDigest]]], last: str | None, tolerance: timedelta
) -> Iterator[tuple[PendingEntry, list[RowDigest]]]:
    """The entries, and before them one that says so when the clock has gone back since the last."""
    if told and last is not None:
        now = told[0][0].at
        try:
            before = datetime.fromisoformat(last)
        except ValueError:
            before = now
        if now < before - tolerance:
            yield PendingEntry(now, computer_user(), CLOCK_BACK, None, old=last, new=now.isoformat()), []
    yield from told
