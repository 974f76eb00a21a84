"""Reading every row of a store as the program would, so that one that cannot be read is named, not met by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, TypeDecorator, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from leukoscope.cases.lab_rules import IN_WORDS
from leukoscope.cases.loading import load_bare_frame, load_finding
from leukoscope.cases.packing import unpack_maps, unpack_naming
from leukoscope.cases.queue_rows import load_waiting
from leukoscope.cases.stored import load_figures
from leukoscope.cases.tables import Base
from leukoscope.domain.cases import CaseState, Priority
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.findings import Label, Thresholds
from leukoscope.domain.parsing import parsed_row
from leukoscope.domain.people import Role
from leukoscope.domain.waiting import WaitState

PORTION = 200
WITHOUT_LOOK = frozenset({"blobs"})
"""Read by their bytes instead."""
_DAMAGE = (
    SQLAlchemyError, LeukoScopeError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError,
    RecursionError, MemoryError,
)  # fmt: skip
"""Whatever a row that makes no sense makes its readers say."""


def unreadable(session: Session) -> Iterator[str]:
    """Every row that cannot be read, as a sentence that names it."""
    for table in Base.metadata.sorted_tables:
        if table.name not in WITHOUT_LOOK:
            for key, what in _unreadable_of(session, table):
                yield f"Row {key} of “{table.name}” cannot be read ({what}); restore a backup."


def _unreadable_of(session: Session, table: Table) -> Iterator[tuple[Any, str]]:
    (column,) = table.primary_key
    keys = list(session.scalars(select(column).order_by(column)))
    for start in range(0, len(keys), PORTION):
        portion = keys[start : start + PORTION]
        if _fault(session, table, portion):
            for key in portion:
                if said := _fault(session, table, [key]):
                    yield key, said


def _fault(session: Session, table: Table, keys: list[Any]) -> str:
    (column,) = table.primary_key
    try:
        for row in session.execute(select(*table.columns).where(column.in_(keys))).all():
            _typed(row, table)
            _MEANING.get(table.name, _nothing)(row)
    except _DAMAGE as error:
        return type(error).__name__
    return ""


def _typed(row: Row[Any], table: Table) -> None:
    """SQLite keeps any kind of value in any column."""
    for column in table.columns:
        value, kind = row._mapping[column.name], _kind(column.type)
        allowed = (float, int) if kind is float else kind
        if value is None and column.nullable:
            continue
        if not isinstance(value, allowed) or (kind is int and isinstance(value, bool)):
            raise TypeError(f"{column.name} holds a {type(value).__name__}")


def _kind(of: TypeEngine[Any]) -> type:
    """The Python type of a column's values; a decorated type knows only that of what it decorates."""
    return (of.impl_instance if isinstance(of, TypeDecorator) else of).python_type


def _nothing(_: Row[Any]) -> None:
    """Nothing but the kinds of its values to be understood."""


def _case(row: Row[Any]) -> None:
    CaseState(row.state)
    Priority(row.priority)


def _cell(row: Row[Any]) -> None:
    finding = load_finding(row, "0" * 64, (), None)
    assert finding.cell.mask.ndim == 2
    load_figures(row.figures)
    if row.decided_label is not None:
        Label(row.decided_label)


def _opinion(row: Row[Any]) -> None:
    Thresholds(row.threshold_low, row.threshold_high)
    unpack_maps(row.maps)
    load_figures(row.figures)


def _naming(row: Row[Any]) -> None:
    unpack_naming(row.said)
    unpack_maps(row.maps)


def _decision(row: Row[Any]) -> None:
    if row.label is not None:
        Label(row.label)


def _queued(row: Row[Any]) -> None:
    WaitState(row.state)
    load_waiting(row)


def _person(row: Row[Any]) -> None:
    Role(row.role)


def _rule(row: Row[Any]) -> None:
    if row.name not in IN_WORDS:
        int(row.value)


def _entry(row: Row[Any]) -> None:
    datetime.fromisoformat(row.at)


def _erasure(row: Row[Any]) -> None:
    parsed_row(row.left_to_do)


_MEANING: dict[str, Callable[[Row[Any]], object]] = {
    "cases": _case,
    "frames": load_bare_frame,
    "cells": _cell,
    "opinions": _opinion,
    "namings": _naming,
    "decisions": _decision,
    "queue": _queued,
    "people": _person,
    "rules": _rule,
    "audit": _entry,
    "erasures": _erasure,
}
