"""Case numbers as keys: one Case for one number, in whichever spelling it comes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from leukoscope.cases.erasing import highest_number
from leukoscope.cases.tables import CaseRow
from leukoscope.domain.errors import NumberTakenError, StoreError
from leukoscope.domain.keys import case_key


def key_column(number: str) -> str | None:
    """What stands in ``number_key``; a Case without a number has none, and any number of Cases may have none."""
    return case_key(number) or None


def keepers(number: str) -> Select[int]:
    """Keys of the Cases on the list that have this number, the newest first."""
    here = CaseRow.number_key == case_key(number), CaseRow.removed_at.is_(None)
    return select(CaseRow.id).where(*here).order_by(CaseRow.id.desc())


def take_number(session: Session, row: CaseRow, number: str) -> None:
    """Give a Case a number that no other Case on the list has.

    Raises
    ------
    NumberTakenError
        When another has it, in this or another spelling; nothing is changed.
    """
    key = key_column(number)
    if key is None or key != row.number_key:
        if key is not None:
            _refuse_taken(session, row.id, select(CaseRow).where(CaseRow.number_key == key))
        row.number_key, row.number_twin = key, 0
    row.number = number


def refuse_return(session: Session, row: CaseRow) -> None:
    """Raise NumberTakenError when a Case cannot come back, since its number was given to another meanwhile."""
    if row.number_key is not None:
        same = CaseRow.number_key == row.number_key, CaseRow.number_twin == row.number_twin
        _refuse_taken(session, row.id, select(CaseRow).where(*same))


def _refuse_taken(session: Session, own: int | None, wanted: Select[CaseRow]) -> None:
    other = session.scalar(wanted.where(CaseRow.removed_at.is_(None), CaseRow.id != (own or 0)).limit(1))
    if other is not None:
        message = f"Case “{other.number}” has this number already; open it, or choose another number."
        raise NumberTakenError(message, f"number of case {other.id}", other.id)


def the_one(session: Session, number: str) -> int | None:
    """The Case of a number; ``None`` where there is none.

    Of Cases of one number that come from an earlier version, the one of just this spelling.

    Raises
    ------
    StoreError
        When several have it.
    """
    found: Sequence[int] = session.scalars(keepers(number)).all()
    if len(found) > 1:
        exact = session.scalars(keepers(number).where(CaseRow.number == number)).all()
        if len(exact) != 1:
            message = f"{len(found)} cases have the number “{number}”; give each its own first."
            raise StoreError(message, f"cases {', '.join(map(str, found))}")
        found = exact
    return found[0] if found else None


def put_away(session: Session, number: str) -> bool:
    """Whether a Case of this number was taken off the list."""
    key = key_column(number)
    gone = select(CaseRow.id).where(CaseRow.number_key == key, CaseRow.removed_at.is_not(None)).limit(1)
    return key is not None and session.scalar(gone) is not None


def shared_numbers(session: Session) -> tuple[str, ...]:
    """Numbers that several Cases on the list have: only what an earlier version let in."""
    here = CaseRow.number_key.is_not(None), CaseRow.removed_at.is_(None)
    wanted = select(func.min(CaseRow.number)).where(*here).group_by(CaseRow.number_key).having(func.count() > 1)
    return tuple(session.scalars(wanted.order_by(func.min(CaseRow.number))))


def next_number(session: Session, today: date) -> str:
    """The next free number of a year: ``2026-0001``. Those of removed and erased Cases are not used again."""
    pattern = re.compile(rf"{today.year}-(\d{{4,9}})")
    numbers = session.scalars(select(CaseRow.number).where(CaseRow.number.like(f"{today.year}-%"))).all()
    used = (int(match[1]) for number in numbers if (match := pattern.fullmatch(number)))
    return f"{today.year}-{max([highest_number(session, today.year), *used]) + 1:04d}"
