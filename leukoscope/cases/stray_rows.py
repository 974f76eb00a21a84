"""Rows that hang on nothing, and erasures of which the trail does not tell: neither is the program's work."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from leukoscope.cases.tables import Base, ErasureRow


@dataclass(frozen=True)
class _Count:
    """How many rows of a table belong, by one of its columns, to none of another table."""

    table: str
    column: str
    owners: str
    query: Select[int]


@cache
def _counts() -> tuple[_Count, ...]:
    """Of every foreign key; writing the queries takes longer than asking them, so they are written once."""
    counts = []
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            whole = key.column.table.alias()
            there = select(whole.c[key.column.name]).where(whole.c[key.column.name] == key.parent).exists()
            query = select(func.count()).select_from(table).where(key.parent.is_not(None), ~there)
            counts.append(_Count(table.name, key.parent.name, key.column.table.name, query))
    return tuple(counts)


def strays(session: Session) -> Iterator[str]:
    """A sentence for each table whose rows belong to something that is not there."""
    for one in _counts():
        if count := session.scalar(one.query) or 0:
            yield (
                f"{count} rows of “{one.table}” belong to none of “{one.owners}” ({one.column}); "
                "they were put there, or what they belong to was taken away, behind the program’s back."
            )


def erasure_faults(session: Session, told: Collection[int]) -> Iterator[str]:
    """A sentence for each erasure that stands in the table or in the trail alone.

    Parameters
    ----------
    session
        A view of the database.
    told
        Cases of whose erasure the trail tells.
    """
    kept = set(session.scalars(select(ErasureRow.case_id)))
    for case_id in sorted(kept - set(told)):
        yield f"The erasure of case {case_id} was put there behind the program’s back; the trail does not tell of it."
    for case_id in sorted(set(told) - kept):
        yield f"The record that case {case_id} was erased was taken away behind the program’s back."
